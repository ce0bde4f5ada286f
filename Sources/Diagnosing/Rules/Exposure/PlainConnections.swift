import Foundation
import Model

/// Sessions from other machines that are not encrypted.
struct PlainConnections: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.plain-connections",
        title: "Connections over the network that are not encrypted",
        area: .exposure,
        needs: [.backends, .backendDetails],
        looksAt: "pg_stat_ssl of the sessions that come over the network from other machines; the setting ssl",
        why:
            "Statements, rows and, with weak methods, passwords can be read by whoever sees the network between client and server.",
        limits:
            "Tells what the server sees: behind a pooler or proxy on this machine the clients' own connections are not seen. GSSAPI encryption and "
            + "tunnels (WireGuard, a service mesh) are not seen either: hence never more than a notice.",
        references: [
            "https://www.postgresql.org/docs/current/ssl-tcp.html",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-SSL-VIEW",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let remote = observation.snapshot.backends.filter { backend in
            backend.isClient && !backend.isOurs && backend.client.map { !HostRule.isLoopback($0) } ?? false
        }
        guard remote.isEmpty || remote.contains(where: { $0.usesTLS != nil }) else {
            return .inconclusive("pg_stat_ssl was not read")
        }
        let plain = remote.filter { $0.usesTLS == false }
        guard !plain.isEmpty else { return .findings([]) }
        return .findings([finding(plain, of: remote.count, observation)])
    }

    private func finding(_ plain: [Backend], of all: Int, _ observation: Observation) -> Finding {
        let ssl = observation.setting("ssl")
        let isOff = ssl.map { !$0.isOn } ?? false
        let offer = ssl == nil ? "" : ", though the server offers it"
        let roles = Set(plain.compactMap(\.role)).sorted()
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title:
                "\(Quantity.plural(plain.count, "session")) of other machines \(plain.count == 1 ? "is" : "are") not encrypted",
            objects: [.setting("ssl")], impact: Impact(0.05, .risk, "can be overheard"), confidence: .high,
            summary:
                "\(Quantity.count(plain.count)) of \(Quantity.plural(all, "session")) from other machines (roles \(roles.prefix(5).joined(separator: ", "))) "
                + (isOff ? "cannot be encrypted: ssl is off." : "came without TLS\(offer)."),
            evidence: [
                Evidence("plainSessions", "sessions without TLS", .count(Int64(plain.count))),
                Evidence("remoteSessions", "sessions from other machines", .count(Int64(all))),
                Evidence("roles", "roles", .list(roles)),
                Evidence("ssl", "ssl", .text(ssl?.value ?? "unknown")),
            ],
            notIf: "the network between them is trusted, or encrypts by itself", actions: actions(isOff, roles))
    }

    private func actions(_ isOff: Bool, _ roles: [String]) -> [Action] {
        var actions: [Action] = []
        if isOff {
            actions.append(
                Action(
                    .fix, "let the server offer TLS", sql: ["ALTER SYSTEM SET ssl = 'on';", SettingChange.reload],
                    steps: [
                        "Put server.crt and server.key (readable for the server's user alone) where ssl_cert_file and ssl_key_file say, first."
                    ],
                    lock: LockNote("none", "open sessions go on as they are"),
                    gain: Gain("clients that ask for TLS get it", .ruleOfThumb), verify: "SHOW ssl;",
                    undo: "ALTER SYSTEM RESET ssl; \(SettingChange.reload)",
                    caution: "without a certificate the reload leaves it off, and says so in the log"))
        }
        actions.append(
            Action(
                .cure, "let clients ask for it, then let nothing else in",
                steps: [
                    "sslmode=verify-full (or require) in the connection strings of \(roles.prefix(5).joined(separator: ", ")).",
                    "When pg_stat_ssl shows no plain session any more: hostssl in place of host in pg_hba.conf, and reload.",
                ], lock: LockNote.none, gain: Gain("nothing goes over the network in the clear", .ruleOfThumb),
                verify:
                    "SELECT count(*) FROM pg_catalog.pg_stat_ssl s JOIN pg_catalog.pg_stat_activity a USING (pid) WHERE NOT s.ssl AND a.client_addr IS NOT NULL;",
                undo: "host in place of hostssl, and reload"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("from another machine without TLS", on: "ssl") { $0.addRemoteSession(tls: false) },
        .silent("all under TLS") { $0.addRemoteSession(tls: true) },
        .silent("from this machine") { $0.addRemoteSession(tls: false, from: "127.0.0.1") },
        .silent("nobody is connected from elsewhere") { $0.backends = [] },
        .inconclusive("a snapshot of before it was read") { $0.addRemoteSession(tls: nil) },
    ]
}

extension Snapshot {
    fileprivate mutating func addRemoteSession(tls: Bool?, from client: String = "10.1.2.3") {
        backends.append(
            .make {
                $0.pid = 4000 + backends.count
                $0.role = "app"
                $0.client = client
                $0.usesTLS = tls
                $0.state = "idle"
            })
    }
}
