import Model

/// A connection between primary and standby that died is never noticed.
struct ReplicationTimeoutOff: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.replication-timeout-off",
        title: "Nothing ends dead replication connections",
        area: .configuration,
        needs: [.settings, .standbys, .replicationSlots],
        looksAt: "wal_sender_timeout where standbys or slots are there, wal_receiver_timeout on a standby",
        why:
            "When a firewall or a failed machine cuts a connection without a word, only a timeout tells. Without it the primary keeps "
            + "a walsender and its WAL for a standby that is gone, and a standby waits for a primary that will not speak again. With "
            + "synchronous replication commits wait as long.",
        limits:
            "TCP keepalives of the operating system may end it after hours. What a walsender's role sets for itself is not seen.",
        thresholds: [],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-WAL-SENDER-TIMEOUT",
            "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-WAL-RECEIVER-TIMEOUT",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let snapshot = observation.snapshot
        let sends = !snapshot.standbys.isEmpty || !snapshot.replicationSlots.isEmpty
        guard sends || snapshot.server.isInRecovery else { return .absent }
        let names =
            (sends ? ["wal_sender_timeout"] : []) + (snapshot.server.isInRecovery ? ["wal_receiver_timeout"] : [])
        let settings = names.compactMap { observation.serverSetting($0) }
        guard settings.count == names.count else {
            return .inconclusive("\(names.joined(separator: " and ")) were not read")
        }
        return .findings(settings.filter { $0.number == 0 }.map { finding($0) })
    }

    private func finding(_ setting: Setting) -> Finding {
        let isSender = setting.name == "wal_sender_timeout"
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "\(setting.name) is 0: a dead connection is never noticed",
            objects: [.setting(setting.name)], impact: Impact(1, .risk, "unseen outage"), confidence: .high,
            summary: isSender
                ? "A standby that is cut off keeps its walsender, its slot's WAL and, where it is synchronous, every commit waiting: "
                    + "wal_sender_timeout is 0."
                : "This standby would wait for a primary that is gone without ever connecting again: wal_receiver_timeout is 0.",
            evidence: [Evidence("value", setting.name, .text(setting.value))],
            notIf: "the network to it stands still for minutes as a rule, and TCP keepalives do the work",
            actions: [
                SettingChange(setting, to: "60s").action(
                    "end connections that are silent for a minute", steps: ["60 s is how PostgreSQL comes."],
                    gain: Gain("a cut connection is noticed within a minute, and made anew", .byDefinition))
            ])
    }

    static let examples: [RuleExample] = [
        .fires("with a standby", on: "wal_sender_timeout") {
            $0.set("wal_sender_timeout", "0", unit: "ms", context: "user")
            $0.standbys = [.make { $0.application = "replica1" }]
        },
        .fires("on a standby", on: "wal_receiver_timeout") {
            $0.set("wal_receiver_timeout", "0", unit: "ms")
            $0.server.isInRecovery = true
        },
        .silent("as it comes") {
            $0.set("wal_sender_timeout", "60000", unit: "ms", context: "user")
            $0.standbys = [.make { $0.application = "replica1" }]
        },
        .silent("nobody receives WAL") { $0.set("wal_sender_timeout", "0", unit: "ms", context: "user") },
        .inconclusive("the setting was not read") {
            $0.settings.removeAll { $0.name == "wal_sender_timeout" }
            $0.standbys = [.make { $0.application = "replica1" }]
        },
    ]
}
