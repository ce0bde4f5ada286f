import Foundation
import Model

/// Many more statements than usual: the load comes from outside, and no statement became slow by itself.
struct TrafficSurge: Rule {
    static let metadata = RuleMetadata(
        id: "workload.traffic-surge",
        title: "Many times the usual number of statements",
        area: .workload,
        needs: [.statements],
        looksAt:
            "calls a second of pg_stat_statements between two readings: with a history (sweeps, --history) against its last "
            + "intervals and the same time of the fourteen days before; without one (--sample, --since) against the mean from "
            + "the statistics' reset to the earlier reading; by role and statement; applications as activity was sampled",
        why:
            "When six times as many requests arrive, every statement looks slow, and none is: they wait for CPU, disk and "
            + "locks that would do for the usual load. Who sends more, and what, is the question then, not which index is "
            + "missing.",
        limits:
            "Says nothing of a single reading: that has no time before it. Without a history the usual is a mean over day and "
            + "night; a server that works in office hours alone runs at four times its mean each day, and is not told. With one, "
            + "what came at this time of a day before is usual, also where that was an incident; what comes once a month, or an "
            + "hour off when clocks change, is told; what is still below a batch at this time is not. A surge that lasts becomes "
            + "usual. What an application asks through fewer, heavier statements is no surge in calls.",
        thresholds: [
            factor, UsualTraffic.factor, UsualTraffic.firstDayFactor, leastRate, leastCalls, usualWindow, usualCalls,
            windowShare, part, week, UsualTraffic.intervals, UsualTraffic.lasting, UsualTraffic.tolerance,
            UsualTraffic.explained, UsualTraffic.mostSpread,
        ],
        references: ["https://www.postgresql.org/docs/current/pgstatstatements.html"],
        explains: [
            Edge(.addsLoad, "workload.heavy-statement"), Edge(.addsLoad, "waits.more-active-than-cores"),
        ])

    static let factor = Threshold(
        "calls against the mean since the reset, without a history", 5, "times",
        source: "our choice: 40 office hours of a week's 168 make 4.2 times the mean on each working day")
    private static let leastRate = Threshold(
        "calls a second", 20, "calls",
        source: "our choice: fewer are no load for a server, however many times the usual")
    private static let leastCalls = Threshold(
        "calls in the window", 500, "calls", source: "our choice: their rate is then known to a tenth (2/√500 = 9 %)")
    static let usualWindow = Threshold(
        "time before the window", 3600, "s", source: "our choice: less than an hour says nothing of what is usual")
    private static let usualCalls = Threshold(
        "calls before the window", 1000, "calls", source: "our choice: a server that was hardly used has no usual load")
    private static let windowShare = Threshold(
        "the window, of the time before it", 0.2, "share",
        source: "our choice: what lasts as long as a fifth of all that was seen is itself usual")
    private static let part = Threshold(
        "of the calls that there are more, from which a role or statement is named", 0.5, "share",
        source: "our choice: more than all others together")
    private static let week = Threshold(
        "time before the window from which its rhythm is known", 604_800, "s",
        source: "our choice: a week has every weekday")

    func evaluate(_ observation: Observation) -> Outcome {
        let traffic: Traffic
        do throws(Traffic.Gap) {
            traffic = try Traffic(observation)
        } catch {
            switch error {
            case .noEarlier: return .absent
            case .unknown(let why): return .inconclusive(why)
            }
        }
        guard traffic.calls.now >= Self.leastRate.value,
            traffic.calls.now * traffic.seconds >= Self.leastCalls.value
        else { return .findings([]) }
        if let past = traffic.past { return .findings(past.since == nil ? [] : [finding(traffic, observation)]) }
        guard traffic.usualSeconds >= Self.usualWindow.value,
            traffic.seconds <= traffic.usualSeconds * Self.windowShare.value
        else {
            return .inconclusive(
                "pg_stat_statements had counted for \(Quantity.seconds(traffic.usualSeconds)) before the window of "
                    + "\(Quantity.seconds(traffic.seconds)): too short to say what is usual")
        }
        guard Double(traffic.usualCalls) >= Self.usualCalls.value else {
            return .inconclusive(
                "only \(Quantity.plural(Int(traffic.usualCalls), "call was", "calls were")) counted before the window: nothing "
                    + "is usual yet")
        }
        guard traffic.calls.now >= traffic.calls.usual * Self.factor.value else { return .findings([]) }
        return .findings([finding(traffic, observation)])
    }

    private func finding(_ traffic: Traffic, _ observation: Observation) -> Finding {
        let surplus = traffic.calls.surplus
        let parts = TrafficParts(of: traffic, observation)
        let role = parts.roles.first { $0.calls.surplus >= surplus * Self.part.value }
        let statement = parts.statements.first { $0.calls.surplus >= surplus * Self.part.value }
        let risen = parts.statements.filter { $0.calls.surplus >= surplus / 10 }
        let times = Quantity.about((traffic.calls.now / max(traffic.calls.usual, 1e-9)).rounded())
        let from = role.map { " from role \($0.name)" } ?? ""
        let what = statement.map { ": \($0.load.label(40))" } ?? ""
        let since = traffic.past?.since.map { " since \(Self.moment($0, observation))" } ?? ""
        let confidence = self.confidence(traffic)
        let hurts = traffic.sessions.now >= 1 && traffic.sessions.now >= traffic.sessions.usual * 2
        var objects = [ObjectReference.cluster]
        if let statement { objects.insert(statement.load.object, at: 0) }
        if let role { objects.insert(ObjectReference(.role, role.name), at: 0) }
        return Finding(
            Self.metadata, severity: hurts && confidence != .low ? .warning : .notice, tier: .cure,
            title: "\(times) times the usual calls\(since)\(from)\(what)", objects: objects,
            impact: .share(extraShare(parts, observation.workload.totalTime)),
            confidence: confidence,
            summary: summary(traffic, role?.name, statement, times, observation),
            evidence: evidence(traffic, role, statement, observation),
            notIf: "so many are expected now: a campaign, a batch, a test of load",
            actions: actions(role?.name, statement?.load, observation),
            explains: Set(risen.map(\.load.link)), symptomOf: Set(risen.map(\.load.link)))
    }

    private func confidence(_ traffic: Traffic) -> Confidence {
        guard let past = traffic.past else { return traffic.usualSeconds >= Self.week.value ? .high : .medium }
        return past.known != .kindOfDay ? .low : past.coversWeek ? .high : .medium
    }

    /// `14:05 UTC`; with the day where that is another than the reading's.
    private static func moment(_ moment: Date, _ observation: Observation) -> String {
        let style = Date.ISO8601FormatStyle(timeZone: .gmt)
        let day = style.year().month().day()
        let text = "\(moment.formatted(style.time(includingFractionalSeconds: false)).prefix(5)) UTC"
        let isToday = moment.formatted(day) == observation.snapshot.takenAt.formatted(day)
        return isToday ? text : "\(moment.formatted(day)) \(text)"
    }

    /// Of the window's execution time, what the calls took that there were more.
    private func extraShare(_ parts: TrafficParts, _ total: Double) -> Double {
        guard total > 0 else { return 0 }
        let extra = parts.statements.reduce(0.0) { sum, statement in
            let share = statement.calls.now > 0 ? statement.calls.surplus / statement.calls.now : 0
            return sum + statement.load.counters.executionTime * share
        }
        return min(1, extra / total)
    }

    private func summary(
        _ traffic: Traffic, _ role: String?, _ statement: TrafficParts.Statement?, _ times: String,
        _ observation: Observation
    ) -> String {
        var text =
            "\(Quantity.about(traffic.calls.now)) statements a second come in, \(times) times the usual "
            + "\(perSecond(traffic.calls.usual))"
        if let role { text += ", most of what is more from role \(role)" }
        text += "."
        if let past = traffic.past { text += " \(compared(past))" }
        guard let statement else { return text }
        text += " It is \(statement.load.label(50)): \(Quantity.about(statement.calls.now)) a second, "
        text += statement.usualMean == nil ? "not seen before." : "\(perSecond(statement.calls.usual)) before."
        return text
    }

    private func compared(_ past: UsualTraffic) -> String {
        let intervals = "last \(Quantity.plural(past.counts.intervals, "interval"))"
        let days = Quantity.plural(past.counts.days, "day")
        let most = "had \(perSecond(past.busiest)) at most."
        return switch past.known {
        case .kindOfDay: "This time of \(days) before, and the \(intervals), \(most)"
        case .days:
            "This time of \(days) before, and the \(intervals), \(most) Of this kind of day none is known yet: a Monday may begin so."
        case .intervals:
            "The \(intervals) \(most) No day before is known at this time: a morning may begin so each day."
        }
    }

    private func perSecond(_ rate: Double) -> String {
        rate >= 10 ? Quantity.about(rate) : Quantity.decimal(rate, places: rate >= 0.1 ? 1 : 3)
    }

    private func evidence(
        _ traffic: Traffic, _ role: (name: String, calls: Traffic.Rate)?, _ statement: TrafficParts.Statement?,
        _ observation: Observation
    ) -> [Evidence] {
        var evidence = [
            Evidence("factor", "times the usual", .number(traffic.calls.now / max(traffic.calls.usual, 1e-9))),
            Evidence("callsPerSecond", "calls a second", .number(traffic.calls.now)),
            Evidence("usualCallsPerSecond", "usual calls a second", .number(traffic.calls.usual)),
        ]
        if let past = traffic.past {
            evidence.append(Evidence("busiestCallsPerSecond", "the most that is comparable", .number(past.busiest)))
            evidence.append(Evidence("intervals", "intervals before", .count(Int64(past.counts.intervals))))
            evidence.append(Evidence("days", "days known at this time", .count(Int64(past.counts.days))))
        } else {
            evidence.append(Evidence("usualWindow", "counted before the window", .seconds(traffic.usualSeconds)))
        }
        evidence += [
            Evidence("busySessions", "sessions executing on average", .number(traffic.sessions.now)),
            Evidence("usualBusySessions", "usually", .number(traffic.sessions.usual)),
        ]
        if let role {
            evidence.append(
                Evidence("shareOfRole", "of what is more, from role \(role.name)", .share(share(role.calls, traffic))))
        }
        if let statement {
            evidence.append(
                Evidence("shareOfStatement", "of what is more, the statement", .share(share(statement.calls, traffic))))
            evidence.append(Evidence("meanTime", "its mean time now", .milliseconds(statement.load.counters.meanTime)))
            if let mean = statement.usualMean {
                evidence.append(Evidence("usualMeanTime", "its usual mean time", .milliseconds(mean)))
            }
            let seen = observation.applicationsByQueryID
            let applications = Set(statement.load.queryIDs.flatMap { seen[$0] ?? [] }).sorted()
            if !applications.isEmpty {
                evidence.append(Evidence("applications", "applications seen with it", .list(applications)))
            }
            if let text = statement.load.text { evidence.append(Evidence("statement", "statement", .text(text))) }
        }
        evidence.append(Evidence("connections", "clients connected", .count(Int64(traffic.connections.now))))
        evidence.append(
            Evidence("earlierConnections", "at the earlier reading", .count(Int64(traffic.connections.earlier))))
        if let rows = traffic.rowsWritten {
            evidence.append(Evidence("rowsPerSecond", "rows written a second", .number(rows.now)))
            evidence.append(Evidence("usualRowsPerSecond", "usually", .number(rows.usual)))
        }
        return evidence
    }

    private func share(_ rate: Traffic.Rate, _ traffic: Traffic) -> Double {
        min(1, rate.surplus / max(traffic.calls.surplus, 1e-9))
    }

    private func actions(_ role: String?, _ load: StatementLoad?, _ observation: Observation) -> [Action] {
        var actions: [Action] = []
        if let load { actions.append(load.sessionsNow()) }
        if let role, let limit = limit(role, observation) { actions.append(limit) }
        actions.append(
            Action(
                .cure, "have whoever sends them send fewer, or make room for them",
                steps: [
                    "Ask what changed at the time: a release, a retry without pause, an emptied cache, a job that polls, a crawler.",
                    "Let retries wait longer each time, with chance in it; keep in the application what does not change; "
                        + "read a list with one statement.",
                    "Where the load is wanted, size pool, CPU and memory for it before it comes.",
                ], gain: Gain("the load falls back to the usual", .estimated),
                verify: "pgmedic diagnose --sample 30s: this finding is gone"))
        return actions
    }

    /// Sessions of the role as many as there were before, so that others have room.
    private func limit(_ name: String, _ observation: Observation) -> Action? {
        guard let role = observation.snapshot.roles.first(where: { $0.name == name }), !role.isSuperuser,
            let earlier = observation.earlier
        else { return nil }
        let sessions = { (snapshot: Snapshot) in snapshot.backends.count { $0.role == name && $0.isClient } }
        let now = sessions(observation.snapshot)
        let limit = max(1, sessions(earlier))
        guard now > limit, role.connectionLimit < 0 || role.connectionLimit > limit else { return nil }
        let order = "ALTER ROLE \(SQL.identifier(name)) CONNECTION LIMIT"
        return Action(
            .fix, "let role \(name) open no more than \(Quantity.plural(limit, "session")), as before",
            sql: ["\(order) \(limit);"],
            steps: [
                "It holds for new sessions: those that are open stay until they end, or are ended.",
                "A pool of the application or of PgBouncer that is made smaller does the same without errors.",
            ], lock: LockNote.none, gain: Gain("others get CPU and connections back", .estimated),
            verify: "SELECT rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = \(SQL.literal(name));",
            undo: "\(order) \(role.connectionLimit);",
            caution: "what comes beyond the limit gets an error (53300): the application must bear it")
    }
}
