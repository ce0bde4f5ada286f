import Foundation
import Model

/// Clients from many addresses that were not there at the last snapshot.
struct ClientBurst: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.client-burst",
        title: "Sessions from many new addresses",
        area: .exposure,
        needs: [.backends, .backendDetails],
        looksAt: "addresses of sessions in pg_stat_activity now and in the earlier snapshot",
        why:
            "A database is spoken to by the same few machines. When sessions come from many others at once, an application was moved or "
            + "scaled, a pooler is gone around, or somebody is there who should not be.",
        limits:
            "Needs an earlier snapshot (--since), of the same hour at best. Failed logins are in the log alone, and a session that came and went "
            + "in between is not seen. Where addresses change with every start (containers) it is common: hence a notice.",
        thresholds: [new, factor],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW",
            "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-CONNECTIONS",
        ])

    private static let new = Threshold("new addresses", 10, "addresses", source: "our choice: more than a deployment")
    private static let factor = Threshold(
        "new addresses against those of before", 2, "ratio", source: "our choice: most of the clients are others")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let earlier = observation.earlier, !earlier.backends.isEmpty else {
            return .inconclusive("there is no earlier snapshot with sessions: --since FILE gives one")
        }
        guard !earlier.backends.contains(where: \.isHidden) else {
            return .inconclusive("addresses of the earlier snapshot are hidden")
        }
        let before = Self.addresses(earlier)
        let fresh = Self.addresses(observation.snapshot).subtracting(before)
        guard Double(fresh.count) >= max(Self.new.value, Double(before.count) * Self.factor.value) else {
            return .findings([])
        }
        return .findings([finding(fresh, before.count, observation)])
    }

    private static func addresses(_ snapshot: Snapshot) -> Set<String> {
        Set(
            snapshot.backends.filter { $0.isClient && !$0.isOurs }.compactMap(\.client).filter {
                !HostRule.isLoopback($0)
            })
    }

    private func finding(_ fresh: Set<String>, _ before: Int, _ observation: Observation) -> Finding {
        let sessions = observation.snapshot.backends.filter { $0.client.map(fresh.contains) ?? false }
        let roles = Set(sessions.compactMap(\.role)).sorted()
        let applications = Set(sessions.map(\.application)).filter { !$0.isEmpty }.sorted()
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "\(Quantity.plural(sessions.count, "session")) from \(Quantity.count(fresh.count)) new addresses",
            objects: [.cluster], impact: .sessions(Double(sessions.count)), confidence: .medium,
            summary:
                "\(Quantity.count(fresh.count)) addresses have sessions now that had none at the last snapshot, when there were "
                + "\(Quantity.count(before)); they come as \(roles.prefix(5).joined(separator: ", ")).",
            evidence: [
                Evidence("newAddresses", "new addresses", .list(fresh.sorted().prefix(10).map { $0 })),
                Evidence("addressesBefore", "addresses before", .count(Int64(before))),
                Evidence("sessions", "their sessions", .count(Int64(sessions.count))),
                Evidence("roles", "roles", .list(roles)),
                Evidence("applications", "applications", .list(applications)),
            ],
            notIf: "the application was scaled or moved, or its addresses change with every start",
            actions: [
                Action(
                    .containment, "see who they are",
                    sql: [
                        "SELECT client_addr, usename, application_name, count(*), min(backend_start) FROM pg_catalog.pg_stat_activity "
                            + "WHERE client_addr IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 4 DESC;"
                    ],
                    steps: [
                        "Look for \"password authentication failed\" and \"no pg_hba.conf entry\" in the server's log of the same time.",
                        "Ask the owners of \(roles.prefix(5).joined(separator: ", ")) whether they know these machines.",
                    ], lock: LockNote.none, gain: Gain("says whether anybody has to act", .byDefinition)),
                Action(
                    .fix, "let in only the machines that should come",
                    steps: [
                        "In pg_hba.conf name the application's addresses or its network in place of all, keep the old file, and reload."
                    ], lock: LockNote("none", "open sessions go on; new ones must fit a line"),
                    gain: Gain("others are turned away before they may try a password", .ruleOfThumb),
                    verify: "SELECT line_number, address, auth_method, error FROM pg_catalog.pg_hba_file_rules;",
                    undo: "put the old file back, and reload",
                    caution: "a forgotten machine (backup, monitoring, standby) is locked out"),
            ])
    }

    static let examples: [RuleExample] = [
        .fires(
            "twenty machines that nobody knew", on: "cluster", before: { $0.addClients(1...2) },
            after: { $0.addClients(10...29) }),
        .silent("the same as before", before: { $0.addClients(1...20) }, after: { _ in }),
        .silent("a few more", before: { $0.addClients(1...20) }, after: { $0.addClients(21...32) }),
        .inconclusive("there is no snapshot of before") { $0.addClients(1...20) },
    ]
}

extension Snapshot {
    fileprivate mutating func addClients(_ numbers: ClosedRange<Int>) {
        for number in numbers {
            backends.append(
                .make {
                    $0.pid = 8000 + number
                    $0.role = "app"
                    $0.client = "10.0.0.\(number)"
                    $0.usesTLS = true
                    $0.state = "idle"
                })
        }
    }
}
