import Foundation
import Model

/// What is set otherwise than at the earlier reading.
struct ChangedBetweenReadings: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.changed-between-readings",
        title: "Configuration changed since the earlier snapshot",
        area: .configuration,
        needs: [.settings],
        looksAt:
            "pg_settings, pg_db_role_setting, extension versions, the server's version, start and role (primary or standby), in both "
            + "readings",
        why:
            "When something is slow since Tuesday, the first question is what was changed on Tuesday. Settings are changed by people, by "
            + "deployments and by restarts that bring older changes to life; nobody remembers them all.",
        limits:
            "A fact, not a fault: it says what changed, not that it did harm. Only between two readings of the same server. Values "
            + "of our own session are left out, as is what the server measures by itself.",
        thresholds: [],
        references: [
            "https://www.postgresql.org/docs/current/view-pg-settings.html",
            "https://www.postgresql.org/docs/current/catalog-pg-db-role-setting.html",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let earlier = observation.earlier else { return .absent }
        let (now, then) = (observation.snapshot.server, earlier.server)
        if let one = now.systemIdentifier, let other = then.systemIdentifier, one != other {
            return .inconclusive("the earlier snapshot is of another cluster")
        }
        guard !earlier.settings.isEmpty, !observation.snapshot.settings.isEmpty else {
            return .inconclusive("settings were not read both times")
        }
        let changes = ConfigurationChanges(from: earlier, observation)
        guard !changes.all.isEmpty else { return .findings([]) }
        return .findings([finding(changes, observation)])
    }

    private func finding(_ changes: ConfigurationChanges, _ observation: Observation) -> Finding {
        let first = changes.all.prefix(3).joined(separator: "; ")
        let more = changes.all.count > 3 ? "; and \(Quantity.plural(changes.all.count - 3, "other change"))" : ""
        let span = observation.window.seconds.map { " in the \(Quantity.seconds($0)) between the readings" } ?? ""
        return Finding(
            Self.metadata, severity: .notice, tier: .containment,
            title: changes.all.count == 1
                ? "changed since the earlier snapshot: \(changes.all[0])"
                : "\(Quantity.count(changes.all.count)) changes of the configuration since the earlier snapshot",
            objects: changes.names.map { .setting($0) } + (changes.names.isEmpty ? [.cluster] : []), impact: .none,
            confidence: .high,
            summary: "What is slower or faster than before may come from this: \(first)\(more), all\(span).",
            evidence: [Evidence("changes", "changed", .list(changes.all))],
            notIf: "the changes were planned, and nothing got worse",
            actions: [
                Action(
                    .containment, "ask who changed it and why, before anything else is changed",
                    steps: [
                        "Compare the time of the change with the beginning of the trouble: pg_conf_load_time() and the server's log "
                            + "(\"parameter … changed to\").",
                        "When a change fits, take that one back alone and look again.",
                    ] + changes.wayBack, lock: LockNote.none,
                    gain: Gain("the change that did harm is known", .ruleOfThumb),
                    verify:
                        "SELECT name, setting, source FROM pg_catalog.pg_settings WHERE source NOT IN ('default', 'override') "
                        + "ORDER BY name;")
            ])
    }

    static let examples: [RuleExample] = [
        .fires(
            "somebody raised random_page_cost", on: "random_page_cost", before: { _ in },
            after: { $0.set("random_page_cost", "10", context: "user") }),
        .fires(
            "a role got a setting", on: "enable_nestloop", before: { _ in },
            after: { $0.roleSettings = [.make { ($0.role, $0.name, $0.value) = ("app", "enable_nestloop", "off") }] }),
        .fires(
            "a standby was promoted", on: "cluster", before: { $0.server.isInRecovery = true },
            after: { $0.server.isInRecovery = false }),
        .fires(
            "an extension was updated", on: "cluster",
            before: { $0.catalogs[0].extensions = [.make { ($0.name, $0.version) = ("postgis", "3.3") }] },
            after: { $0.catalogs[0].extensions[0].version = "3.4" }),
        .silent("nothing changed", before: { _ in }, after: { _ in }),
        .silent(
            "our own session's value", before: { _ in },
            after: { $0.set("work_mem", "8192", source: "session", context: "user") }),
        .silent(
            "what the server measures",
            before: { $0.set("in_hot_standby", "on", source: "override", context: "internal") },
            after: { $0.set("in_hot_standby", "off", source: "override", context: "internal") }),
        .silent("one reading") { $0.set("random_page_cost", "10") },
        .inconclusive(
            "another cluster", before: { $0.server.systemIdentifier = "1" }, after: { $0.server.systemIdentifier = "2" }
        ),
    ]
}

/// The differences between the configurations of two readings, in words.
struct ConfigurationChanges {
    private(set) var all: [String] = []
    /// Settings among them.
    private(set) var names: [String] = []
    /// Statements that would take them back, as steps.
    private(set) var wayBack: [String] = []

    private let observation: Observation

    init(from then: Snapshot, _ observation: Observation) {
        self.observation = observation
        let now = observation.snapshot
        takeServer(then.server, now.server)
        takeSettings(then.settings, now.settings)
        takeRoleSettings(then.roleSettings, now.roleSettings)
        takeExtensions(then.catalogs, now.catalogs)
    }

    private mutating func takeServer(_ then: Server, _ now: Server) {
        if then.version != now.version { all.append("server version \(then.version) → \(now.version)") }
        if then.isInRecovery != now.isInRecovery {
            all.append(now.isInRecovery ? "the primary became a standby" : "the standby became the primary")
        }
        // The clock that gives it may be set by some ms.
        if now.startedAt.timeIntervalSince(then.startedAt) > 1 { all.append("the server was restarted") }
    }

    private mutating func takeSettings(_ then: [Setting], _ now: [Setting]) {
        let before = Dictionary(then.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for setting in now.sorted(by: { $0.name < $1.name }) {
            guard let old = before[setting.name], old.value != setting.value, setting.isServerWide, old.isServerWide,
                setting.context != "internal"
            else { continue }
            names.append(setting.name)
            all.append("\(setting.name) \(old.text) → \(setting.text)")
            let back = SettingChange(old, to: setting.literal).undo
            // What was worse before is not brought back.
            if setting.source != "command line", setting.value != "(not read)", old.value != "(not read)",
                Prohibition.broken(by: back, isFirst: false, observation).isEmpty
            {
                wayBack.append("Back: " + back)
            }
        }
    }

    private mutating func takeRoleSettings(_ then: [RoleSetting], _ now: [RoleSetting]) {
        struct Key: Hashable { var role, database: String?, name: String }
        func keyed(_ settings: [RoleSetting]) -> [Key: String] {
            Dictionary(
                settings.map { (Key(role: $0.role, database: $0.database, name: $0.name), $0.value) },
                uniquingKeysWith: { first, _ in first })
        }
        let (before, after) = (keyed(then), keyed(now))
        let keys = Set(before.keys).union(after.keys)
            .sorted { ($0.name, $0.role ?? "", $0.database ?? "") < ($1.name, $1.role ?? "", $1.database ?? "") }
        for key in keys where before[key] != after[key] {
            let owner = RoleSetting.make { ($0.role, $0.database) = (key.role, key.database) }.owner
            names.append(key.name)
            all.append("\(key.name) of \(owner): \(before[key] ?? "not set") → \(after[key] ?? "not set")")
        }
        var seen: Set<String> = []
        names = names.filter { seen.insert($0).inserted }
    }

    private mutating func takeExtensions(_ then: [DatabaseCatalog], _ now: [DatabaseCatalog]) {
        for catalog in now {
            guard let before = then.first(where: { $0.database == catalog.database }) else { continue }
            let old = Dictionary(
                before.extensions.map { ($0.name, $0.version) }, uniquingKeysWith: { first, _ in first })
            for found in catalog.extensions where old[found.name] != found.version {
                all.append(
                    "extension \(found.name) in \(catalog.database): \(old[found.name] ?? "none") → \(found.version)")
            }
            let gone = Set(old.keys).subtracting(catalog.extensions.map(\.name)).sorted()
            all += gone.map { "extension \($0) in \(catalog.database) was dropped" }
        }
    }
}
