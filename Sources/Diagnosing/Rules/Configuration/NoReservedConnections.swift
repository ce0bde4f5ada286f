import Model

/// When the connections are used up, nobody can come in to help.
struct NoReservedConnections: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.no-reserved-connections",
        title: "No connection kept for administrators",
        area: .configuration,
        needs: [.settings, .backends],
        looksAt:
            "superuser_reserved_connections and reserved_connections (16 and up) against max_connections, and the connections in "
            + "use",
        why:
            "The last connections are kept for superusers, so that somebody can see and end what took all the others. Without them a full "
            + "server can only be restarted.",
        limits: "Said only where most of the connections are in use. On managed services they belong to the provider.",
        thresholds: [used],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-SUPERUSER-RESERVED-CONNECTIONS",
            "https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-RESERVED-CONNECTIONS",
        ])

    static let used = Threshold(
        "share of the connections in use", 0.5, "share",
        source: "our choice: a server that is never half full does not come to it")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let reserved = observation.serverSetting("superuser_reserved_connections"),
            let most = observation.setting("max_connections")?.number
        else { return .inconclusive("superuser_reserved_connections or max_connections was not read") }
        // Superusers may take those of reserved_connections too.
        guard reserved.number == 0, observation.setting("reserved_connections")?.number ?? 0 == 0,
            ManagedService(observation.snapshot) == nil
        else { return .findings([]) }
        let clients = observation.snapshot.backends.count { $0.isClient }
        guard Double(clients) >= Self.used.value * most else { return .findings([]) }
        return .findings([
            Finding(
                Self.metadata, severity: .notice, tier: .fix, title: "no connection is kept for administrators",
                objects: [.setting(reserved.name)], impact: Impact(1, .risk, "no way in"), confidence: .high,
                summary:
                    "When applications take the last of \(Quantity.count(Int64(most))) connections nobody can come in to help: "
                    + "superuser_reserved_connections is 0, and \(Quantity.count(clients)) are in use now.",
                evidence: [
                    Evidence("connections", "connections", .count(Int64(clients))),
                    Evidence("limit", "max_connections", .count(Int64(most))),
                ],
                notIf: "a pooler in front never lets all of them be taken",
                actions: [
                    SettingChange(reserved, to: "3").action(
                        "keep three connections for superusers", steps: ["3 is how PostgreSQL comes."],
                        gain: Gain("a full server can still be looked at", .byDefinition))
                ])
        ])
    }

    static let examples: [RuleExample] = [
        .fires("half full, none kept", on: "superuser_reserved_connections") {
            $0.set("superuser_reserved_connections", "0", context: "postmaster")
            $0.addSessions(60, state: "idle")
        },
        .silent("16 keeps some for a role of administrators") {
            $0.set("superuser_reserved_connections", "0", context: "postmaster")
            $0.set("reserved_connections", "2", context: "postmaster")
            $0.addSessions(60, state: "idle")
        },
        .silent("three are kept") { $0.addSessions(60, state: "idle") },
        .silent("never full") {
            $0.set("superuser_reserved_connections", "0", context: "postmaster")
            $0.addSessions(6, state: "idle")
        },
        .inconclusive("not read") { $0.settings.removeAll { $0.name == "superuser_reserved_connections" } },
    ]
}
