import Model
import Statements

/// What the rules about rows that are written one by one share.
enum RowByRow {
    static let calls = Threshold(
        "calls in the window", 10_000, "calls", source: "our choice: fewer rows are no load")
    static let timeShare = Threshold(
        "share of time", 0.1, "share", source: "our choice: below a tenth there is little to gain")

    /// Statements that write one row at most with each of very many calls.
    static func statements(_ observation: Observation) -> [StatementLoad] {
        observation.workload.statements.filter {
            Double($0.counters.calls) >= calls.value && $0.counters.rowsPerCall <= 1
        }
    }

    static func facts(_ load: StatementLoad, callShare: Double) -> [Evidence] {
        [
            Evidence("calls", "calls", .count(load.counters.calls)),
            Evidence("shareOfCalls", "share of all calls", .share(callShare)),
            Evidence("meanTime", "mean time of a call", .milliseconds(load.counters.meanTime)),
            Evidence("walPerCall", "WAL a row", .bytes(load.counters.walBytes / max(1, load.counters.calls))),
            Evidence("roles", "roles", .list(load.roles.sorted())),
            Evidence("statement", "statement", .text(load.text ?? load.key.name)),
        ]
    }

    static let pipeline =
        "At least put many of them into one transaction: one commit waits for the disk instead of hundreds. In libpq, "
        + "pipeline mode saves the round trips."
}
