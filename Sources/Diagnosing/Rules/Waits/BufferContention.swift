import Model

/// Sessions that meet on the same pages in memory.
struct BufferContention: Rule {
    static let metadata = RuleMetadata(
        id: "waits.buffer-contention",
        title: "Sessions meet on the same pages in memory",
        area: .waits,
        needs: [.activitySamples, .backendDetails],
        looksAt:
            "busy sessions in the wait event LWLock:BufferContent, their statements, and the indexes of the table that "
            + "they insert into",
        why:
            "A page is changed by one session at a time. Inserts with a growing key (a sequence, the time) all go to the "
            + "last page of the index; a small table that everybody updates has few pages. There the sessions queue "
            + "for microseconds each, all of them, all the time.",
        limits: "The page itself cannot be seen: the table is that of the statement where it names one only.",
        thresholds: WaitingSessions.thresholds + [WaitingSessions.crowd],
        references: ["https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-LWLOCK-TABLE"],
        explains: [Edge(.contends, "workload.heavy-statement"), .keepsLocksLonger])

    func evaluate(_ observation: Observation) -> Outcome {
        WaitingSessions.judge(observation, "contention for pages", where: { $0.waits("LWLock", "BufferContent") }) {
            finding($0, observation)
        }
    }

    private func finding(_ waiting: WaitingSessions, _ observation: Observation) -> Finding {
        let target = InsertTarget(waiting, observation)
        let place = target.relation.map { " of \($0)" } ?? ""
        let catalog = observation.snapshot.catalogs.first { $0.database == target.database }
        let trees = catalog?.indexes.filter { $0.relation == target.relation && $0.accessMethod == "btree" } ?? []
        let keys = trees.map { index in
            "\(index.name) (\(index.columns.prefix(index.keyCount).map { $0.name ?? $0.expression ?? "?" }.joined(separator: ", ")))"
        }
        let steps =
            target.isInsert
            ? [
                "Of the indexes on a growing key, drop those that nobody needs: each has a last page of its own.",
                "Partition the table by hash of the key: each partition has a last page of its own.",
                "Insert many rows with one statement: the page is locked once for all that fit.",
            ]
            : [
                "Spread the rows that everybody changes: a lower fillfactor for a small table, several rows for one counter.",
                "Read them less often: keep in the application what seldom changes.",
            ]
        return Finding(
            Self.metadata, severity: waiting.severity(), tier: .cure,
            title: "sessions queue for the same pages\(place)", objects: target.objects, impact: waiting.impact,
            confidence: waiting.confidence == .high ? .medium : .low,
            summary: "\(waiting.text) wait for a page that another one uses"
                + (target.isInsert
                    ? ": most of them insert\(target.relation.map { " into \($0)" } ?? ""), and the last page of an index on a growing "
                        + "key is where such inserts meet."
                    : "."),
            evidence: waiting.evidence + (keys.isEmpty ? [] : [Evidence("indexes", "B-tree indexes", .list(keys))]),
            actions: [
                Action(
                    .containment, "see who waits now",
                    steps: [WaitingSessions.now("wait_event = 'BufferContent'")], lock: LockNote.none,
                    gain: Gain("none by itself", .ruleOfThumb)),
                Action(
                    .cure, target.isInsert ? "spread the inserts" : "spread the changes", steps: steps,
                    gain: Gain("as many sessions side by side as there are places", .ruleOfThumb)),
            ], explains: waiting.slowed, symptomOf: waiting.causes.union(target.links))
    }

    static let examples: [RuleExample] = [
        .fires("inserts on a sequence", on: "public.orders") {
            $0.catalogs[0].relations.append(.make { $0.name = QualifiedName("public", "orders") })
            $0.addStatement("f1", "INSERT INTO orders (id) VALUES ($1)", queryID: 7, calls: 1000, time: 1000) {
                $0.searchPath = ["public"]
            }
            $0.addBusy("LWLock", "BufferContent", sessions: 8, queryID: 7)
            $0.addBusy(nil, nil, sessions: 4, queryID: 7)
        },
        .fires("nobody knows where", on: "cluster") { $0.addBusy("LWLock", "BufferContent", sessions: 5) },
        .silent("a session now and then") {
            $0.addBusy("LWLock", "BufferContent", sessions: 1)
            $0.addBusy(nil, nil, sessions: 12)
        },
        .inconclusive("two readings") { $0.addBusy("LWLock", "BufferContent", sessions: 20, readings: 2) },
    ]
}
