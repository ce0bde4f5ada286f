import Foundation
import Model

/// What is set otherwise on the primary and on a standby that would take over.
struct DriftBetweenNodes: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.drift-between-nodes",
        title: "Nodes of one cluster are set differently",
        area: .configuration,
        needs: [.settings], uses: [.recovery],
        looksAt:
            "pg_settings of a standby and of its primary: in a sweep or with --history the last reading of the target that has the "
            + "same system identifier and is not in recovery, else the node that --peer names",
        why:
            "Some limits must not be lower on a standby than on its primary: replay pauses, or the standby does not start. What the planner and "
            + "memory go by may differ without harm, until the standby takes over: then the same statements have other plans.",
        limits:
            "What must or may differ is left out: addresses, ports, paths, names, recovery, feedback, timeouts, logging. Settings of roles "
            + "and databases are replicated and cannot differ. A standby that is there for reports may be set for them on purpose. "
            + "A clone keeps its origin's identifier: where two primaries have it and it cannot be told which is meant, nothing is compared.",
        thresholds: [apart],
        references: [
            "https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN",
            "https://www.postgresql.org/docs/current/warm-standby.html#STANDBY-PLANNING",
        ],
        explains: [Edge(.delaysReplay, "capacity.standby-replay-paused")])

    private static let apart = Threshold(
        "time between the two readings", 86_400, "s",
        source: "our choice: sweeps run once a day or more often; what is older may have been mended since")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let peer = observation.peer else { return .absent }
        let here = observation.snapshot
        guard here.server.isInRecovery != peer.isInRecovery else {
            return .inconclusive(
                "both nodes are \(peer.isInRecovery ? "standbys" : "primaries"): a standby is compared with its primary"
            )
        }
        let seconds = abs(here.takenAt.timeIntervalSince(peer.takenAt))
        guard seconds <= Self.apart.value else {
            return .inconclusive("\(peer.words) was last read \(Quantity.seconds(seconds)) apart from this node")
        }
        guard !here.settings.isEmpty, !peer.settings.isEmpty else {
            return .inconclusive("the settings of \(here.settings.isEmpty ? "this node" : peer.words) were not read")
        }
        let drift = SettingDrift(observation, peer)
        return .findings([lower(drift, observation), other(drift)].compactMap(\.self))
    }

    /// Limits that are lower on the standby.
    private func lower(_ drift: SettingDrift, _ observation: Observation) -> Finding? {
        guard let first = drift.lower.first else { return nil }
        let isPaused = observation.snapshot.recovery?.isPaused ?? false
        let others = drift.lower.count > 1 ? " (and \(Quantity.plural(drift.lower.count - 1, "other limit")))" : ""
        return Finding(
            Self.metadata, severity: isPaused ? .critical : .warning, tier: .fix,
            title: "\(first.name) is lower on \(drift.standby) than on \(drift.primary)\(others)",
            objects: drift.lower.map { .setting($0.name) }, impact: Impact(1, .risk, "no standby"), confidence: .high,
            summary:
                "\(first.name) is \(first.onStandby.value) on \(drift.standby) and \(first.onPrimary.value) on \(drift.primary)\(others): "
                + (isPaused
                    ? "replay is paused, and the standby falls behind until it is raised and the standby restarted."
                    : "replay pauses as soon as it comes to that change, and the standby does not start again with it."),
            evidence: [
                Evidence("standbyValue", "\(first.name) on the standby", .number(first.onStandby.number ?? 0)),
                Evidence("primaryValue", "\(first.name) on the primary", .number(first.onPrimary.number ?? 0)),
                Evidence("lower", "lower on the standby", .list(drift.lower.map(\.words))),
                Evidence("isPaused", "replay is paused", .flag(isPaused)),
            ],
            notIf:
                "the primary was just changed, and the standby's turn comes next: the standby's should have come first",
            actions: [
                Action(
                    .containment, "see where replay stands, and send readers elsewhere when it is paused",
                    sql: [
                        "SELECT pg_catalog.pg_get_wal_replay_pause_state(), pg_catalog.pg_last_xact_replay_timestamp();"
                    ],
                    steps: [
                        "On \(drift.standby). Do not resume it: pg_wal_replay_resume() ends the server while the limit is lower."
                    ],
                    lock: LockNote.none, gain: Gain("nobody reads the past unknowingly", .ruleOfThumb)),
                Action(
                    .fix, "raise it on \(drift.standby), and restart that node",
                    sql: drift.isStandby ? drift.lower.map(\.alignment) : [],
                    steps: (drift.isStandby ? [] : ["On \(drift.standby):"] + drift.lower.map(\.alignment)) + [
                        "Restart the standby: the value is read at its start, and a paused replay goes on then by itself.",
                        "Next time raise such a limit on the standbys first, and lower it on the primary first.",
                    ], lock: LockNote("none", "sessions of the standby end at its restart"),
                    gain: Gain("the standby follows, and can take over", .byDefinition),
                    verify: "SELECT pg_catalog.pg_get_wal_replay_pause_state();",
                    undo: "none is needed: higher than the primary's is allowed",
                    caution: SettingChange.managedCaution),
            ], explains: Set(drift.lower.map { .setting($0.name) }))
    }

    private func other(_ drift: SettingDrift) -> Finding? {
        guard let first = drift.other.first else { return nil }
        let list = drift.other.map(\.words)
        let steps = drift.other.filter(drift.mayAlign).map { $0.alignment }
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: list.count == 1
                ? "\(first.name) differs between \(drift.standby) and \(drift.primary)"
                : "\(Quantity.count(list.count)) settings differ between \(drift.standby) and \(drift.primary)",
            objects: drift.other.map { .setting($0.name) }, impact: .none, confidence: .high,
            summary:
                "After a failover the same statements would meet other settings: \(list.prefix(3).joined(separator: "; "))"
                + (list.count > 3 ? "; and \(Quantity.plural(list.count - 3, "other"))" : "") + ".",
            evidence: [Evidence("differences", "standby, primary", .list(list))],
            notIf: "the standby is there for reports and will never take over, or its machine is another one by design",
            actions: [
                Action(
                    .fix, "set both nodes alike, by one file or template for all of them",
                    steps: [
                        "See which of the two is meant: the primary's value has the experience of the load."
                    ]
                        + (steps.isEmpty
                            ? [] : ["For the primary's values, on \(drift.standby):"] + steps + [SettingChange.reload]),
                    lock: LockNote.none, gain: Gain("the same plans after a failover", .ruleOfThumb),
                    verify:
                        "SELECT name, setting, source FROM pg_catalog.pg_settings WHERE source NOT IN ('default', 'override') ORDER BY name;",
                    undo: "ALTER SYSTEM RESET of each, and reload",
                    caution: "a smaller machine may need smaller memory settings")
            ])
    }

    static let examples: [RuleExample] = [
        .withPeer(
            "the primary got more connections", .fires(["max_connections"]),
            peer: { $0.set("max_connections", "300", context: "postmaster") }
        ) {
            $0.beStandby()
            $0.recovery!.isPaused = true
        },
        .withPeer(
            "work_mem was raised on the primary alone", .fires(["work_mem"]),
            peer: { $0.set("work_mem", "65536", context: "user") }
        ) { $0.beStandby() },
        .withPeer(
            "both, seen from the primary", .fires(["max_locks_per_transaction", "random_page_cost"]),
            peer: {
                $0.beStandby()
                $0.set("random_page_cost", "1.1", context: "user")
            }
        ) { $0.set("max_locks_per_transaction", "256", context: "postmaster") },
        .withPeer("set alike", .silent, peer: { _ in }) { $0.beStandby() },
        .withPeer(
            "a limit that is higher on the standby", .silent,
            peer: { _ in }
        ) {
            $0.beStandby()
            $0.set("max_connections", "300", context: "postmaster")
        },
        .withPeer(
            "what must differ", .silent,
            peer: { $0.set("hot_standby_feedback", "off") }
        ) {
            $0.beStandby()
            $0.set("primary_conninfo", "(not read)")
            $0.set("hot_standby_feedback", "on")
            $0.set("statement_timeout", "600000", context: "user")
        },
        .withPeer(
            "what our own session has set", .silent,
            peer: { $0.set("work_mem", "65536", source: "session", context: "user") }
        ) { $0.beStandby() },
        .silent("no other node is known") { $0.beStandby() },
        .withPeer(
            "the primary was read last week", .inconclusive,
            peer: {
                $0.takenAt.addTimeInterval(-7 * 86_400)
                $0.set("work_mem", "65536", context: "user")
            }
        ) { $0.beStandby() },
        .withPeer("two primaries", .inconclusive, peer: { $0.set("work_mem", "65536", context: "user") }) { _ in },
        .withPeer("the primary's settings were not read", .inconclusive, peer: { $0.settings = [] }) {
            $0.beStandby()
        },
    ]
}

extension Snapshot {
    fileprivate mutating func beStandby() {
        server.isInRecovery = true
        recovery = .make { $0.receiverStatus = "streaming" }
    }
}
