import Foundation
import Model

/// A statement that takes a large part of the server's time.
struct HeavyStatement: Rule {
    static let metadata = RuleMetadata(
        id: "workload.heavy-statement",
        title: "Statement that takes much of the server's time",
        area: .workload,
        needs: [.statements],
        looksAt: "execution time, calls and rows of pg_stat_statements within the window, grouped by libpg_query's "
            + "fingerprint, against the execution time of all statements",
        why: "Where the time goes is where time can be won: making a statement with a third of the load twice as fast "
            + "frees a sixth of the server. It says what is slow, not why: the cause is a finding of its own where one "
            + "was found.",
        limits: "A statement may be heavy because it is needed and already good: where each run is short, this is a "
            + "notice. So are the statements of roles that were given a work_mem of their own: somebody provided for "
            + "their large reports. Maintenance, backups and DDL are left out. Statements that pg_stat_statements evicted are not "
            + "seen.",
        thresholds: [share, shareOfSlow, slow, leastTime],
        references: ["https://www.postgresql.org/docs/current/pgstatstatements.html"],
        explains: [Edge(.usesCPU, "waits.more-active-than-cores")])

    private static let share = Threshold(
        "share of time at which any statement is heavy", 0.33, "share",
        source: "ruby-pg-extras `outliers`: a third of the time")
    private static let shareOfSlow = Threshold(
        "share of time at which a slow statement is heavy", 0.10, "share",
        source: "our choice: below a tenth, even a perfect repair is hardly felt by others")
    private static let slow = Threshold(
        "mean at which a run is slow", 100, "ms",
        source: "Nielsen 1993, Usability Engineering: 0.1 s is the limit of what feels instantaneous")
    private static let leastTime = Threshold(
        "execution time in the window below which shares say nothing", 1000, "ms",
        source: "our choice: a second of work in all is noise")

    func evaluate(_ observation: Observation) -> Outcome {
        let workload = observation.workload
        guard workload.totalTime >= Self.leastTime.value else {
            let time = Quantity.milliseconds(workload.totalTime)
            return .inconclusive("statements ran for \(time) in the window: too little to tell what is heavy")
        }
        return .findings(workload.statements.filter { isHeavy($0) && $0.isQuery }.map { finding($0, observation) })
    }

    private func isSlow(_ load: StatementLoad) -> Bool { load.counters.meanTime >= Self.slow.value }

    private func isHeavy(_ load: StatementLoad) -> Bool {
        load.share >= Self.share.value || load.share >= Self.shareOfSlow.value && isSlow(load)
    }

    /// Each of its roles has a work_mem that is not the server's: its sorts and scans are large on purpose.
    private func isProvidedFor(_ load: StatementLoad, _ observation: Observation) -> Bool {
        load.roles.allSatisfy { role in
            observation.snapshot.roleSettings.contains {
                $0.role == role && $0.name == "work_mem" && ($0.database == nil || $0.database == load.database)
            }
        }
    }

    private func finding(_ load: StatementLoad, _ observation: Observation) -> Finding {
        let counters = load.counters
        let mean = Quantity.milliseconds(counters.meanTime)
        let calls = Quantity.plural(Int(counters.calls), "call")
        let roles = load.roles.sorted()
        return Finding(
            Self.metadata, severity: isSlow(load) && !isProvidedFor(load, observation) ? .warning : .notice,
            tier: .cure,
            title: "\(Quantity.percent(load.share)) of the time is one statement: \(load.label(50))",
            objects: [load.object], impact: .share(load.share), confidence: .high,
            summary: "\(Quantity.percent(load.share)) of the server's execution time goes to one statement of "
                + "\(roles.joined(separator: ", ")) in \(load.database): \(calls) of \(mean) each.",
            evidence: evidence(load, observation), notIf: "it is a batch that may take its time, outside busy hours",
            actions: actions(load, observation), explains: [load.link],
            symptomOf: load.links(in: observation.snapshot))
    }

    private func evidence(_ load: StatementLoad, _ observation: Observation) -> [Evidence] {
        let counters = load.counters
        var evidence = [
            Evidence("executionTime", "execution time", .milliseconds(counters.executionTime)),
            Evidence("calls", "calls", .count(counters.calls)),
            Evidence("meanTime", "mean time of a call", .milliseconds(counters.meanTime)),
            Evidence("rowsPerCall", "rows a call", .number(counters.rowsPerCall)),
            Evidence("blocksPerCall", "shared blocks touched a call", .number(counters.blocksPerCall)),
            Evidence("roles", "roles", .list(load.roles.sorted())),
        ]
        if let seconds = observation.window.seconds, seconds > 0 {
            let sessions = counters.executionTime / 1000 / seconds
            evidence.append(Evidence("averageSessions", "sessions in it on average", .number(sessions)))
        }
        if let text = load.text { evidence.append(Evidence("statement", "statement", .text(text))) }
        return evidence
    }

    private func actions(_ load: StatementLoad, _ observation: Observation) -> [Action] {
        [
            load.sessionsNow(),
            load.captureSlowPlans(above: max(load.counters.meanTime * 2, 10), observation),
            Action(
                .cure, "make the statement cheaper, or run it less often",
                steps: [
                    "Read the plan for the node that takes the time, and the shared blocks a call for how much it "
                        + "touches to return \(Quantity.decimal(load.counters.rowsPerCall, places: 1)) rows.",
                    "Ask the application whether all \(Quantity.count(load.counters.calls)) calls are needed: answers "
                        + "that seldom change can be kept by the application.",
                ],
                gain: Gain("at most \(Quantity.percent(load.share)) of the execution time", .estimated),
                verify: "its share in the next diagnosis"),
        ]
    }

    static let examples: [RuleExample] = [
        .fires("a report with half of the time", on: "f1") { $0.addStatement("f1", calls: 1000, time: 500_000) },
        .fires("short runs, but half of the time", on: "f1") {
            $0.addStatement("f1", calls: 1_000_000, time: 500_000)
        },
        .fires("one statement under two roles counts once", on: "f1") {
            $0.addStatement("f1", role: "app", queryID: 1, calls: 1000, time: 200_000)
            $0.addStatement("f1", role: "batch", queryID: 2, calls: 1000, time: 200_000)
        },
        .fires("a notice: reports of a role with a work_mem of its own", on: "f1") {
            $0.roleSettings = [.make { ($0.role, $0.name, $0.value) = ("app", "work_mem", "256MB") }]
            $0.addStatement("f1", calls: 1000, time: 500_000)
        },
        .silent("slow, but seldom run") { $0.addStatement("f1", calls: 10, time: 50_000) },
        .silent("a fifth of the time in short runs") { $0.addStatement("f1", calls: 1_000_000, time: 200_000) },
        .silent("pg_dump's COPY is a backup at work") {
            $0.addStatement("f1", "COPY public.orders (id, note) TO stdout", calls: 10, time: 600_000)
        },
        .silent("VACUUM by hand, behind a comment") {
            $0.addStatement("f1", "/* nightly /* job */ */ -- x\n VACUUM orders", calls: 10, time: 600_000)
        },
        .silent("half of the time was before the window", before: { $0.addStatement("f1", calls: 1000, time: 500_000) })
        {
            $0.statementStatistics!.totals.executionTime += 60_000
            $0.statementStatistics!.statements[0].counters.calls += 10
            $0.statementStatistics!.statements[0].counters.executionTime += 900
        },
        .inconclusive("a server that was just started") {
            $0.statementStatistics!.totals.executionTime = 400
            $0.addStatement("f1", calls: 1, time: 390)
        },
    ]
}
