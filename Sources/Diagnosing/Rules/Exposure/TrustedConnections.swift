import Foundation
import Model

/// Anybody who reaches the port is let in without a password.
struct TrustedConnections: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.trusted-connections",
        title: "Clients of other machines are let in without proof",
        area: .exposure,
        needs: [.hostRules],
        looksAt:
            "lines of pg_hba_file_rules with method trust or password for addresses other than this machine's, and listen_addresses",
        why:
            "With trust whoever reaches the port is any role he names, superusers included; with password the password "
            + "goes over the network as it is unless the line says hostssl.",
        limits:
            "Lines for unix sockets and for this machine (127.0.0.0/8, ::1, samehost) are left out: who may log in there is the machine's "
            + "matter. Firewalls are not seen. Lines that come after another that fits are never reached, which is not worked out. The file may "
            + "be newer than what the server has loaded.",
        references: [
            "https://www.postgresql.org/docs/current/auth-trust.html",
            "https://www.postgresql.org/docs/current/auth-password.html",
            "https://www.postgresql.org/docs/current/view-pg-hba-file-rules.html",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let rules = observation.snapshot.hostRules else { return .inconclusive("pg_hba.conf was not read") }
        // The server hears nobody but its own machine.
        if let addresses = observation.setting("listen_addresses")?.value, HostRule.isLocal(list: addresses) {
            return .findings([])
        }
        let open = rules.filter { !$0.isFaulty && $0.isRemote && $0.weakness != nil }
        guard let worst = open.first(where: { $0.method == "trust" }) ?? open.first else { return .findings([]) }
        let isTrust = worst.method == "trust"
        return .findings([
            Finding(
                Self.metadata, severity: .warning, tier: .fix,
                title: isTrust
                    ? "\(worst.clients) are let in without a password"
                    : "\(worst.clients) send their passwords in the clear",
                objects: [.setting("pg_hba.conf")], impact: Impact(isTrust ? 0.5 : 0.2, .risk, "open to the network"),
                confidence: .high,
                summary: isTrust
                    ? "Whoever connects from \(worst.origin) is any of the roles \(worst.roles.joined(separator: ", ")) in \(worst.databases.joined(separator: ", ")) without a "
                        + "password: line \(worst.line) of pg_hba.conf says trust."
                    : "Line \(worst.line) of pg_hba.conf takes passwords from \(worst.origin) as they are, over connections that need not be encrypted.",
                evidence: [Evidence("lines", "lines of pg_hba.conf", .list(open.map(\.text)))],
                notIf: "nobody but trusted machines can reach the port, by a firewall that is looked after",
                actions: [replace(open, worst)], explains: [.setting("pg_hba.conf")])
        ])
    }

    private func replace(_ lines: [HostRule], _ worst: HostRule) -> Action {
        Action(
            .fix, "ask these clients for a password by SCRAM", sql: [SettingChange.reload],
            steps: [
                "See first that each role that comes this way has a password: \\password ROLE in psql sets one. Give it to the application.",
                "Then write scram-sha-256 in place of \(worst.method) in line\(lines.count == 1 ? "" : "s") \(lines.map { String($0.line) }.joined(separator: ", ")) of pg_hba.conf, keep the old file, "
                    + "and reload by the statement here.",
                "Look at SELECT line_number, error FROM pg_catalog.pg_hba_file_rules WHERE error IS NOT NULL; before the reload.",
            ], lock: LockNote("none", "open sessions go on; new ones need the password"),
            gain: Gain("only who knows the password gets in", .ruleOfThumb),
            verify: "psql from such a machine asks for a password", undo: "put the old file back, and reload",
            caution:
                "a client without a password is locked out at its next connection; replication and backups connect too")
    }

    static let examples: [RuleExample] = [
        .fires("trust for a whole network", on: "pg_hba.conf") {
            $0.addHostRule("trust", from: "10.0.0.0", mask: "255.0.0.0")
        },
        .fires("passwords in the clear", on: "pg_hba.conf") { $0.addHostRule("password", from: "all") },
        .silent("passwords under TLS") { $0.addHostRule("password", from: "all", type: "hostssl") },
        .silent("trust on this machine") {
            $0.addHostRule("trust", from: "127.0.0.1", mask: "255.255.255.255")
            $0.addHostRule("trust", from: "::1", mask: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
            $0.addHostRule("trust", from: nil, type: "local")
        },
        .silent("SCRAM for all") { $0.addHostRule("scram-sha-256", from: "0.0.0.0", mask: "0.0.0.0") },
        .silent("the server hears its own machine alone") {
            $0.addHostRule("trust", from: "0.0.0.0", mask: "0.0.0.0")
            $0.set("listen_addresses", "localhost")
        },
        .inconclusive("the file is hidden from our role") { $0.hostRules = nil },
    ]
}

extension HostRule {
    /// It lets in clients of other machines.
    var isRemote: Bool {
        guard type.hasPrefix("host"), let address else { return false }
        return address != "samehost" && !Self.isLoopback(address)
    }

    var weakness: String? {
        switch method {
        case "trust": "without proof"
        case "password" where type != "hostssl" && type != "hostgssenc": "passwords in the clear"
        default: nil
        }
    }

    static func isLoopback(_ address: String) -> Bool {
        address.hasPrefix("127.") || address == "::1" || address == "localhost"
    }

    /// Of `listen_addresses`: empty means unix sockets alone.
    static func isLocal(list: String) -> Bool {
        list.split(separator: ",").allSatisfy { isLoopback(String($0.drop { $0 == " " })) }
    }

    var origin: String { address.map(masked) ?? "this machine" }

    private func masked(_ address: String) -> String {
        if address == "all" || netmask == "0.0.0.0" || netmask == "::" { return "any machine" }
        guard let netmask, netmask != "255.255.255.255" else { return address }
        return "\(address) (\(netmask))"
    }

    var clients: String { origin == "any machine" ? "clients of any machine" : "clients from \(origin)" }

    /// As it stands in the file, about.
    var text: String {
        "line \(line): \(type) \(databases.joined(separator: ",")) \(roles.joined(separator: ",")) "
            + [address, netmask].compactMap(\.self).joined(separator: " ") + " \(method)"
    }
}

extension Snapshot {
    mutating func addHostRule(_ method: String, from address: String?, mask: String? = nil, type: String = "host") {
        hostRules =
            (hostRules ?? []) + [
                .make {
                    $0.line = 90 + (hostRules?.count ?? 0)
                    $0.type = type
                    $0.databases = ["all"]
                    $0.roles = ["all"]
                    $0.address = address
                    $0.netmask = mask
                    $0.method = method
                }
            ]
    }
}
