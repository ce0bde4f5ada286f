import Foundation
import History
import Model

// The panels about what lies on disk.

extension TrendAnalysis {
    /// A relation or index with its bytes over time.
    struct Sized {
        let series: Timeline.Series
        /// Bytes; of a table with its TOAST table.
        let size: TimeSeries
        var name: String { series.key.name }
        var grown: Double { (size.last ?? 0) - (size.first ?? 0) }
    }

    var sized: [Sized] {
        (series(of: .relation) + series(of: .index)).compactMap { one in
            let size = TimeSeries.sum([one["size"], one["toastSize"]].filter { !$0.isEmpty })
            return size.knownCount > 0 ? Sized(series: one, size: size) : nil
        }
    }

    var growthPanel: TrendPanel {
        var panel = TrendPanel(.growth, "Tables and indexes", .bytes)
        let all = sized
        guard !all.isEmpty else { return panel.empty(because: emptyReason("sizes")) }
        // Of those that stay as they are the largest: a chart that shows nothing moving tells that, too.
        let bySize = all.ranked(by: { $0.size.last ?? 0 }, then: \.name)
        let shown = bySize.sorted { abs($0.grown) > abs($1.grown) }.prefix(Self.shownLines)
        panel.lines = shown.map { TrendLine(Shown.name($0.name), $0.size.thinned()) }
        panel.marks = marks(of: [.rewritten, .indexCreated, .indexDropped, .relationCreated, .relationDropped])
        panel.sentence = Phrase.sentence(growthSentence(Array(shown), count: all.count))
        return panel
    }

    private func growthSentence(_ shown: [Sized], count: Int) -> String {
        let moved = shown.filter { abs($0.grown) >= 0.01 * ($0.size.first ?? 0) && $0.grown != 0 }
        guard let first = moved.first, let before = first.size.first, let now = first.size.last else {
            return "None of \(Quantity.plural(count, "table or index", "tables and indexes")) grew or shrank by 1 %"
        }
        let others = moved.dropFirst().prefix(2).map {
            "\(Shown.name($0.name)) \(TrendUnit.bytes.change($0.size.first ?? 0, $0.size.last ?? 0))"
        }
        let verb = first.grown > 0 ? "grew" : "shrank"
        return "\(Shown.name(first.name)) \(verb) most, \(TrendUnit.bytes.change(before, now))"
            + (others.isEmpty ? "" : "; then \(Phrase.list(Array(others)))")
    }

    var bloatPanel: TrendPanel {
        var panel = TrendPanel(.bloat, "Dead tuples", .count)
        let all = series(of: .relation).filter { $0["deadTuples"].knownCount > 0 }
        guard !all.isEmpty else { return panel.empty(because: emptyReason("dead tuples")) }
        func worst(_ one: Timeline.Series) -> Double { one["deadTuples"].highest?.value ?? 0 }
        let shown = all.filter { worst($0) > 0 }.ranked(by: worst, then: \.key.name).prefix(Self.shownLines)
        guard let first = shown.first, let highest = first["deadTuples"].highest else {
            return panel.empty(because: "No table has dead tuples")
        }
        panel.lines = shown.map { TrendLine(Shown.name($0.key.name), $0["deadTuples"].thinned()) }
        panel.marks = marks(of: Self.serverMarks.union([.rewritten]))
        let now = first["deadTuples"].last ?? 0
        let live = first["liveTuples"].last ?? 0
        let share = now + live > 0 ? " (\(Quantity.percent(now / (now + live))) of its tuples)" : ""
        panel.sentence = Phrase.sentence(
            "\(Shown.name(first.key.name)) had the most dead tuples, at most \(TrendUnit.count.text(highest.value)) "
                + "(\(clock.moment(highest.at))), \(TrendUnit.count.text(now)) at the end\(share)")
        return panel
    }
}
