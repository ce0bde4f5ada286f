import Model

/// Statements that wait for their client.
struct ClientWaits: Rule {
    static let metadata = RuleMetadata(
        id: "waits.client",
        title: "Statements wait for their client",
        area: .waits,
        needs: [.activitySamples, .backendDetails],
        looksAt: "busy sessions in Client:ClientWrite and Client:ClientRead, by application",
        why:
            "A statement whose result the client does not take stays open, with its snapshot, its locks and its memory; the "
            + "server is quick and looks slow. The same holds for a client that sends its data or its messages with "
            + "pauses.",
        limits: "Backups are left out. Idle sessions are no part of this: they wait between statements.",
        thresholds: [most] + WaitingSessions.thresholds,
        references: ["https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-CLIENT-TABLE"],
        explains: [Edge(.returnsMuch, "workload.heavy-statement"), .keepsLocksLonger])

    private static let most = Threshold(
        "share of the busy sessions from which it is a warning", 0.5, "share",
        source: "our choice: the clients, not the server, are then what most statements wait for")

    func evaluate(_ observation: Observation) -> Outcome {
        WaitingSessions.judge(
            observation, "the wait for clients",
            where: { $0.isClient && !$0.isBackup && $0.waits("Client", "ClientWrite", "ClientRead") }
        ) { finding($0, observation) }
    }

    private func finding(_ waiting: WaitingSessions, _ observation: Observation) -> Finding {
        let writes = waiting.load.part("writes") { !$0.isBackup && $0.waits("Client", "ClientWrite") }?.average ?? 0
        let isWriting = writes >= waiting.part.average / 2
        let who = waiting.applications.first.map { " (\($0.name) most of all)" } ?? ""
        let read = [
            "Read results whole before working on them, or a page at a time with LIMIT; close what is not read to its end.",
            "Ask for the columns and rows that are needed.",
            "A busy client machine or a slow network shows there, not here.",
        ]
        let send = [
            "COPY FROM STDIN: read the source ahead, so that the connection is never idle within the statement.",
            "Send a statement's messages at once (one flush), and end a pipeline with Sync.",
        ]
        return Finding(
            Self.metadata, severity: waiting.severity(from: Self.most.value), tier: .cure,
            title: isWriting
                ? "statements wait for clients to take their results" : "statements wait for clients to send more",
            objects: [.cluster], impact: waiting.impact, confidence: waiting.confidence,
            summary:
                "\(waiting.text) wait for their client\(who) to \(isWriting ? "take what was sent" : "send more").",
            evidence: waiting.evidence, notIf: "these are exports or loads, which may take their time",
            actions: [
                Action(
                    .containment, "see which clients it is",
                    steps: [WaitingSessions.now("wait_event IN ('ClientWrite', 'ClientRead')")], lock: LockNote.none,
                    gain: Gain("none by itself", .ruleOfThumb)),
                Action(
                    .cure, isWriting ? "let the client take results quickly" : "let the client send without pauses",
                    steps: isWriting ? read : send, gain: Gain("the sessions end sooner", .estimated)),
            ], explains: waiting.slowed, symptomOf: waiting.causes)
    }

    static let examples: [RuleExample] = [
        .fires("results that nobody reads", on: "cluster") {
            $0.addBusy("Client", "ClientWrite", sessions: 5)
            $0.addBusy(nil, nil, sessions: 2)
        },
        .fires("loads in drops", on: "cluster") { $0.addBusy("Client", "ClientRead", sessions: 3) },
        .silent("a backup") { $0.addBusy("Client", "ClientWrite", sessions: 3, application: "pg_dump") },
        .silent("a few") {
            $0.addBusy("Client", "ClientRead", sessions: 1)
            $0.addBusy(nil, nil, sessions: 12)
        },
        .inconclusive("two readings") { $0.addBusy("Client", "ClientWrite", sessions: 20, readings: 2) },
    ]
}
