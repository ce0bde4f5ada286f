import Diagnosing
import Foundation
import Model

/// What statements are ranked by; each counts within the window, but for the spread, which pg_stat_statements keeps since the
/// entry exists.
package enum StatementMeasure: String, Sendable, CaseIterable {
    case time, calls, mean, maximum, deviation, rows, blocks, reads, temporary, wal, planning, jit

    package func value(of load: StatementLoad) -> Double {
        let counters = load.counters
        switch self {
        case .time: return counters.executionTime
        case .calls: return Double(counters.calls)
        case .mean: return counters.meanTime
        case .maximum: return load.representative.maximumTime
        case .deviation: return load.representative.deviationOfTime
        case .rows: return Double(counters.rows)
        case .blocks: return Double(counters.sharedBlocksHit + counters.sharedBlocksRead)
        case .reads: return Double(counters.sharedBlocksRead)
        case .temporary: return Double(counters.temporaryBlocksRead + counters.temporaryBlocksWritten)
        case .wal: return Double(counters.walBytes)
        case .planning: return counters.planTime
        case .jit: return counters.jitTime
        }
    }

    /// As it stands in a sentence: `by execution time`.
    package var words: String {
        switch self {
        case .time: "execution time"
        case .calls: "calls"
        case .mean: "mean time of a call"
        case .maximum: "slowest call"
        case .deviation: "spread of the calls' times"
        case .rows: "rows"
        case .blocks: "shared blocks touched"
        case .reads: "shared blocks read from outside the cache"
        case .temporary: "temporary blocks"
        case .wal: "WAL"
        case .planning: "planning time"
        case .jit: "JIT compilation"
        }
    }
}

/// Which statements are wanted.
package struct StatementSelection: Sendable {
    package var measure = StatementMeasure.time
    /// nil: all.
    package var limit: Int?
    package var database: String?
    package var role: String?
    package var application: String?
    /// Part of the text, in any case.
    package var text: String?

    package init() {}

    func admits(_ statement: RankedStatement) -> Bool {
        let load = statement.load
        guard database.map({ $0 == load.database }) ?? true, role.map(load.roles.contains) ?? true else { return false }
        if let application, !statement.applications.contains(where: { $0.name == application }) { return false }
        guard let text else { return true }
        return load.text?.range(of: text, options: .caseInsensitive) != nil
    }
}

/// A statement of the workload with who runs it and what the rules say of it.
package struct RankedStatement: Sendable {
    package struct Application: Sendable, Equatable {
        package var name: String
        /// Readings of activity in which it ran the statement. pg_stat_statements does not know applications.
        package var samples: Int
    }

    package var load: StatementLoad
    package var applications: [Application]
    /// Findings about it, gravest first.
    package var insights: [Finding]
}

extension Diagnosis {
    /// Greatest first, and how many there were before the limit.
    package func statements(_ selection: StatementSelection) -> (shown: [RankedStatement], count: Int) {
        let applications = observation.applicationsByQueryID
        let admitted = observation.workload.statements
            .map { RankedStatement(load: $0, applications: Self.applications(of: $0, applications), insights: []) }
            .filter(selection.admits)
            .sorted { left, right in
                let (a, b) = (selection.measure.value(of: left.load), selection.measure.value(of: right.load))
                return a == b ? left.load.key < right.load.key : a > b
            }
        // Findings are looked up for those that are shown: there may be thousands of others.
        let shown = admitted.prefix(selection.limit ?? admitted.count).map { statement in
            var statement = statement
            statement.insights = insights(about: statement.load)
            return statement
        }
        return (shown, admitted.count)
    }

    private func insights(about load: StatementLoad) -> [Finding] {
        findings.filter { finding in
            finding.objects.contains(load.object) || finding.explains.contains(load.link)
        }
        .sorted { $0.severity > $1.severity }
    }

    private static func applications(
        of load: StatementLoad, _ byQueryID: [Int64: [String]]
    ) -> [RankedStatement.Application] {
        let names = load.queryIDs.flatMap { byQueryID[$0] ?? [] }
        return Dictionary(grouping: names, by: \.self)
            .map { RankedStatement.Application(name: $0.key, samples: $0.value.count) }
            .sorted { ($0.samples, $1.name) > ($1.samples, $0.name) }
    }
}
