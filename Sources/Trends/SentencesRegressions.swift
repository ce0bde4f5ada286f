import Foundation
import History
import Model

extension TrendAnalysis {
    /// `SELECT … FROM orders takes 412 ms a call since Tue 14:05, 9.1 ms before: index public.orders_status_idx was dropped …`
    func sentence(of regression: Regression, evidence: String?) -> String {
        var text = effect(of: regression)
        if let evidence { text += "; " + evidence }
        if let cause = regression.attributions.first { text += ": " + cause.text }
        return Phrase.sentence(text)
    }

    private func effect(of regression: Regression) -> String {
        let change = regression.change
        let now = regression.unit.text(change.now)
        let before = regression.unit.text(change.before)
        let when: String
        if let until = regression.until {
            when = "from \(clock.moment(change.at)) to \(clock.moment(until)), \(before) before and after"
        } else if regression.isGradual {
            when = "by now, \(before) at first, and changes slowly"
        } else {
            when = "since \(clock.moment(change.at)), \(before) before"
        }
        let isPast = regression.until != nil
        switch regression.measure {
        case .latency: return "\(subject(regression)) \(isPast ? "took" : "takes") \(now) a call \(when)"
        case .calls: return "\(subject(regression)) \(isPast ? "ran" : "runs") \(now) \(when)"
        case .blocks: return "\(subject(regression)) \(isPast ? "read" : "reads") \(now) \(when)"
        case .rows: return "\(subject(regression)) \(isPast ? "returned" : "returns") \(now) \(when)"
        case .load: return "The load \(isPast ? "was" : "is") \(now) \(when)"
        case .sequentialRows:
            return
                "Sequential scans read \(regression.unit.text(change.now).replacing("/s", with: "")) rows a second of \(subject(regression)) \(when)"
        case .deadTuples: return "\(subject(regression)) \(isPast ? "had" : "has") \(now) dead tuples \(when)"
        }
    }

    private func subject(_ regression: Regression) -> String {
        switch regression.subject {
        case .statement(let name): name.shownWithRole
        case .relation(let name, _): Shown.name(name)
        case .database(let name): Shown.name(name)
        }
    }

    /// The one sentence of the report.
    func headline(of report: TrendReport) -> String {
        guard report.snapshots > 1 else {
            return report.snapshots == 0
                ? "No snapshot of this target lies in this range." : "One snapshot tells no trend: the next one does."
        }
        let worse = report.regressions.filter { $0.isWorse && $0.until == nil && ($0.cost ?? 0) > 0 }
        let first = worse.first { $0.attributions.first?.cause != .unknown && $0.measure != .load } ?? worse.first
        if let first {
            let more = worse.count > 1 ? " \(Quantity.plural(worse.count - 1, "more change")) for the worse." : ""
            return first.sentence + more
        }
        if let nearest = report.forecasts.first { return nearest.sentence }
        if let slow = report.slowSometimes.first { return slow.sentence }
        let better = report.regressions.first { !$0.isWorse && $0.until == nil && $0.cost != nil }
        return better?.sentence ?? "Nothing became slower in \(Quantity.plural(report.snapshots, "snapshot"))."
    }
}
