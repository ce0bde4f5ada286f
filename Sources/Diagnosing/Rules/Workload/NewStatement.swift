import Foundation
import Model

/// A statement that was not there before, and takes much of the time now.
struct NewStatement: Rule {
    static let metadata = RuleMetadata(
        id: "workload.new-statement",
        title: "New statement that takes much of the time",
        area: .workload,
        needs: [.statements],
        looksAt:
            "statements of pg_stat_statements that the earlier reading (--sample, --since) has under no queryid and no "
            + "fingerprint, and their share of the window's execution time",
        why:
            "What is new is the first suspect when something was fine until now: a release, a new report, an ad-hoc query. It "
            + "has not been seen under load, and whoever brought it is still at hand.",
        limits:
            "A statement that runs once a month is new each month. An entry that was evicted and came back looks new: with "
            + "evictions between the readings this is not judged. Needs the earlier snapshot to list all entries, or "
            + "pg_stat_statements 1.11 (PostgreSQL 17), which says since when it has each.",
        thresholds: [share, leastTime, usualWindow],
        references: ["https://www.postgresql.org/docs/current/pgstatstatements.html"],
        explains: [Edge(.addsLoad, "workload.heavy-statement"), Edge(.addsLoad, "workload.traffic-surge")])

    private static let share = Threshold(
        "share of the window's time", 0.1, "share",
        source: "our choice, as for heavy statements: below a tenth it is hardly felt by others")
    private static let leastTime = Threshold(
        "execution time in the window", 1000, "ms", source: "our choice: a second of work in all is noise")
    private static let usualWindow = Threshold(
        "time before the window", 86_400, "s", source: "our choice: in a day all that runs daily has run")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let earlier = observation.earlier, let then = earlier.statementStatistics,
            let now = observation.snapshot.statementStatistics
        else { return .absent }
        let heavy = observation.workload.statements.filter { isHeavy($0) && $0.isQuery }
        // Each statement of the earlier snapshot is looked at: not for nothing.
        guard !heavy.isEmpty else { return .findings([]) }
        let past = PastStatements(then, since: earlier.takenAt)
        var found: [StatementLoad] = []
        var unsure = false
        for load in heavy {
            switch past.trace(of: load) {
            case .counted: continue
            case .new: found.append(load)
            case .unknown: unsure = true
            }
        }
        if unsure {
            let unlisted =
                "the earlier snapshot lists \(Quantity.count(past.counts.listed)) of "
                + "\(Quantity.count(past.counts.all)) statements: whether those that take time now are new cannot be told"
            guard found.isEmpty else { return judge(found, observation, then, now, also: unlisted) }
            return .inconclusive(unlisted)
        }
        return found.isEmpty ? .findings([]) : judge(found, observation, then, now, also: nil)
    }

    private func isHeavy(_ load: StatementLoad) -> Bool {
        load.share >= Self.share.value && load.counters.executionTime >= Self.leastTime.value
    }

    private func judge(
        _ found: [StatementLoad], _ observation: Observation, _ then: StatementStatistics, _ now: StatementStatistics,
        also unlisted: String?
    ) -> Outcome {
        guard let reset = then.reset, now.reset.isSameMoment(as: reset), let earlier = observation.earlier else {
            return .inconclusive("pg_stat_statements was reset between the two readings: all that it has is new")
        }
        guard let before = then.evictions, now.evictions == before else {
            return .inconclusive(
                "pg_stat_statements evicted entries between the two readings: what came back looks new")
        }
        let age = earlier.takenAt.timeIntervalSince(reset)
        guard age >= Self.usualWindow.value else {
            return .inconclusive(
                "pg_stat_statements had counted for \(Quantity.seconds(age)) before the window: too short to say what is new"
            )
        }
        let findings = found.map { finding($0, observation, age) }
        return unlisted.map { .partial(findings, $0) } ?? .findings(findings)
    }

    private func finding(_ load: StatementLoad, _ observation: Observation, _ age: Double) -> Finding {
        let counters = load.counters
        let seconds = observation.window.seconds ?? 0
        let sessions = seconds > 0 ? counters.executionTime / 1000 / seconds : 0
        let roles = load.roles.sorted().joined(separator: ", ")
        return Finding(
            Self.metadata, severity: sessions >= 1 ? .warning : .notice, tier: .cure,
            title: "new, and \(Quantity.percent(load.share)) of the time: \(load.label(44))", objects: [load.object],
            impact: .share(load.share), confidence: .medium,
            summary: "A statement that was not there before takes \(Quantity.percent(load.share)) of the time: "
                + "\(Quantity.plural(Int(counters.calls), "call")) of \(Quantity.milliseconds(counters.meanTime)) each by "
                + "\(roles) in \(load.database), none in the \(Quantity.seconds(age)) before.",
            evidence: [
                Evidence("calls", "calls", .count(counters.calls)),
                Evidence(
                    "callsPerSecond", "calls a second", .number(seconds > 0 ? Double(counters.calls) / seconds : 0)),
                Evidence("meanTime", "mean time of a call", .milliseconds(counters.meanTime)),
                Evidence("executionTime", "execution time", .milliseconds(counters.executionTime)),
                Evidence("averageSessions", "sessions in it on average", .number(sessions)),
                Evidence("unseenFor", "not seen for", .seconds(age)),
                Evidence("roles", "roles", .list(load.roles.sorted())),
            ] + (load.text.map { [Evidence("statement", "statement", .text($0))] } ?? []),
            notIf: "it is run by hand once, or by a job that comes once a month",
            actions: [
                load.sessionsNow(),
                Action(
                    .cure, "look at it with whoever brought it, before it grows",
                    steps: [
                        "Ask what was released at the time, and whether it can be taken back or switched off meanwhile.",
                        "Read its plan (`pgmedic plan`), and run it in a test on as many rows as there are here.",
                    ],
                    gain: Gain("at most \(Quantity.percent(load.share)) of the execution time", .estimated),
                    verify: "its share in the next diagnosis"),
            ], explains: [load.link])
    }

    static let examples: [RuleExample] = [
        .fires("a release's search", on: "new", before: usual) { $0.release(calls: 3000, time: 90_000) },
        .silent("a single reading") {
            usual(&$0)
            $0.release(calls: 3000, time: 90_000)
        },
        .silent("new, but it takes no time", before: usual) { $0.release(calls: 3000, time: 600) },
        .silent("known under another queryid", before: usual) {
            $0.addStatement("f1", queryID: 77, calls: 3000, time: 90_000)
            $0.statementStatistics!.totals.executionTime += 90_000
        },
        .silent("VACUUM by hand", before: usual) {
            $0.release("VACUUM orders", calls: 1, time: 90_000)
        },
        .inconclusive("statements were evicted between", before: usual) {
            $0.release(calls: 3000, time: 90_000)
            $0.statementStatistics!.evictions! += 250
        },
        .inconclusive(
            "the earlier snapshot lists the largest alone",
            before: {
                usual(&$0)
                $0.statementStatistics!.entryCount = 3000
            }, after: { $0.release(calls: 3000, time: 90_000) }),
        .inconclusive(
            "statistics reset an hour before",
            before: {
                usual(&$0)
                $0.statementStatistics!.reset = $0.takenAt.addingTimeInterval(-3600)
            }, after: { $0.release(calls: 3000, time: 90_000) }),
    ]

    private static let usual: @Sendable (inout Snapshot) -> Void = { snapshot in
        snapshot.addStatement("f1", queryID: 41, calls: 6_000_000, time: 900_000)
        snapshot.statementStatistics!.totals.calls = 6_050_000
    }
}

extension Snapshot {
    /// A statement that the earlier reading does not have.
    fileprivate mutating func release(
        _ text: String = "SELECT * FROM orders WHERE note ~ $1", calls: Int64, time: Double
    ) {
        addStatement("new", text, role: "web", queryID: 78, calls: calls, time: time)
        statementStatistics!.totals.calls += calls
        statementStatistics!.totals.executionTime += time
    }
}
