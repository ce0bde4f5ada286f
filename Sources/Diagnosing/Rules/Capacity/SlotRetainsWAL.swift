import Foundation
import Model

/// A consumer that does not come for its WAL fills the primary's disk.
struct SlotRetainsWAL: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.slot-retains-wal",
        title: "Replication slot keeps WAL that nobody fetches",
        area: .capacity,
        needs: [.replicationSlots, .settings],
        looksAt: "pg_replication_slots: WAL kept since restart_lsn, whether somebody reads it, wal_status",
        why:
            "A slot keeps all WAL that its consumer has not confirmed. When the consumer is gone pg_wal grows until the "
            + "disk is full, and then the whole server stops. A logical slot also holds back VACUUM of the catalogs, a "
            + "physical one with hot_standby_feedback that of all tables.",
        limits: "Does not see how much room the disk has. Temporary slots are left out: they end with their session.",
        thresholds: [kept, keptActive],
        references: [
            "https://www.postgresql.org/docs/current/view-pg-replication-slots.html",
            "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-SLOT-WAL-KEEP-SIZE",
        ],
        explains: [.holdsHorizon, Edge(.keepsWAL, "capacity.wal-directory-large")])

    static let kept = Threshold(
        "kept by a slot that nobody reads, times max_wal_size", 1, "times",
        source: "max_wal_size is what the disk was planned for; the manual: slots may exceed it without limit")
    static let keptActive = Threshold(
        "kept by a slot that is read, times max_wal_size", 8, "times",
        source: "our choice: a consumer that lags so far does not catch up by itself soon")

    func evaluate(_ observation: Observation) -> Outcome {
        guard !observation.snapshot.replicationSlots.isEmpty else { return .absent }
        let planned = Double(observation.setting("max_wal_size")?.bytes ?? 1_073_741_824)
        return .findings(
            observation.snapshot.replicationSlots.filter { slot in
                // A standby copies failover slots from its primary: their consumers are there.
                guard !slot.isTemporary, slot.isSynced != true else { return false }
                if slot.walStatus == "lost" || slot.walStatus == "unreserved" { return true }
                let times = Double(slot.retainedBytes ?? 0) / planned
                return times >= (slot.isActive ? Self.keptActive : Self.kept).value
            }
            .map { finding($0, planned, observation) })
    }

    private func finding(_ slot: ReplicationSlot, _ planned: Double, _ observation: Observation) -> Finding {
        let kept = slot.retainedBytes ?? 0
        let isLost = slot.walStatus == "lost"
        let isGrave = !isLost && (slot.walStatus == "unreserved" || Double(kept) >= 32 * planned)
        let since = observation.age(of: slot.inactiveSince).map { " for \(Quantity.seconds($0))" } ?? ""
        let state =
            slot.isActive
            ? "whose reader lags behind" : "which nobody has read\(since.isEmpty ? " since its consumer left" : since)"
        return Finding(
            Self.metadata, severity: isGrave ? .critical : .warning, tier: .fix,
            title: isLost
                ? "slot \(slot.name) is lost: its consumer cannot go on"
                : "slot \(slot.name) keeps \(Quantity.bytes(kept)) of WAL"
                    + (slot.isActive ? "" : " and nobody reads it"),
            objects: [ObjectReference(.slot, slot.name, in: slot.database)],
            impact: isLost ? Impact(1, .risk, "consumer broken") : .bytes(kept, "kept"), confidence: .high,
            summary: isLost
                ? "The consumer of \(slot.type) slot \(slot.name) cannot go on: \(Self.reason(slot)), so it must be built anew."
                : "pg_wal has grown by \(Quantity.bytes(kept)) and grows on until the disk is full: it is kept for \(slot.type) "
                    + "slot \(slot.name), \(state).",
            evidence: evidence(slot, kept),
            notIf: "its consumer is being moved and comes back within the hour",
            actions: Self.actions(slot, isLost: isLost, observation), explains: [.slot(slot.name)])
    }

    /// Why it was invalidated, as pg_replication_slots.invalidation_reason has it from 17 on.
    private static func reason(_ slot: ReplicationSlot) -> String {
        switch slot.invalidationReason {
        case "rows_removed": "rows of the catalogs that it still needed were removed on the primary"
        case "wal_level_insufficient": "wal_level of the primary no longer is logical"
        case "idle_timeout": "nobody read it for longer than idle_replication_slot_timeout"
        default: "WAL that it still needed is gone"
        }
    }

    private func evidence(_ slot: ReplicationSlot, _ kept: Int64) -> [Evidence] {
        var evidence = [
            Evidence("retained", "WAL kept", .bytes(kept)), Evidence("isActive", "read now", .flag(slot.isActive)),
            Evidence("type", "type", .text([slot.type, slot.plugin].compactMap(\.self).joined(separator: ", "))),
        ]
        if let status = slot.walStatus { evidence.append(Evidence("walStatus", "wal_status", .text(status))) }
        if let reason = slot.invalidationReason {
            evidence.append(Evidence("invalidationReason", "invalidated because of", .text(reason)))
        }
        if let safe = slot.safeWALSize { evidence.append(Evidence("safeWALSize", "until it is lost", .bytes(safe))) }
        if let age = slot.catalogXminAge ?? slot.xminAge {
            evidence.append(Evidence("xminAge", "holds back VACUUM by (transactions)", .count(age)))
        }
        return evidence
    }

    static func actions(_ slot: ReplicationSlot, isLost: Bool, _ observation: Observation) -> [Action] {
        let verify =
            "SELECT slot_name, active, wal_status, pg_catalog.pg_size_pretty(pg_catalog.pg_wal_lsn_diff("
            + "pg_catalog.pg_current_wal_lsn(), restart_lsn)) FROM pg_catalog.pg_replication_slots WHERE slot_name = "
            + "\(SQL.literal(slot.name));"
        let restart = Action(
            .containment, "bring the consumer of slot \(slot.name) back",
            steps: [
                "Find who reads it: a standby's primary_slot_name, a subscription, a change-data-capture job"
                    + (slot.database.map { " on database \($0)" } ?? "") + ".",
                "Start it again, and look into its own log why it stopped. Watch the room on pg_wal's disk meanwhile.",
            ],
            lock: LockNote.none, gain: Gain("WAL is released as it catches up", .ruleOfThumb), verify: verify)
        let drop = Action(
            .fix, "drop slot \(slot.name), once its consumer is known to be gone for good",
            sql: ["SELECT pg_catalog.pg_drop_replication_slot(\(SQL.literal(slot.name)));"],
            steps: ["Ask the owner of the consumer first. It cannot go on without the slot: it must be built anew."],
            lock: LockNote.none,
            gain: Gain("\(Quantity.bytes(slot.retainedBytes ?? 0)) freed at the next checkpoint", .measured),
            verify: verify,
            caution: "cannot be undone; fails while somebody reads the slot")
        if isLost { return [drop] }
        // -1: no limit.
        guard let limit = observation.serverSetting("max_slot_wal_keep_size"), limit.number == -1 else {
            return [restart, drop]
        }
        return [restart, drop, cap(limit, slot)]
    }

    private static func cap(_ setting: Setting, _ slot: ReplicationSlot) -> Action {
        let gigabytes = max(10, Int(Double(slot.retainedBytes ?? 0) * 1.5 / 1_073_741_824))
        return SettingChange(setting, to: "\(gigabytes)GB").action(
            "give slots a limit, so that they cannot fill the disk",
            steps: ["Choose it below what pg_wal's disk has room for; \(gigabytes) GB keeps this slot alive for now."],
            gain: Gain("the server outlives a consumer that does not come back", .ruleOfThumb),
            caution: "a slot that falls further behind is lost, and its consumer must be built anew")
    }

    static let examples: [RuleExample] = [
        .fires("its consumer was forgotten", on: "cdc2") { $0.addSlot(kept: 9_800_000_000) },
        .fires("lost", on: "cdc2") { $0.addSlot(kept: 0) { $0.walStatus = "lost" } },
        .fires("18: invalidated since nobody read it", on: "cdc2") {
            $0.addSlot(kept: 0) {
                $0.walStatus = "lost"
                $0.invalidationReason = "idle_timeout"
            }
        },
        .fires("the reader lags", on: "cdc2") { $0.addSlot(kept: 20_000_000_000) { $0.isActive = true } },
        .silent("read, and close behind") { $0.addSlot(kept: 50_000_000) { $0.isActive = true } },
        .silent("stopped a moment ago") { $0.addSlot(kept: 50_000_000) },
        .silent("a base backup's temporary slot") { $0.addSlot(kept: 9_800_000_000) { $0.isTemporary = true } },
    ]
}

extension Snapshot {
    fileprivate mutating func addSlot(kept: Int64, _ more: (inout ReplicationSlot) -> Void = { _ in }) {
        var slot = ReplicationSlot.make {
            $0.name = "cdc2"
            $0.type = "logical"
            $0.plugin = "pgoutput"
            $0.database = "shop"
            $0.retainedBytes = kept
            $0.walStatus = "extended"
        }
        more(&slot)
        replicationSlots = [slot]
    }
}
