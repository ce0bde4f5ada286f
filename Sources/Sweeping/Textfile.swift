import Diagnosing
import Foundation
import Model
import Reporting

/// A sweep's result as node_exporter's textfile collector reads it: a file for each target, and one for the sweep.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/; names by https://prometheus.io/docs/practices/naming/.
/// A file a target, so that a sweep of some leaves the others' numbers alone. Files of targets that pgmedic.yaml does not
/// have any more are taken out.
package struct Textfile: Sendable {
    package let folder: String

    package init(folder: String) { self.folder = folder }

    private static let prefix = "pgmedic_target_"

    /// - Parameter known: all targets of the project file.
    package func write(_ outcome: SweepOutcome, known: [String]) throws {
        for result in outcome.results {
            // Of the others the last sweep's numbers hold.
            guard [.judged, .unknown, .postponed].contains(result.course) else { continue }
            try write(Self.metrics(of: result.entry).text, Self.prefix + result.entry.target)
        }
        try write(Self.metrics(of: outcome).text, "pgmedic_sweep")
        let kept = Set(known.map { Self.prefix + $0 + ".prom" })
        for name in try FileManager.default.contentsOfDirectory(atPath: folder)
        where name.hasPrefix(Self.prefix) && name.hasSuffix(".prom") && !kept.contains(name) {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    /// Readable for others: node_exporter runs as a user of its own.
    private func write(_ text: String, _ name: String) throws {
        try AtomicFile.write(Data(text.utf8), to: "\(folder)/\(name).prom", mode: 0o644)
    }

    static func metrics(of entry: FleetEntry) -> Metrics {
        let target = [("target", entry.target)]
        var metrics = Metrics()
        metrics.add(
            "pgmedic_up", "Whether the target could be judged when it was visited last.", target,
            entry.state == .judged ? 1 : 0)
        metrics.add(
            "pgmedic_consecutive_failures", "Visits in vain since the last success.", target, Double(entry.failures))
        if let moment = entry.attemptedAt {
            metrics.add(
                "pgmedic_last_attempt_timestamp_seconds", "When the target was visited last.", target,
                moment.timeIntervalSince1970)
        }
        if let moment = entry.lastSuccess {
            metrics.add(
                "pgmedic_last_success_timestamp_seconds", "When the target was judged last.", target,
                moment.timeIntervalSince1970)
        }
        // Nobody knows what an unknown target's findings are: no number is not 0.
        guard entry.state == .judged else { return metrics }
        metrics.add("pgmedic_visit_duration_seconds", "How long the last visit took.", target, entry.seconds)
        let findings = [("critical", entry.critical), ("warning", entry.warnings), ("notice", entry.notices)]
        for (severity, count) in findings {
            metrics.add(
                "pgmedic_findings", "Findings that are open, without those that were accepted.",
                target + [("severity", severity)], Double(count))
        }
        metrics.add(
            "pgmedic_suppressed_findings", "Findings that were accepted.", target, Double(entry.suppressed))
        metrics.add(
            "pgmedic_worst_finding_sessions", "What the worst finding costs, in sessions kept busy or waiting.", target,
            entry.score)
        metrics.add(
            "pgmedic_judged_in_part", "Whether the last visit could not read all.", target, entry.isInPart ? 1 : 0)
        return metrics
    }

    static func metrics(of outcome: SweepOutcome) -> Metrics {
        var metrics = Metrics()
        metrics.add("pgmedic_sweep_duration_seconds", "How long the last sweep took.", [], outcome.seconds)
        metrics.add(
            "pgmedic_sweep_start_timestamp_seconds", "When the last sweep began.", [],
            outcome.startedAt.timeIntervalSince1970)
        let courses: [(String, SweepResult.Course)] = [
            ("judged", .judged), ("unknown", .unknown), ("postponed", .postponed), ("elsewhere", .elsewhere),
            ("done", .done), ("not_reached", .notReached),
        ]
        for (name, course) in courses {
            metrics.add(
                "pgmedic_sweep_targets", "Targets of the last sweep by what became of them.", [("course", name)],
                Double(outcome.results.count { $0.course == course }))
        }
        return metrics
    }
}

/// Gauges in Prometheus' text format.
struct Metrics {
    private var lines: [String] = []
    private var last = ""

    /// Samples of one name follow each other, as the format asks.
    mutating func add(_ name: String, _ help: String, _ labels: [(String, String)], _ value: Double) {
        if name != last {
            lines += ["# HELP \(name) \(help)", "# TYPE \(name) gauge"]
            last = name
        }
        let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        lines.append(name + (pairs.isEmpty ? "" : "{\(pairs)}") + " \(value)")
    }

    var text: String { lines.map { $0 + "\n" }.joined() }

    /// Backslash, quote and line feed, as the format has it.
    static func escaped(_ label: String) -> String {
        label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
