import Diagnosing
import Foundation
import Model
import Recommending

/// What people would rather look at than read.
extension Page {
    /// Bars that can be told apart at a glance.
    static let statementBars = 8
    static let loadBars = 5

    static func charts(_ content: ReportContent, _ diagnosis: Diagnosis) -> [Chart] {
        [
            content.load.flatMap(loadChart), statementChart(diagnosis.observation.workload), causeChart(diagnosis),
            forestChart(diagnosis.observation), planChart(diagnosis.observation.workload),
        ].compactMap(\.self)
    }

    private static func loadChart(_ load: ReportContent.Load) -> Chart? {
        guard let greatest = load.parts.first?.sessions else { return nil }
        let limit = load.cores.map { (value: Double($0), name: Quantity.plural($0, "core")) }
        func bars(_ parts: [ReportContent.Load.Part]) -> Bars {
            let bars = parts.prefix(loadBars).map {
                BarChart.Bar(label: $0.label, value: $0.sessions, text: Quantity.decimal($0.sessions, places: 1))
            }
            return BarChart(bars: bars, unit: "sessions", limit: limit, least: greatest) {
                Quantity.decimal($0, places: $0 == $0.rounded() ? 0 : 1)
            }.view
        }
        let note = load.text + (load.parts.contains { $0.label == "CPU*" } ? " · CPU*: no wait event" : "")
        // Single events only where they say more than their classes.
        let isFiner = load.events.count > load.parts.count
        return Chart(
            kind: "load", title: "What sessions do", note: note,
            bars: [bars(load.parts)] + (isFiner ? [bars(load.events)] : []))
    }

    private static func statementChart(_ workload: Workload) -> Chart? {
        guard workload.totalTime > 0, !workload.statements.isEmpty else { return nil }
        let shown = workload.statements.prefix(statementBars)
        let bars = shown.map {
            BarChart.Bar(label: Visible.folded($0.label(120)), value: $0.share * 100, text: Quantity.percent($0.share))
        }
        let chart = BarChart(bars: bars, unit: "of time") { Quantity.decimal($0, places: 0) + " %" }
        let rest = workload.statements.dropFirst(statementBars).reduce(0) { $0 + $1.share }
        let others = rest > 0.005 ? " · \(Quantity.percent(rest)) in smaller ones" : ""
        return Chart(
            kind: "statements", title: "Where the time goes",
            note: "\(Quantity.milliseconds(workload.totalTime)) of execution\(others)", bars: [chart.view])
    }
}
