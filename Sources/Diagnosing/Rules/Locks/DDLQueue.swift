import Foundation
import Model

/// A strong lock that waits in a queue while harmless statements line up behind it.
struct DDLQueue: Rule {
    private static let readers = Threshold(
        "sessions behind it", 1, "sessions", source: "our choice: without it none of them would wait at all")

    static let metadata = RuleMetadata(
        id: "locks.ddl-queue",
        title: "Strong lock that waits and holds up others",
        area: .locks,
        needs: [.locks, .backends],
        looksAt: "pg_locks: a request for a table that waits, and sessions that wait for nothing but this request",
        why:
            "A request that cannot be granted stands in the table's queue, and every later request that conflicts with it "
            + "waits behind it, also reads that the present holder would not disturb. An ALTER TABLE of a millisecond "
            + "so stops all traffic of a table for as long as one old transaction lives.",
        limits:
            "The transaction that the request waits for is the cause and is reported as such; this names the request that "
            + "makes a queue of it.",
        thresholds: [readers],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html",
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let waiting = observation.forest.roots.flatMap(\.descendants)
        return .findings(waiting.compactMap { finding($0, observation) })
    }

    private func finding(_ node: WaitForest.Node, _ observation: Observation) -> Finding? {
        guard let awaited = node.awaited, awaited.type == "relation", let relation = awaited.relation,
            let backend = observation.backend(node.pid)
        else { return nil }
        let behind = node.waiting.filter { $0.blockedBy?.isGranted == false }
        guard Double(behind.count) >= Self.readers.value else { return nil }
        let held = behind.flatMap { [$0] + $0.descendants }.count
        let age = observation.age(of: awaited.waitStart) ?? 0
        let mode = LockMode.sql(awaited.mode)
        let command = backend.command ?? "a statement"
        let above = node.blockedBy.flatMap { observation.backend($0.pid) }
        return Finding(
            Self.metadata, severity: held >= 3 ? .critical : .warning, tier: .containment,
            title: "\(command) waits for \(mode) on \(relation) and holds up \(Quantity.plural(held, "session"))",
            objects: [backend.object, .relation(relation, in: backend.database)], impact: .sessions(Double(held)),
            confidence: .high,
            summary: "\(backend.nameWithPID) has waited \(Quantity.seconds(age)) for \(mode) on \(relation)"
                + (above.map { ", which \($0.nameWithPID) holds in a weaker mode" } ?? "")
                + ". \(Quantity.plural(held, "session")) that would not disturb the holder \(held == 1 ? "waits" : "wait") behind the request.",
            evidence: [
                Evidence("waits", "has waited", .seconds(age)), Evidence("mode", "wants", .text(mode)),
                Evidence("sessionsBehind", "sessions behind it", .count(Int64(held))),
            ] + (backend.query.map { [Evidence("statement", "statement", .text($0))] } ?? []),
            notIf: "the change must go in now, and the holder is ended instead",
            actions: actions(backend, held, observation), explains: Set(behind.map { .backend($0.pid) }),
            symptomOf: [.backend(node.pid)], identity: [backend.fingerprint ?? ""])
    }

    private func actions(_ backend: Backend, _ held: Int, _ observation: Observation) -> [Action] {
        [
            Action(
                .containment, "cancel the request of session \(backend.pid)",
                sql: [backend.signal("pg_cancel_backend")],
                steps: ["Try it again at a quieter moment, with a lock_timeout."], lock: LockNote.none,
                gain: Gain("frees \(Quantity.plural(held, "session")) at once", .measured),
                verify: "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock';",
                caution: "the change is not made")
        ]
            + [backend.role].compactMap(\.self).map { role in
                .limit(
                    role, "lock_timeout", to: "5s", title: "let changes of the schema give up after seconds",
                    gain: Gain("a queue lasts five seconds at most", .estimated),
                    steps: [
                        "Have the migration try again after error 55P03 (lock_not_available), with a pause between."
                    ],
                    caution: "applies to all statements of the role: better a role of its own for migrations",
                    observation)
            }
    }

    static let examples: [RuleExample] = [
        .fires("readers wait behind an ALTER TABLE that waits for a reader", on: "app/migration") {
            $0.addDDLQueue(readers: 3, for: 30)
        },
        .silent("an ALTER TABLE waits, and nobody behind it") { $0.addDDLQueue(readers: 0, for: 30) },
        .silent("sessions wait for a row: no queue of a relation") { $0.addRowLockPile(waiting: 4, for: 30) },
    ]
}
