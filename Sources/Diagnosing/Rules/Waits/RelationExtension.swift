import Model

/// Sessions that queue to add pages to a table or index.
struct RelationExtension: Rule {
    static let metadata = RuleMetadata(
        id: "waits.relation-extension",
        title: "Sessions queue to extend a relation",
        area: .waits,
        needs: [.activitySamples, .backendDetails],
        looksAt: "busy sessions in the wait event Lock:extend; the relation from pg_locks and from their statements",
        why: "New pages are added to a table or index by one session at a time. Where many insert into one relation at "
            + "once, they queue for it, and more of them make nothing faster.",
        limits:
            "16 and up add many pages at a time when others wait, which makes this rare. The relation is known where "
            + "the queue was met when the locks were read, or from the statement's text.",
        thresholds: WaitingSessions.thresholds + [WaitingSessions.crowd],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-LOCK-TABLE",
            "https://www.postgresql.org/docs/16/release-16.html",
        ],
        explains: [Edge(.contends, "workload.heavy-statement"), .keepsLocksLonger])

    func evaluate(_ observation: Observation) -> Outcome {
        WaitingSessions.judge(observation, "relation extension", where: { $0.waits("Lock", "extend") }) {
            finding($0, observation)
        }
    }

    private func finding(_ waiting: WaitingSessions, _ observation: Observation) -> Finding {
        let target = InsertTarget(waiting, observation, lockType: "extend")
        let place = target.relation.map { " to \($0)" } ?? ""
        let isOld = observation.snapshot.server.version < .v16
        var actions = [
            Action(
                .containment, "let fewer sessions load at once",
                steps: [
                    WaitingSessions.now("wait_event = 'extend'"),
                    "A loader with a handful of sessions is as fast as one with many here: lower its parallelism.",
                ], lock: LockNote.none, gain: Gain("the queue goes", .estimated),
                verify: "sessions in Lock:extend in the next diagnosis"),
            Action(
                .cure, "insert many rows with one statement",
                steps: [
                    "COPY or INSERT with many rows fills whole pages before it asks for the next; "
                        + "hash partitions give each session a relation of its own to extend."
                ], gain: Gain("fewer extensions for the same rows", .ruleOfThumb)),
        ]
        if isOld {
            actions.insert(
                Action(
                    .fix, "upgrade to PostgreSQL 16 or later", steps: ["It extends relations by many pages at a time."],
                    gain: Gain("up to three times as many concurrent COPYs, by its release notes", .ruleOfThumb)), at: 1
            )
        }
        return Finding(
            Self.metadata, severity: waiting.severity(), tier: .cure,
            title: "sessions queue to add pages\(place)", objects: target.objects, impact: waiting.impact,
            confidence: waiting.confidence,
            summary:
                "\(waiting.text) wait for their turn to add pages\(place): one session extends a relation at a time.",
            evidence: waiting.evidence, notIf: "a bulk load runs that may take its time", actions: actions,
            explains: waiting.slowed, symptomOf: waiting.causes.union(target.links))
    }

    static let examples: [RuleExample] = [
        .fires("ten loaders, one table", on: "cluster") {
            $0.addBusy("Lock", "extend", sessions: 6)
            $0.addBusy(nil, nil, sessions: 2)
        },
        .silent("now and then") {
            $0.addBusy("Lock", "extend", sessions: 1)
            $0.addBusy(nil, nil, sessions: 20)
        },
        .silent("waits for rows are another matter") { $0.addBusy("Lock", "transactionid", sessions: 20) },
        .inconclusive("two readings") { $0.addBusy("Lock", "extend", sessions: 20, readings: 2) },
    ]
}

/// The relation that waiting sessions write into, where it is known.
struct InsertTarget {
    let relation: QualifiedName?
    let database: String?
    /// Most of the waiting sessions whose statement is known insert rows.
    let isInsert: Bool

    /// - Parameter lockType: pg_locks names the relation of awaited locks of this type.
    init(_ waiting: WaitingSessions, _ observation: Observation, lockType: String? = nil) {
        let locks = observation.snapshot.locks.filter { $0.type == lockType && !$0.isGranted }
        let named = Dictionary(grouping: locks.filter { $0.relation != nil }, by: \.relation!)
            .max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
        let loads = waiting.loads
        let inserts = loads.filter { ["insert", "copy", "merge"].contains($0.verb) }
        isInsert = !loads.isEmpty && loads.first.map { first in inserts.contains { $0.key == first.key } } ?? false
        if let named {
            relation = named.key
            database = named.value.first?.database
            return
        }
        let targets = loads.first?.relations(in: observation.snapshot) ?? []
        relation = targets.count == 1 ? targets.first : nil
        database = relation == nil ? nil : loads.first?.database
    }

    var objects: [ObjectReference] { relation.map { [.relation($0, in: database)] } ?? [.cluster] }

    var links: Set<LinkKey> {
        guard let relation, let database else { return [] }
        return [.relation(relation, database: database)]
    }
}
