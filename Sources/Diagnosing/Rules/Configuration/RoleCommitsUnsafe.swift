import Model

/// A role's commits may be lost in a crash.
struct RoleCommitsUnsafe: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.role-commits-unsafe",
        title: "synchronous_commit off for those who write",
        area: .configuration,
        needs: [.settings, .statements],
        looksAt: "synchronous_commit of the server, of roles and of databases, and the WAL that their statements write",
        why:
            "With synchronous_commit = off a commit returns before its WAL has reached the disk: a crash loses the last ones, up to "
            + "three times wal_writer_delay of them, though the application was told that they are done. Data stay consistent. For a "
            + "log or a cache that is right; for orders and payments somebody should have decided it.",
        limits:
            "A notice: it may be meant. Who writes nothing is left alone. What sessions set for themselves is not seen.",
        thresholds: [wal],
        references: [
            "https://www.postgresql.org/docs/current/wal-async-commit.html",
            "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT",
        ])

    static let wal = Threshold(
        "WAL of their statements", 1_048_576, "bytes", source: "our choice: less is no application that writes")

    func evaluate(_ observation: Observation) -> Outcome {
        let own = observation.snapshot.roleSettings.filter { $0.name == "synchronous_commit" }
        var findings = own.filter(\.isOff).compactMap { setting -> Finding? in
            let written = Self.written(observation) { setting.applies(to: $0) }
            return written >= Self.wal.value ? finding(setting, nil, Int64(written)) : nil
        }
        if let server = observation.serverSetting("synchronous_commit"), server.value == "off" {
            // Who has a value of its own is judged by that.
            let written = Self.written(observation) { load in !own.contains { $0.applies(to: load) } }
            if written >= Self.wal.value {
                let setting = RoleSetting.make { ($0.name, $0.value) = (server.name, server.value) }
                findings.append(finding(setting, server, Int64(written)))
            }
        }
        return .findings(findings)
    }

    /// Bytes of WAL.
    private static func written(_ observation: Observation, by counts: (StatementLoad) -> Bool) -> Double {
        observation.workload.statements.filter { $0.counters.walBytes > 0 && counts($0) }
            .reduce(0.0) { $0 + Double($1.counters.walBytes) }
    }

    /// - Parameter server: the server's setting, where it is that which is off.
    private func finding(_ setting: RoleSetting, _ server: Setting?, _ written: Int64) -> Finding {
        let owner = server == nil ? setting.owner : "the whole server"
        let gain = Gain("what the application was told is done survives a crash", .byDefinition)
        let caution = "each commit waits for the disk then: a few ms more"
        let action =
            server.map {
                SettingChange($0, to: "on").action(
                    "let commits wait for the disk",
                    steps: [
                        "Before: give the roles that may lose commits their own, ALTER ROLE … SET synchronous_commit = off."
                    ],
                    gain: gain, caution: caution)
            } ?? setting.reset("let its commits wait for the disk", gain: gain, caution: caution)
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "commits of \(owner) return before they are on the disk", objects: setting.objects,
            impact: Impact(1, .risk, "last commits lost"), confidence: .medium,
            summary: "A crash loses the last commits of \(owner), though the application was told that they are done: "
                + "synchronous_commit is off there. Its statements wrote \(Quantity.bytes(written)) of WAL.",
            evidence: [
                Evidence("value", setting.name, .text(setting.value)), Evidence("wal", "WAL written", .bytes(written)),
            ],
            notIf: "what it writes can be lost or written again: logs, caches, imports that start anew",
            actions: [action], explains: [.setting(setting.name)])
    }

    static let examples: [RuleExample] = [
        .fires("the application writes", on: "app") {
            $0.addStatement("aa01", calls: 1000, time: 500_000) { $0.counters.walBytes = 90_000_000 }
            $0.addRoleSetting("synchronous_commit", "off")
        },
        .fires("the whole server", on: "synchronous_commit") {
            $0.addStatement("aa01", calls: 1000, time: 500_000) { $0.counters.walBytes = 90_000_000 }
            $0.set("synchronous_commit", "off", context: "user")
        },
        .fires("all roles", on: "synchronous_commit") {
            $0.addStatement("aa01", calls: 1000, time: 500_000) { $0.counters.walBytes = 90_000_000 }
            $0.addRoleSetting("synchronous_commit", "off", role: nil)
        },
        .silent("the server's, and who writes has its own") {
            $0.addStatement("aa01", calls: 1000, time: 500_000) { $0.counters.walBytes = 90_000_000 }
            $0.set("synchronous_commit", "off", context: "user")
            $0.addRoleSetting("synchronous_commit", "on")
        },
        .silent("it only reads") {
            $0.addStatement("aa01", calls: 1000, time: 500_000)
            $0.addRoleSetting("synchronous_commit", "off")
        },
        .silent("local is safe here") {
            $0.addStatement("aa01", calls: 1000, time: 500_000) { $0.counters.walBytes = 90_000_000 }
            $0.addRoleSetting("synchronous_commit", "local")
        },
    ]
}
