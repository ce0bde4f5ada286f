import Foundation
import History
import Model

extension TrendAnalysis {
    /// The slow statements of a window.
    ///
    /// - Parameters:
    ///   - window, before: seconds since 1970, both within the timeline; without `before` the window of the same length that
    ///     ends where this one begins, if the timeline holds any of it.
    ///   - roles: reporting roles, each told by itself.
    ///   - limit: entries of a ranking.
    package func slowReport(
        window: Range<Double>, before: Range<Double>? = nil, roles: [String] = [], limit: Int = 20
    ) -> SlowReport {
        var report = SlowReport()
        report.target = timeline.target
        report.window = window
        report.timeZone = options.timeZone
        report.seconds = statementTime.counted(in: window).seconds
        report.before = known(before ?? window.lowerBound - (window.upperBound - window.lowerBound)..<window.lowerBound)
        let before = report.before
        let all = statements.map { SlowStatement($0, in: window, before: before) }
        let called = all.filter { $0.calls > 0 }
        (report.statements, report.rankings) = Self.ranked(called, limit: limit)
        report.gone = Array(
            all.filter { $0.news == .gone }.ranked(by: Self.timeBefore, then: \.statement.identity).prefix(limit))
        report.roles = roles.map { roleReport($0, among: called, limit: limit) }
        report.notes = timeline.notes + notes(report)
        report.headline = headline(of: report, whole: called.reduce(0) { $0 + $1.time })
        return report
    }

    /// nil: no statement was read in it.
    private func known(_ range: Range<Double>) -> Range<Double>? {
        statementTime.counted(in: range).seconds > 0 ? range : nil
    }

    private static func timeBefore(_ statement: SlowStatement) -> Double {
        (statement.callsBefore ?? 0) * (statement.meanBefore ?? 0)
    }

    /// Rankings, and the statements that they name.
    static func ranked(_ called: [SlowStatement], limit: Int) -> ([SlowStatement], [SlowReport.Ranking]) {
        let orders = SlowReport.Order.allCases
        let places = orders.map { order -> [Int] in
            let values = called.map { order.value($0) ?? 0 }
            return Array(
                called.indices.filter { values[$0] > 0 && Self.isTold(called[$0], by: order) }
                    .ranked(by: { values[$0] }, then: { called[$0].statement.identity }).prefix(limit))
        }
        let named = Set(places.joined()).ranked(by: { called[$0].time }, then: { called[$0].statement.identity })
        let newPlace = Dictionary(uniqueKeysWithValues: named.enumerated().map { ($1, $0) })
        let rankings = zip(orders, places).map { order, places in
            let whole = called.reduce(0) { $0 + (order.value($1) ?? 0) }
            var sum = 0.0
            return SlowReport.Ranking(
                order: order,
                entries: places.map { place in
                    let value = order.value(called[place]) ?? 0
                    sum += value
                    return SlowReport.Entry(
                        statement: newPlace[place] ?? 0, value: value, share: order.isSum ? value / whole : nil,
                        cumulative: order.isSum ? sum / whole : nil)
                })
        }
        return (named.map { called[$0] }, rankings)
    }

    /// A mean of one call is no mean, and a call's time of less than a millisecond is slow for nobody. Ours.
    private static func isTold(_ statement: SlowStatement, by order: SlowReport.Order) -> Bool {
        order.isSum || statement.calls >= 2 || (statement.mean ?? 0) >= 1000
    }

    private func roleReport(_ role: String, among called: [SlowStatement], limit: Int) -> SlowReport.RoleReport {
        let own = called.filter { $0.statement.role == role }
        let (named, rankings) = Self.ranked(own, limit: limit)
        let searched = statements.lazy.filter { $0.name.role == role }.prefix(options.topStatements)
        let slow = slowSometimes(among: Array(searched))
        let whole = called.reduce(0) { $0 + $1.time }
        let time = own.reduce(0) { $0 + $1.time }
        let share = whole > 0 ? time / whole : 0
        var text = "Role \(Shown.name(role, limit: 63)) "
        if own.isEmpty {
            text += "ran no statement in this window"
        } else {
            text += "took \(Quantity.percent(share)) of the time with \(Quantity.plural(own.count, "statement"))"
            if let first = slow.first { text += "; " + first.sentence }
        }
        return SlowReport.RoleReport(
            role: role, statements: named, rankings: rankings, slowSometimes: slow, share: share,
            sentence: Phrase.sentence(text))
    }

    private func notes(_ report: SlowReport) -> [String] {
        var notes: [String] = []
        if report.seconds == 0 { notes.append("No statement was read in this window") }
        if report.before == nil {
            notes.append("There is no history of the window before: what is new or slower is not known")
        }
        return notes
    }

    private func headline(of report: SlowReport, whole: Double) -> String {
        guard let first = report.statements.first, whole > 0 else {
            return report.seconds > 0 ? "No statement ran in this window." : "No statement was read in this window."
        }
        var text =
            "\(first.statement.shownWithRole) took \(Quantity.percent(first.time / whole)) of the time "
            + "(\(Quantity.plural(Int(min(first.calls.rounded(), 9e15)), "call")), \(TrendUnit.milliseconds.text(first.mean ?? 0)) each)"
        let news: [(SlowStatement.News, String)] = [(.new, "new"), (.slower, "slower"), (.faster, "faster")]
        var told = news.compactMap { kind, word -> String? in
            let count = report.statements.count { $0.news == kind }
            return count > 0 ? "\(count) \(word)" : nil
        }
        if !report.gone.isEmpty { told.append("\(report.gone.count) gone") }
        if !told.isEmpty { text += "; of those named here \(Phrase.list(told))" }
        return Phrase.sentence(text)
    }
}
