import Foundation
import Model

/// Sessions forget open transactions, and nothing ends them.
struct TransactionTimeoutsUnset: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.transaction-timeouts-unset",
        title: "Nothing ends forgotten transactions",
        area: .configuration,
        needs: [.settings, .backends, .backendDetails, .roles],
        looksAt:
            "idle_in_transaction_session_timeout of the server, of databases and of roles, where sessions are idle "
            + "in a transaction now",
        why: "A session that sits idle in a transaction keeps its locks and keeps VACUUM from removing dead rows, for "
            + "hours if need be. With a timeout the server ends it by itself.",
        limits: "Fires only when such sessions are there now; a timeout that a session has set for itself is not seen.",
        thresholds: [idle],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT"
        ])

    static let idle = Threshold(
        "idle in its transaction for", 60, "s",
        source: "our choice: no interactive step of an application takes a minute inside a transaction")

    func evaluate(_ observation: Observation) -> Outcome {
        // The setting as our own role has it says nothing of the others.
        guard let setting = observation.serverSetting("idle_in_transaction_session_timeout"),
            setting.number == 0 || setting.number == nil
        else { return .findings([]) }
        let sessions = observation.snapshot.backends.filter { backend in
            backend.isClient && !backend.isOurs && backend.isIdleInTransaction && !hasOwnTimeout(backend, observation)
                && observation.age(of: backend.stateChange) ?? 0 >= Self.idle.value
        }
        guard !sessions.isEmpty else { return .findings([]) }
        return .findings([finding(setting, sessions, observation)])
    }

    private func hasOwnTimeout(_ backend: Backend, _ observation: Observation) -> Bool {
        observation.snapshot.roleSettings.contains {
            $0.name == "idle_in_transaction_session_timeout" && !["0", "0ms", "0s"].contains($0.value)
                && ($0.role == nil || $0.role == backend.role)
                && ($0.database == nil || $0.database == backend.database)
        }
    }

    private func finding(_ setting: Setting, _ sessions: [Backend], _ observation: Observation) -> Finding {
        let longest = sessions.compactMap { observation.age(of: $0.stateChange) }.max() ?? 0
        let roles = Set(sessions.compactMap(\.role)).sorted()
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "no idle_in_transaction_session_timeout: forgotten transactions stay open",
            objects: [.setting(setting.name)] + roles.map { ObjectReference(.role, $0) },
            impact: .sessions(Double(sessions.count)), confidence: .high,
            summary: "\(Quantity.plural(sessions.count, "session")) of \(roles.joined(separator: ", ")) "
                + "\(sessions.count == 1 ? "has" : "have") been idle in a transaction for up to "
                + "\(Quantity.seconds(longest)), and nothing will end \(sessions.count == 1 ? "it" : "them"): "
                + "idle_in_transaction_session_timeout is 0.",
            evidence: [
                Evidence("sessions", "sessions idle in a transaction", .count(Int64(sessions.count))),
                Evidence("longest", "longest", .seconds(longest)), Evidence("roles", "roles", .list(roles)),
            ],
            notIf: "the role runs maintenance that waits for an answer from elsewhere in its transaction",
            actions: roles.map { action($0, observation) }, symptomOf: Set(sessions.map { .backend($0.pid) }))
    }

    private func action(_ role: String, _ observation: Observation) -> Action {
        .limit(
            role, "idle_in_transaction_session_timeout", to: "5min",
            title: "let the server end forgotten transactions of \(role)",
            gain: Gain("no transaction stays idle for more than 5 min", .ruleOfThumb),
            steps: ["Let the pool renew its connections."],
            caution: "the session is ended, its transaction rolled back: the application must connect again",
            observation)
    }

    static let examples: [RuleExample] = [
        .fires("idle for four minutes", on: "idle_in_transaction_session_timeout") {
            $0.set("idle_in_transaction_session_timeout", "0", context: "user")
            $0.addIdleInTransaction(seconds: 260)
        },
        .fires("seen by a session that has a limit for itself", on: "idle_in_transaction_session_timeout") {
            $0.set("idle_in_transaction_session_timeout", "0", source: "session", context: "user")
            $0.addIdleInTransaction(seconds: 260)
        },
        .silent("the value is our own role's") {
            $0.set("idle_in_transaction_session_timeout", "0", source: "session", context: "user")
            $0.roleSettings = [
                .make {
                    $0.role = "monitor"; $0.name = "idle_in_transaction_session_timeout"; $0.value = "0"
                }
            ]
            $0.addIdleInTransaction(seconds: 260)
        },
        .silent("a moment only") {
            $0.set("idle_in_transaction_session_timeout", "0", context: "user")
            $0.addIdleInTransaction(seconds: 2)
        },
        .silent("the role has a timeout") {
            $0.set("idle_in_transaction_session_timeout", "0", context: "user")
            $0.addIdleInTransaction(seconds: 260)
            $0.roleSettings = [
                .make {
                    $0.role = "app"; $0.name = "idle_in_transaction_session_timeout"; $0.value = "10min"
                }
            ]
        },
        .silent("nobody idles") { $0.set("idle_in_transaction_session_timeout", "0", context: "user") },
    ]
}

extension Snapshot {
    fileprivate mutating func addIdleInTransaction(seconds: Double) {
        let now = takenAt
        backends.append(
            .make {
                $0.pid = 4127
                $0.role = "app"
                $0.database = "shop"
                $0.state = "idle in transaction"
                $0.stateChange = now.addingTimeInterval(-seconds)
            })
    }
}
