import Model

/// Fewer synchronous standbys are connected than commits must wait for.
struct SynchronousStandbyMissing: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.synchronous-standby-missing",
        title: "Synchronous standby not connected",
        area: .capacity,
        needs: [.standbys, .settings],
        looksAt:
            "synchronous_standby_names and synchronous_commit against the standbys of pg_stat_replication that are synchronous "
            + "or could be (sync_state sync, quorum, potential)",
        why:
            "A commit waits for as many standbys as synchronous_standby_names asks for. When fewer are connected it waits without end, "
            + "with all its locks held, and so does the next one: the whole server stands, though nothing is wrong with it.",
        limits:
            "One reading: a standby that is being restarted is back in seconds. Sessions that set synchronous_commit to local or "
            + "off for themselves do not wait. Commits that wait now are told by waits.synchronous-replication.",
        thresholds: [],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES",
            "https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION-HA",
        ], explains: [Edge(.waitsForStandby, "waits.synchronous-replication")])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let names = observation.setting("synchronous_standby_names") else {
            return .inconclusive("synchronous_standby_names was not read")
        }
        guard !observation.snapshot.server.isInRecovery, let asked = SynchronousStandbys(names.value) else {
            return .absent
        }
        if ["off", "local"].contains(observation.serverSetting("synchronous_commit")?.value) { return .findings([]) }
        let connected = observation.snapshot.standbys.filter {
            ["sync", "quorum", "potential"].contains($0.syncState) && $0.state == "streaming"
        }
        guard connected.count < asked.number else { return .findings([]) }
        return .findings([finding(names, asked, connected, observation)])
    }

    private func finding(
        _ names: Setting, _ asked: SynchronousStandbys, _ connected: [Standby], _ observation: Observation
    ) -> Finding {
        let others = observation.snapshot.standbys.filter { $0.syncState == "async" || $0.state != "streaming" }
            .map { "\($0.application) (\($0.state ?? "state unknown"))" }
        let there =
            connected.isEmpty
            ? "none of them is connected" : "only \(connected.map(\.application).joined(separator: ", ")) of them is"
        return Finding(
            Self.metadata, severity: .critical, tier: .containment,
            title: "commits wait for \(Quantity.plural(asked.number, "standby", "standbys")), "
                + "\(Quantity.count(connected.count)) \(connected.count == 1 ? "is" : "are") connected",
            objects: [.setting(names.name)], impact: Impact(1, .risk, "commits hang"), confidence: .high,
            summary: "Every commit hangs with its locks held: synchronous_standby_names (\(names.value)) asks for "
                + "\(Quantity.plural(asked.number, "standby", "standbys")), and \(there).",
            evidence: [
                Evidence("synchronousStandbyNames", names.name, .text(names.value)),
                Evidence("asked", "standbys that a commit waits for", .count(Int64(asked.number))),
                Evidence("connected", "of them connected", .count(Int64(connected.count))),
                Evidence("standbys", "other standbys", .list(others.isEmpty ? ["none"] : others)),
            ],
            notIf: "the standby is being restarted at this moment",
            actions: [
                SynchronousReplication.look(isGone: true),
                SynchronousReplication.release(names.value),
                SynchronousReplication.more,
            ], explains: [.setting(names.name), .cluster], symptomOf: [])
    }

    static let examples: [RuleExample] = [
        .fires("the only one is gone", on: "synchronous_standby_names") { $0.addSynchronous("replica1", []) },
        .fires("one of two that are both asked for", on: "synchronous_standby_names") {
            $0.addSynchronous("FIRST 2 (a, b)", ["sync"])
        },
        .fires("another one is connected, under a name that is not asked for", on: "synchronous_standby_names") {
            $0.addSynchronous("replica1", ["async"])
        },
        .silent("one of two is enough") { $0.addSynchronous("ANY 1 (a, b)", ["quorum"]) },
        .silent("any name will do") { $0.addSynchronous("*", ["sync", "potential"]) },
        .silent("commits do not wait for a standby") {
            $0.addSynchronous("replica1", [])
            $0.set("synchronous_commit", "local", context: "user")
        },
        .silent("no synchronous replication") { $0.addSynchronous("", ["async"]) },
        .inconclusive("the setting was not read") {
            $0.settings.removeAll { $0.name == "synchronous_standby_names" }
        },
    ]
}

/// What `synchronous_standby_names` asks for.
struct SynchronousStandbys {
    /// Standbys that a commit waits for.
    let number: Int

    /// nil: no synchronous replication. `a, b`, `2 (a, b)`, `FIRST 2 (a, b)`, `ANY 1 (*)`:
    /// https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES
    init?(_ value: String) {
        guard value.contains(where: { !$0.isWhitespace }) else { return nil }
        // A list without a number is FIRST 1; a bracket within a quoted name does not open a list.
        let head = value.prefix { $0 != "(" && $0 != "\"" }
        let words = head.split(whereSeparator: \.isWhitespace)
        guard head.endIndex < value.endIndex, value[head.endIndex] == "(" else {
            number = 1
            return
        }
        number = words.last.flatMap { Int($0) } ?? 1
    }
}

extension Snapshot {
    fileprivate mutating func addSynchronous(_ names: String, _ states: [String]) {
        set("synchronous_standby_names", names)
        standbys = states.enumerated().map { place, state in
            .make {
                $0.application = "standby\(place)"
                $0.state = "streaming"
                $0.syncState = state
            }
        }
    }
}
