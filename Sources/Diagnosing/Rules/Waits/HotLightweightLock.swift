import Model

/// A short lock in shared memory that many sessions wait for, other than those that have a rule of their own.
struct HotLightweightLock: Rule {
    static let metadata = RuleMetadata(
        id: "waits.hot-lightweight-lock",
        title: "Many sessions wait for one lightweight lock",
        area: .waits,
        needs: [.activitySamples, .backendDetails],
        looksAt: "busy sessions by event of the type LWLock, those left out that have a rule of their own",
        why:
            "Lightweight locks guard structures in shared memory for microseconds. When many sessions wait for one, it is "
            + "what bounds the whole server: more sessions or more cores make it worse.",
        limits:
            "A short spike is no more than a notice. Parallel statements wait for their own shared memory as part of "
            + "their work.",
        thresholds: WaitingSessions.thresholds + [WaitingSessions.crowd],
        references: ["https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-LWLOCK-TABLE"],
        explains: [Edge(.contends, "workload.heavy-statement"), .keepsLocksLonger])

    /// Others' business.
    private static let covered: Set<String> = [
        "buffercontent", "lockmanager", "subtransslru", "subtransbuffer", "walwrite", "walinsert", "walbufmapping",
        "syncrep",
    ]

    func evaluate(_ observation: Observation) -> Outcome {
        guard let load = observation.load else { return .absent }
        let events = Set(
            load.profile.entries.map(\.activity).filter {
                $0.waitEventType == "LWLock" && !MultixactPressure.isMeant($0)
            }
            .compactMap(\.waitEvent)
        )
        .filter { !Self.covered.contains($0.lowercased()) }
        let hot = events.sorted().compactMap { event in
            WaitingSessions(observation, event) { $0.waits("LWLock", event) }.map { (event, $0) }
        }
        guard hot.isEmpty || Double(load.samples) >= WaitingSessions.readings.value else {
            return .inconclusive(WaitingSessions.tooFew(load, "a lightweight lock"))
        }
        return .findings(hot.map { finding($0.0, $0.1) })
    }

    private func finding(_ event: String, _ waiting: WaitingSessions) -> Finding {
        let note = WaitEventCatalog.note(type: "LWLock", event: event)
        return Finding(
            Self.metadata, severity: waiting.severity(), tier: .cure, title: "sessions queue for LWLock:\(event)",
            objects: [.cluster], impact: waiting.impact, confidence: waiting.confidence,
            summary: "\(waiting.text) wait for \(note?.what ?? "a short lock in shared memory") (LWLock:\(event)).",
            evidence: waiting.evidence
                + (note.map { [Evidence("typicalCause", "what typically causes it", .text($0.causes))] } ?? []),
            actions: [
                Action(
                    .containment, "see who waits now",
                    steps: [
                        WaitingSessions.now("wait_event = \(SQL.literal(event))"),
                        "Fewer sessions at once relieve it: lower the pool's size.",
                    ], lock: LockNote.none, gain: Gain("a shorter queue", .ruleOfThumb)),
                Action(
                    .cure, "remove what makes them meet there",
                    steps: note.map { ["Typical cause: \($0.causes).", "It would be confirmed by: \($0.confirm)."] }
                        ?? ["The manual's table of wait events says what the lock guards."],
                    gain: Gain("the sessions that wait work instead", .estimated)),
            ], explains: waiting.slowed, symptomOf: waiting.causes, identity: [event])
    }

    static let examples: [RuleExample] = [
        .fires("snapshots of very many connections", on: "cluster") {
            $0.addBusy("LWLock", "ProcArray", sessions: 12)
            $0.addBusy(nil, nil, sessions: 8)
        },
        .silent("has a rule of its own") { $0.addBusy("LWLock", "WALWrite", sessions: 12) },
        .silent("a little") {
            $0.addBusy("LWLock", "ProcArray", sessions: 1)
            $0.addBusy(nil, nil, sessions: 9)
        },
        .inconclusive("two readings") { $0.addBusy("LWLock", "ProcArray", sessions: 20, readings: 2) },
    ]
}
