import Foundation
import Model

/// Clients that may come were turned away: there was no connection left.
struct ConnectionsRefused: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.connections-refused",
        title: "Clients turned away for want of a connection",
        area: .capacity,
        needs: [.loginHistory],
        looksAt:
            "\"sorry, too many clients already\", \"remaining connection slots are reserved\" and \"too many connections for\" (SQLSTATE 53300) "
            + "in the server's log",
        why:
            "The application got an error in place of a connection: its users saw it. A look at the sessions of now does not show it when the "
            + "rush is over.",
        limits:
            "Only the last day of the log is judged. Applications that try again at once are counted each time. What a pooler in front "
            + "refuses, or keeps waiting, is in its own log.",
        thresholds: [least, recent, now],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS",
            "https://www.postgresql.org/docs/current/errcodes-appendix.html",
        ])

    private static let least = Threshold(
        "refused connections", 5, "connections", source: "our choice: one or two are a restart of a pool")
    private static let recent = Threshold("age that is judged", 86_400, "s", source: "our choice: older ones are over")
    private static let now = Threshold(
        "age of the last, where it goes on", 600, "s", source: "our choice: two of the usual five minutes of monitoring"
    )

    func evaluate(_ observation: Observation) -> Outcome {
        guard let history = observation.snapshot.loginHistory else {
            return .inconclusive("no log of the server was read")
        }
        let refused = history.groups.filter { $0.reason.isForWantOfRoom }
        guard !refused.isEmpty else { return .findings([]) }
        guard history.first != nil else { return .inconclusive("the log tells no time, so that it may be long ago") }
        let day = observation.snapshot.takenAt.addingTimeInterval(-Self.recent.value)
        let start = max(day, observation.earlier == nil ? day : observation.window.start ?? day)
        let kinds = [FailedLogin.Reason.serverFull, .ownLimit].map { reason in
            FailedLoginSource(refused.filter { $0.reason == reason }) { $0.since(start) }
        }
        return .findings(
            kinds.filter { Double($0.events.count) >= Self.least.value }.map { finding($0, observation) })
    }

    private func finding(_ source: FailedLoginSource, _ observation: Observation) -> Finding {
        let isServer = source.isOnly(.serverFull)
        let goesOn = observation.age(of: source.events.last).map { $0 <= Self.now.value } ?? false
        let times = Quantity.count(source.events.count)
        let span = source.events.first.flatMap { first in source.events.last?.timeIntervalSince(first) } ?? 0
        let limit = isServer ? "max_connections" : "CONNECTION LIMIT of a role or database"
        let clients = observation.snapshot.backends.filter(\.isClient)
        return Finding(
            Self.metadata, severity: goesOn ? .critical : .warning, tier: .fix,
            title:
                "\(times) connections were refused: \(isServer ? "too many clients" : "a role's or database's limit")",
            objects: [isServer ? .setting("max_connections") : .cluster],
            impact: .sessions(Double(source.mostAtOnce)), confidence: .high,
            summary:
                "\(times) clients were turned away within \(Quantity.seconds(max(span, 1)))\(goesOn ? ", and it goes on" : ""): "
                + "all connections that \(limit) allows were in use. "
                + "They came as \(source.who) from \(source.place).",
            evidence: [
                Evidence("refused", "refused connections", .count(source.events.count)),
                Evidence("mostInTenMinutes", "most within ten minutes (50 are kept)", .count(Int64(source.mostAtOnce))),
                Evidence("roles", "roles", .list(Array(source.roles.prefix(10)))),
                Evidence("clients", "addresses", .list(Array(source.clients.prefix(10)))),
                Evidence("connections", "connections now", .count(Int64(clients.count))),
            ]
                + (observation.age(of: source.events.last).map {
                    [Evidence("lastAge", "the last one was ago", .seconds($0))]
                } ?? []),
            notIf: "it was the start of many processes at once, and they came in at their second attempt",
            actions: actions(isServer),
            // Sessions of now say nothing of a rush that is over.
            symptomOf: goesOn ? Set(clients.filter { $0.state != "idle" }.map { .backend($0.pid) }) : [],
            identity: [isServer ? "server" : "limit"])
    }

    private func actions(_ isServer: Bool) -> [Action] {
        [
            Action(
                .containment, "see who has the connections, and restart what keeps them",
                sql: [
                    "SELECT usename, datname, application_name, state, count(*), min(state_change) FROM pg_catalog.pg_stat_activity "
                        + "WHERE backend_type = 'client backend' GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC;"
                ],
                steps: [
                    "Mostly they wait for one that blocks them, or idle in a pool that grew: end the blocker, restart that pool.",
                    "A superuser still gets in: superuser_reserved_connections are kept for that.",
                ], lock: LockNote.none, gain: Gain("room for those that are turned away", .ruleOfThumb)),
            Action(
                .fix, "make the pools fit the limit",
                steps: [
                    "Add up the pools of all applications, also while a release replaces another: the sum must be below "
                        + (isServer
                            ? "max_connections less the reserved ones."
                            : "the CONNECTION LIMIT of the role or database."),
                    isServer
                        ? "Raise max_connections only where memory and cores have room for sessions that work at once; it takes a restart."
                        : "Raise it where the server has room: ALTER ROLE or ALTER DATABASE … CONNECTION LIMIT takes effect at once; the old value takes it back.",
                ], lock: LockNote.none, gain: Gain("nobody is refused", .ruleOfThumb),
                verify: "no SQLSTATE 53300 in the next day's log", undo: "the pools' former sizes"),
            Action(
                .cure, "put a pooler between the applications and the server",
                steps: [
                    "PgBouncer in transaction mode: clients wait for a moment in its queue in place of an error.",
                    "Have applications try again after 53300, after a pause that grows.",
                ], gain: Gain("a rush waits and is not refused", .ruleOfThumb)),
        ]
    }

    static let examples: [RuleExample] = [
        .fires("a rush an hour ago", on: "max_connections") {
            $0.addFailedLogins(40, as: "app", from: "10.0.0.7", every: 1, ago: 3600, .serverFull)
        },
        .fires("the role's own limit", on: "cluster") {
            $0.addFailedLogins(12, as: "app", from: "10.0.0.7", every: 5, .ownLimit)
        },
        .silent("two at the restart of a pool") {
            $0.addFailedLogins(2, as: "app", from: "10.0.0.7", every: 1, .serverFull)
        },
        .silent("wrong passwords are another matter") { $0.addFailedLogins(40, as: "app", from: "10.0.0.7", every: 1) },
        .silent("three days ago") {
            $0.addFailedLogins(40, as: "app", from: "10.0.0.7", every: 1, ago: 3 * 86_400, .serverFull)
        },
        .inconclusive("the log tells no time") {
            $0.addFailedLogins(40, as: "app", from: "10.0.0.7", every: 1, .serverFull)
            $0.loginHistory!.first = nil
        },
        .inconclusive("no log was read") { $0.loginHistory = nil },
    ]
}
