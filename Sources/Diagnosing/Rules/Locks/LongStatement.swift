import Foundation
import Model

/// One statement that has run for very long.
struct LongStatement: Rule {
    private static let age = Threshold(
        "runs for", 300, "s",
        source: "our choice between PgHero's 60 s and the 1800 and 3600 s of pganalyze")
    private static let grave = Threshold(
        "runs for, with harm to others: warning", 1800, "s", source: "pganalyze's first level for active queries")

    static let metadata = RuleMetadata(
        id: "locks.long-statement",
        title: "Statement that has run for very long",
        area: .locks,
        needs: [.backends, .backendDetails],
        looksAt:
            "pg_stat_activity: query_start of active sessions, what they wait for, what they hold; pg_stat_progress_*",
        why:
            "Nobody waits at a screen for minutes: the request has been given up long ago, often sent again, and each of them goes on "
            + "using CPU and memory, keeps its connection, and keeps VACUUM from removing what died since it began.",
        limits:
            "A report may take its time: without harm to others (row locks, an old snapshot) it is a notice. Dumps, maintenance with a "
            + "progress view, consumers of slots, people at a prompt, and those that wait for a lock are left out.",
        thresholds: [age, grave, HeldSnapshot.old],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW",
        ],
        explains: [
            .holdsHorizon, .occupiesConnections,
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let long = observation.longRunning(than: Self.age.value).filter {
            $0.isSingleStatement && (observation.age(of: $0.queryStart) ?? 0) >= Self.age.value
        }
        let groups = Dictionary(grouping: long) {
            "\($0.object.name)\u{0}\($0.database ?? "")\u{0}\($0.fingerprint ?? "")"
        }
        return .findings(groups.values.map { finding($0, observation) }.sorted { $0.fingerprint < $1.fingerprint })
    }

    private func finding(_ sessions: [Backend], _ observation: Observation) -> Finding {
        let oldest = sessions.max {
            (observation.age(of: $0.queryStart) ?? 0) < (observation.age(of: $1.queryStart) ?? 0)
        }!
        let age = observation.age(of: oldest.queryStart) ?? 0
        let held = HeldSnapshot(sessions)
        let isWarning = held.isOld || held.writes && age >= Self.grave.value
        let unread = sessions.filter { $0.waitEventType == "Client" }
        let client =
            unread.isEmpty
            ? ""
            : " \(unread.count == sessions.count ? "It waits" : "\(Quantity.count(unread.count)) of them wait") for the client "
                + "(\(unread[0].waitEvent ?? "Client")): the server is not what is slow."
        let link = observation.statementLink(of: oldest)
        return Finding(
            Self.metadata, severity: isWarning ? .warning : .notice, tier: .cure,
            title: "\(oldest.label) has run one statement for \(Quantity.seconds(age))", objects: [oldest.object],
            impact: .sessions(Double(sessions.count)), confidence: isWarning ? .high : .medium,
            summary:
                "\(Quantity.plural(sessions.count, "session")) of \(oldest.owner) \(sessions.count == 1 ? "has" : "have") run the same "
                + "statement for up to \(Quantity.seconds(age)), and \(sessions.count == 1 ? "keeps" : "keep") \(held.text).\(client)",
            evidence: [
                Evidence("sessions", "sessions", .count(Int64(sessions.count))),
                Evidence("runs", "runs for", .seconds(age)),
                Evidence("holds", "keeps", .text(held.text)),
                Evidence(
                    "wait", "waits for",
                    .text([oldest.waitEventType, oldest.waitEvent].compactMap(\.self).joined(separator: " ").orNothing)),
            ] + held.evidence + (oldest.query.map { [Evidence("statement", "statement", .text($0))] } ?? []),
            notIf: "it is a report or a batch that is known to take as long",
            actions: actions(oldest, sessions, isUnread: !unread.isEmpty, observation),
            explains: Set(sessions.map { .backend($0.pid) }),
            symptomOf: Set(sessions.map { LinkKey.backend($0.pid) }).union([link].compactMap(\.self)),
            identity: [oldest.fingerprint ?? ""])
    }

    private func actions(
        _ oldest: Backend, _ sessions: [Backend], isUnread: Bool, _ observation: Observation
    ) -> [Action] {
        var actions = [
            Action(
                .containment,
                "cancel \(sessions.count == 1 ? "the statement of session \(oldest.pid)" : "these statements")",
                sql: sessions.sorted { $0.pid < $1.pid }.prefix(5).map { $0.signal("pg_cancel_backend") },
                steps: ["Ask its owner first whether anybody still waits for the result."],
                lock: LockNote("none", "its transaction fails, and is rolled back"),
                gain: Gain("its CPU, memory, locks and snapshot are free", .byDefinition),
                verify:
                    "SELECT pid, query_start, query FROM pg_catalog.pg_stat_activity WHERE state = 'active' ORDER BY query_start;",
                caution: "what it has done so far is lost")
        ]
        if let role = oldest.role {
            actions.append(
                Action.limit(
                    role, "statement_timeout", to: "10min", title: "let the server cancel such statements of \(role)",
                    gain: Gain("no statement of the role runs for longer than ten minutes", .estimated),
                    caution: "batches and reports need a role of their own, or SET LOCAL statement_timeout", observation
                ))
        }
        actions.append(
            Action(
                .cure,
                isUnread
                    ? "have the client take the rows as fast as they come"
                    : "make the statement shorter, or give up in time",
                steps: isUnread
                    ? [
                        "Copy the rows out first and work on them then, or read by pages of the key, each in its own transaction."
                    ]
                    : [
                        "Have the application cancel the statement when its user goes away (PQcancel, context, Statement.setQueryTimeout).",
                        "See its plan: pgmedic plan with EXPLAIN of it, and what the other findings say of it.",
                    ], lock: LockNote.none, gain: Gain("no work is done that nobody waits for", .ruleOfThumb),
                verify: "SELECT max(now() - query_start) FROM pg_catalog.pg_stat_activity WHERE state = 'active';",
                undo: "the former application"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("a report of half an hour with an old snapshot", on: "app/report") {
            $0.addSession(1, "report", for: 1900) { $0.xminAge = 400_000 }
        },
        .fires("ten minutes, of harm to nobody: a notice", on: "app/report") {
            $0.addSession(1, "report", for: 600) { $0.xminAge = 40 }
        },
        .silent("a minute") { $0.addSession(1, "report", for: 60) },
        .silent("it waits for a lock: its blocker is told") { $0.addRowLockPile(waiting: 1, for: 900) },
        .silent("builds an index") {
            $0.addSession(1, "migration", for: 900) { $0.query = "CREATE INDEX CONCURRENTLY ON orders (customer_id)" }
            $0.progress = [
                .make {
                    $0.command = "create_index"
                    $0.pid = 1
                }
            ]
        },
        .silent("the backup") { $0.addSession(1, "pg_dump", for: 7200) { $0.xminAge = 400_000 } },
        .silent("autovacuum") {
            $0.addSession(1, "", for: 7200) { $0.type = "autovacuum worker" }
        },
        .silent("decodes a slot") {
            $0.addSession(1, "cdc", for: 7200)
            $0.replicationSlots = [
                .make {
                    $0.name = "cdc"
                    $0.isActive = true
                    $0.activePID = 1
                }
            ]
        },
    ]
}

extension String {
    fileprivate var orNothing: String { isEmpty ? "nothing: it is on the CPU" : self }
}
