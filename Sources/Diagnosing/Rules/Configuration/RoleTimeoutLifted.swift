import Foundation
import Model

/// A role is free of the server's limit, and uses it.
struct RoleTimeoutLifted: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.role-timeout-lifted",
        title: "Sessions past a limit that their role lifted",
        area: .configuration,
        needs: [.settings, .backends, .backendDetails], uses: [.locks],
        looksAt:
            "statement_timeout, idle_in_transaction_session_timeout and transaction_timeout (17 and up) of roles and databases "
            + "that are 0 where the server has a limit, and sessions of theirs that are past that limit now and stand in the way of others",
        why:
            "The server has a limit so that no statement and no transaction lasts for hours. A role that lifts it for one job lifts it "
            + "for all of its sessions, also for the one that was forgotten.",
        limits:
            "Fires only where a session is past the server's limit now, and holds locks that others wait for or the xmin horizon. "
            + "What sessions set for themselves is not seen. Roles that dump or move data are meant to take long.",
        thresholds: [horizon],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT",
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-TRANSACTION-TIMEOUT",
        ])

    static let horizon = Threshold(
        "transactions by which the session holds back VACUUM", 100_000, "transactions",
        source: "our choice: at a hundred transactions a second a quarter of an hour of dead rows")

    private static let names = ["statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"]

    func evaluate(_ observation: Observation) -> Outcome {
        let lifted = Self.names.flatMap { name -> [(RoleSetting, Double)] in
            guard let limit = observation.serverSetting(name)?.seconds, limit > 0 else { return [] }
            return observation.snapshot.roleSettings
                .filter { $0.name == name && ["0", "0ms", "0s"].contains($0.value) }
                .map { ($0, limit) }
        }
        guard !lifted.isEmpty else { return .findings([]) }
        let clients = observation.clients
        let blocking = Set(observation.blockers.map { $0.root.pid })
        return .findings(
            lifted.compactMap { setting, limit -> Finding? in
                let past = clients.filter { backend in
                    setting.applies(to: backend) && !backend.isCopyOfAll
                        && Self.time(of: backend, setting.name, observation) > limit
                        && (Double(backend.xminAge ?? 0) >= Self.horizon.value || blocking.contains(backend.pid))
                }
                return past.isEmpty ? nil : finding(setting, limit, past, observation)
            })
    }

    /// s that the timeout counts.
    private static func time(of backend: Backend, _ name: String, _ observation: Observation) -> Double {
        switch name {
        case "statement_timeout": backend.state == "active" ? observation.age(of: backend.queryStart) ?? 0 : 0
        case "transaction_timeout": backend.state == "idle" ? 0 : observation.age(of: backend.transactionStart) ?? 0
        default: backend.isIdleInTransaction ? observation.age(of: backend.stateChange) ?? 0 : 0
        }
    }

    private func finding(
        _ setting: RoleSetting, _ limit: Double, _ past: [Backend], _ observation: Observation
    ) -> Finding {
        let longest = past.map { Self.time(of: $0, setting.name, observation) }.max() ?? 0
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "\(setting.name) of \(Quantity.seconds(limit)) is lifted for \(setting.owner)",
            objects: setting.objects,
            impact: .sessions(Double(past.count)), confidence: .high,
            summary:
                "\(Quantity.plural(past.count, "session")) of \(setting.owner) would have been ended by the server's "
                + "\(setting.name) (\(Quantity.seconds(limit))), had it not been set to 0 there: the longest has taken "
                + "\(Quantity.seconds(longest)), and stands in the way of others.",
            evidence: [
                Evidence("limit", "limit of the server", .seconds(limit)),
                Evidence("longest", "longest", .seconds(longest)),
                Evidence("sessions", "sessions past it", .count(Int64(past.count))),
            ],
            notIf: "it is the job for which the limit was lifted",
            actions: [
                setting.reset(
                    "give it the server's limit again",
                    steps: [
                        "Where one job needs longer: SET LOCAL \(setting.name) in its own transaction, or a role of its own."
                    ],
                    gain: Gain("no session of it takes longer than \(Quantity.seconds(limit))", .byDefinition),
                    caution: "a job that needs longer is cancelled from then on")
            ], symptomOf: Set(past.map { .backend($0.pid) }))
    }

    static let examples: [RuleExample] = [
        .fires("idle in its transaction, and holds the horizon", on: "app") {
            $0.addRoleSetting("idle_in_transaction_session_timeout", "0")
            $0.addSession(100, "billing", state: "idle in transaction", for: 4000) { $0.xminAge = 2_000_000 }
        },
        .fires("blocks others", on: "app") {
            $0.addRoleSetting("idle_in_transaction_session_timeout", "0")
            $0.addRowLockPile(waiting: 3, for: 100)
        },
        .fires("read by a session with a limit of its own", on: "app") {
            $0.set("idle_in_transaction_session_timeout", "60000", unit: "ms", source: "session", context: "user")
            $0.addRoleSetting("idle_in_transaction_session_timeout", "0")
            $0.addSession(100, "billing", state: "idle in transaction", for: 4000) { $0.xminAge = 2_000_000 }
        },
        .silent("our own role's value says nothing of the server") {
            $0.set("idle_in_transaction_session_timeout", "60000", unit: "ms", source: "session", context: "user")
            $0.addRoleSetting("idle_in_transaction_session_timeout", "60s", role: "monitor")
            $0.addRoleSetting("idle_in_transaction_session_timeout", "0")
            $0.addSession(100, "billing", state: "idle in transaction", for: 4000) { $0.xminAge = 2_000_000 }
        },
        .silent("past the limit, in nobody's way") {
            $0.addRoleSetting("idle_in_transaction_session_timeout", "0")
            $0.addSession(100, "billing", state: "idle in transaction", for: 4000) { $0.xminAge = 20 }
        },
        .silent("a dump") {
            $0.set("statement_timeout", "60000", unit: "ms", context: "user")
            $0.addRoleSetting("statement_timeout", "0")
            $0.addSession(100, "pg_dump", for: 4000) { $0.xminAge = 2_000_000 }
        },
        .silent("the server has no limit either") {
            $0.set("idle_in_transaction_session_timeout", "0", unit: "ms", context: "user")
            $0.addRoleSetting("idle_in_transaction_session_timeout", "0")
            $0.addSession(100, "billing", state: "idle in transaction", for: 4000) { $0.xminAge = 2_000_000 }
        },
    ]
}
