import Diagnosing
import Model

/// A reading of locks for machines; `Schema/locks-1.schema.json` describes it.
extension LockReport {
    static let schema = "urn:pgmedic:schema:locks-1"

    var jsonValue: JSONValue {
        [
            "$schema": .string(Self.schema), "schemaVersion": .integer(1), "generator": .string(generator),
            "takenAt": .moment(reading.takenAt), "redaction": .string(snapshot.redaction.rawValue),
            "target": [
                "host": .string(snapshot.server.host), "port": .integer(Int64(snapshot.server.port)),
                "database": .string(snapshot.server.database),
                "serverVersion": .string(snapshot.server.version.description),
                "inRecovery": .bool(snapshot.server.isInRecovery),
            ],
            "headline": .string(reading.headline), "waitingSessions": .integer(Int64(reading.waiting)),
            "blockedSeconds": .rounded(reading.secondsBlocked), "longestWaitSeconds": .rounded(reading.longestWait),
            "treesLeftOut": .integer(Int64(reading.hiddenTrees)),
            "roots": .array(reading.trees.map(root)),
            "deadlocks": .array(reading.deadlocks.map { .array($0.map(link)) }),
            "openTransactions": .array(
                reading.openTransactions.map {
                    [
                        "session": session($0.backend), "transactionAgeSeconds": .rounded($0.age),
                        "holds": holds($0.held),
                    ]
                }),
            "watch": watch.map(watched) ?? .null,
            "notes": .array(
                snapshot.notes.map {
                    [
                        "evidence": .string($0.evidence.rawValue), "reason": .string($0.reason.rawValue),
                        "text": .string($0.text), "remedy": .optional($0.remedy),
                    ]
                }),
        ]
    }

    private func root(_ tree: BlockedSessions) -> JSONValue {
        let observation = tree.observation
        return [
            "session": tree.backend.map(session) ?? .null,
            "preparedTransaction": tree.prepared.map {
                [
                    "gid": .string($0.gid), "owner": .string($0.owner), "database": .string($0.database),
                    "preparedAt": .moment($0.prepared),
                ]
            } ?? .null,
            "reason": ["key": .string(tree.reason.key), "text": .string(tree.reason.label)],
            "stateAgeSeconds": .rounded(tree.stateAge), "transactionAgeSeconds": .rounded(tree.transactionAge),
            "hasWritten": tree.hasWritten.map(JSONValue.bool) ?? .null,
            "holds": holds(tree.held), "relation": .optional(tree.relation.map { "\($0.schema).\($0.name)" }),
            "waitingSessions": .integer(Int64(tree.victims.count)), "blockedSeconds": .rounded(tree.secondsBlocked),
            "longestWaitSeconds": .rounded(tree.longestWait),
            "frees": [
                "sessions": .integer(Int64(tree.release.freed.count)),
                "others": .array(tree.release.others.map(holder)),
            ],
            "actions": .array(tree.ladder.map(JSONValue.action)),
            "waiting": .array(tree.root.waiting.map { waiter($0, below: tree.root, observation) }),
        ]
    }

    private func waiter(
        _ node: WaitForest.Node, below above: WaitForest.Node, _ observation: Observation
    ) -> JSONValue {
        [
            "session": observation.backend(node.pid).map(session) ?? ["pid": .integer(Int64(node.pid))],
            "waitSeconds": .rounded(node.waited(until: reading.takenAt)),
            "awaits": node.awaited.map(lock) ?? .null, "blockedBy": node.blockedBy.map(lock) ?? .null,
            "conflict": .string(observation.conflict(of: node, below: above.holder)),
            "alsoBehind": .array(node.alsoBehind.map(holder)),
            "waiting": .array(node.waiting.map { waiter($0, below: node, observation) }),
        ]
    }

    private func link(_ node: WaitForest.Node) -> JSONValue {
        ["pid": .integer(Int64(node.pid)), "awaits": node.awaited.map(lock) ?? .null]
    }

    private func session(_ backend: Backend) -> JSONValue {
        [
            "pid": .integer(Int64(backend.pid)), "database": .optional(backend.database),
            "role": .optional(backend.role), "application": .string(backend.application),
            "client": .optional(backend.client), "type": .string(backend.type), "state": .optional(backend.state),
            "waitEventType": .optional(backend.waitEventType), "waitEvent": .optional(backend.waitEvent),
            "backendStart": .moment(backend.backendStart), "transactionStart": .moment(backend.transactionStart),
            "queryStart": .moment(backend.queryStart), "stateChange": .moment(backend.stateChange),
            "queryid": .optional(backend.queryID.map { String($0) }), "fingerprint": .optional(backend.fingerprint),
            "command": .optional(backend.command), "query": .optional(backend.query),
            "hidden": .bool(backend.isHidden),
        ]
    }

    private func lock(_ lock: Lock) -> JSONValue {
        [
            "type": .string(lock.type), "mode": .string(lock.mode), "granted": .bool(lock.isGranted),
            "object": .string(LockWords.object(lock)), "database": .optional(lock.database),
            "relation": .optional(lock.relation.map { "\($0.schema).\($0.name)" }),
            "waitStart": .moment(lock.waitStart),
        ]
    }

    private func holds(_ held: HeldLocks) -> JSONValue {
        .array(
            held.entries.map {
                ["object": .string($0.object), "mode": .string($0.mode), "awaited": .bool($0.isAwaited)]
            })
    }

    private func holder(_ holder: WaitForest.Holder) -> JSONValue {
        [
            "pid": holder.preparedTransaction == nil ? .integer(Int64(holder.pid)) : .null,
            "preparedTransaction": .optional(holder.preparedTransaction),
        ]
    }

    private func watched(_ watch: LockWatch) -> JSONValue {
        [
            "startedAt": .moment(watch.start), "endedAt": .moment(watch.end),
            "durationSeconds": .rounded(watch.duration), "readings": .integer(Int64(watch.readings)),
            "failures": .integer(Int64(watch.failures)), "peakWaitingSessions": .integer(Int64(watch.peak)),
            "blockedSeconds": .rounded(watch.secondsBlocked), "longestWaitSeconds": .rounded(watch.longestWait),
            "deadlocks": .integer(Int64(watch.deadlocks.count)),
            "roots": .array(
                watch.roots.map {
                    [
                        "name": .string($0.name), "owner": .string($0.owner), "reason": .string($0.reason.key),
                        "relation": .optional($0.relation.map { "\($0.schema).\($0.name)" }),
                        "firstSeen": .moment($0.firstSeen), "lastSeen": .moment($0.lastSeen),
                        "blockedSeconds": .rounded($0.secondsBlocked), "longestWaitSeconds": .rounded($0.longestWait),
                        "peakWaitingSessions": .integer(Int64($0.peak)), "lastStatement": .optional($0.lastStatement),
                    ]
                }),
        ]
    }
}
