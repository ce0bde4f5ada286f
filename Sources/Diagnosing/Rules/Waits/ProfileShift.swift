import Model

/// Sessions wait for something else than they did at the earlier reading.
struct ProfileShift: Rule {
    static let metadata = RuleMetadata(
        id: "waits.profile-shift",
        title: "Sessions wait for something else than before",
        area: .waits,
        needs: [.activitySamples, .backendDetails],
        looksAt: "the share of each class of wait among the busy sessions, now and in the earlier snapshot",
        why:
            "What a server waits for is steady while its work is: a class that was small and is large now says where to look "
            + "for what changed.",
        limits: "Only with an earlier snapshot (--since) that has readings of activity too. Shares are compared by "
            + "their 95 % intervals: a change within the error of few readings is none.",
        thresholds: [shift, WaitingSessions.readings, WaitingSessions.sessions],
        references: ["https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE"])

    private static let shift = Threshold(
        "growth of a class's share of the busy sessions", 0.2, "share",
        source: "pg_gather: 20 % of the sessions is where waits are marked")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let earlier = observation.earlier, let before = Load(earlier), let now = observation.load else {
            return .absent
        }
        guard Double(min(before.samples, now.samples)) >= WaitingSessions.readings.value else {
            return .inconclusive(
                "activity was read \(before.samples) times then and \(now.samples) times now: "
                    + "\(Int(WaitingSessions.readings.value)) times each are needed")
        }
        let grown = now.byClass.compactMap { part -> (Load.Part, Load.Part?)? in
            let old = before.byClass.first { $0.name == part.name }
            let high = old?.interval.high ?? WilsonInterval(share: 0, observations: before.observations).high
            guard part.name != Load.cpu, part.average >= WaitingSessions.sessions.value,
                part.share - (old?.share ?? 0) >= Self.shift.value, part.interval.low > high
            else { return nil }
            return (part, old)
        }
        return .findings(grown.map { finding($0, before: $1, now, observation) })
    }

    private func finding(_ part: Load.Part, before: Load.Part?, _ load: Load, _ observation: Observation) -> Finding {
        let events = load.byEvent.filter { $0.name.hasPrefix(part.name + ":") }.prefix(3)
            .map { "\($0.name): \(Quantity.decimal($0.average, places: 1))" }
        return Finding(
            Self.metadata, severity: .notice, tier: .cure, title: "\(part.name) waits have grown",
            objects: [.cluster], impact: .sessions((part.average * 10).rounded() / 10), confidence: .medium,
            summary: "\(Quantity.percent(part.share)) of the busy sessions are in \(part.name) waits, "
                + "\(Quantity.percent(before?.share ?? 0)) were at the earlier reading.",
            evidence: [
                Evidence("shareNow", "share now", .share(part.share)),
                Evidence("shareBefore", "share before", .share(before?.share ?? 0)),
                Evidence("sessionsNow", "sessions now", .number(part.average)),
                Evidence("sessionsBefore", "sessions before", .number(before?.average ?? 0)),
                Evidence("events", "sessions by wait event", .list(events)),
            ], notIf: "the two were read at different hours of the day, with different work",
            actions: [
                Action(
                    .containment, "see who waits so now",
                    steps: [WaitingSessions.now("wait_event_type = \(SQL.literal(part.name))")], lock: LockNote.none,
                    gain: Gain("none by itself", .ruleOfThumb))
            ], identity: [part.name])
    }

    static let examples: [RuleExample] = [
        .fires(
            "waits for I/O are new", on: "cluster",
            before: { $0.addBusy(nil, nil, sessions: 6) },
            after: {
                $0.activityProfile = nil
                $0.addBusy(nil, nil, sessions: 3)
                $0.addBusy("IO", "DataFileRead", sessions: 6)
            }),
        .silent(
            "the same mix, twice as much", before: { $0.addBusy("IO", "DataFileRead", sessions: 3) },
            after: {
                $0.activityProfile = nil
                $0.addBusy("IO", "DataFileRead", sessions: 6)
            }),
        .silent("nothing to compare with") { $0.addBusy("IO", "DataFileRead", sessions: 6) },
    ]
}
