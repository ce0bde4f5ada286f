import Diagnosing
import Foundation
import Model
import Reporting
import Testing

import Recommending

/// A diagnosis made by hand, with all that a report may have to show.
struct Sample: Sendable, CustomTestStringConvertible {
    var name: String
    var make: @Sendable () -> Diagnosis

    var testDescription: String { name }

    static let all = [sick, healthy, degraded, hostile]

    static func report(_ sample: Sample, verbose: Bool = false, quiet: Bool = false, color: Bool = false) -> Report {
        Report(
            sample.make(),
            options: ReportOptions(
                verbose: verbose, quiet: quiet, color: color, command: "pgmedic diagnose service=shop --sample 30s",
                generator: "pgmedic 0.1.0"))
    }

    static func metadata(_ id: String, _ area: Area) -> RuleMetadata {
        RuleMetadata(id: id, title: id, area: area, needs: [], looksAt: "", why: "", limits: "", references: [])
    }

    static let moment = Date(timeIntervalSince1970: 1_772_615_647)
}
