import Foundation
import Model

/// A slot that nobody reads, on a server that lets slots fill its disk.
struct InactiveSlotWithoutLimit: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.inactive-slot-without-limit",
        title: "Slot that nobody reads, and no limit to what slots keep",
        area: .capacity,
        needs: [.replicationSlots, .settings],
        looksAt:
            "slots that nobody reads: since when (inactive_since, from 17; before that, both readings), and how much WAL they "
            + "keep; max_slot_wal_keep_size and, from 18, idle_replication_slot_timeout",
        why:
            "What such a slot keeps grows with every write, without limit as PostgreSQL comes: in a week or in a month it is more than "
            + "the disk has. Now it is small, and dropping the slot or bringing its consumer back costs nothing.",
        limits:
            "Slots that keep more than max_wal_size already are told by capacity.slot-retains-wal. Temporary slots and those "
            + "that a standby copies from its primary (failover slots) are left out. Before 17 it takes two readings, an hour apart.",
        thresholds: [unread, window],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-SLOT-WAL-KEEP-SIZE",
            "https://www.postgresql.org/docs/current/view-pg-replication-slots.html",
        ], explains: [.holdsHorizon])

    static let unread = Threshold(
        "nobody reads it for", 86_400, "s", source: "our choice: a consumer under maintenance is back within a day")
    static let window = Threshold(
        "both readings at least so far apart, before 17", 3600, "s", source: "our choice: longer than a restart takes")

    func evaluate(_ observation: Observation) -> Outcome {
        let slots = observation.snapshot.replicationSlots.filter { !$0.isTemporary && $0.isSynced != true }
        guard !slots.isEmpty else { return .absent }
        guard let limit = observation.setting("max_slot_wal_keep_size")?.number else {
            return .inconclusive("max_slot_wal_keep_size was not read")
        }
        let timeout = observation.setting("idle_replication_slot_timeout")?.number ?? 0
        guard limit < 0, timeout <= 0 else { return .findings([]) }
        let planned = observation.setting("max_wal_size")?.bytes ?? 1_073_741_824
        let suspects = slots.filter {
            !$0.isActive && $0.walStatus != "lost" && $0.retainedBytes.map { $0 < planned } ?? false
        }
        let judged = suspects.map { ($0, age(of: $0, observation)) }
        let findings = judged.compactMap { slot, age in
            age.flatMap { age in
                age >= (slot.inactiveSince == nil ? Self.window : Self.unread).value
                    ? finding(slot, age, planned, observation) : nil
            }
        }
        guard judged.contains(where: { $0.1 == nil }) else { return .findings(findings) }
        let reason = "how long slots have not been read is not known before 17 without an earlier snapshot"
        return findings.isEmpty ? .inconclusive(reason) : .partial(findings, reason)
    }

    /// s that nobody has read it; nil: not known.
    private func age(of slot: ReplicationSlot, _ observation: Observation) -> Double? {
        if let since = slot.inactiveSince { return observation.age(of: since) }
        guard let earlier = observation.earlier, let seconds = observation.window.seconds else { return nil }
        guard let then = earlier.replicationSlots.first(where: { $0.name == slot.name }) else { return 0 }
        // Read in between: it keeps no more than before.
        let grew = slot.retainedBytes ?? 0 >= then.retainedBytes ?? 0
        return then.isActive || !grew ? 0 : seconds
    }

    private func finding(
        _ slot: ReplicationSlot, _ age: Double, _ planned: Int64, _ observation: Observation
    ) -> Finding {
        let kept = slot.retainedBytes ?? 0
        let then = observation.earlier?.replicationSlots.first { $0.name == slot.name }?.retainedBytes
        let rate = then.flatMap { then in
            observation.window.seconds.flatMap { $0 > 0 ? Double(kept - then) / $0 : nil }
        }
        let days = rate.flatMap { $0 > 0 ? Double(planned - kept) / $0 / 86_400 : nil }
        let soon = days.map { ", and more than max_wal_size in \($0 < 2 ? "hours" : "\(Int($0)) days")" } ?? ""
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "nobody reads slot \(slot.name), and nothing limits the WAL that it keeps",
            objects: [ObjectReference(.slot, slot.name, in: slot.database)], impact: .bytes(kept, "kept"),
            confidence: slot.inactiveSince == nil ? .medium : .high,
            summary: "pg_wal will grow until its disk is full: nobody has read \(slot.type) slot \(slot.name) for "
                + "\(Quantity.seconds(age))\(slot.inactiveSince == nil ? " at least" : ""). It keeps "
                + "\(Quantity.bytes(kept)) by now\(soon).",
            evidence: [
                Evidence("retained", "WAL kept", .bytes(kept)),
                Evidence("unread", "nobody reads it for", .seconds(age)),
                Evidence("type", "type", .text([slot.type, slot.plugin].compactMap(\.self).joined(separator: ", "))),
            ] + (rate.map { [Evidence("rate", "grows a second", .bytes(Int64(max(0, $0))))] } ?? []),
            notIf: "its consumer is being moved and comes back",
            actions: SlotRetainsWAL.actions(slot, isLost: false, observation), explains: [.slot(slot.name)])
    }

    static let examples: [RuleExample] = [
        .fires("17: unread for a week", on: "old_standby") {
            $0.addInactiveSlot(kept: 200_000_000, since: 7 * 86_400)
        },
        .fires(
            "15: in both readings, and it grows", on: "old_standby",
            before: {
                $0.takenAt -= 86_400
                $0.addInactiveSlot(kept: 200_000_000)
            },
            after: {
                $0.takenAt += 86_340
                $0.replicationSlots[0].retainedBytes = 300_000_000
            }),
        .silent("stopped an hour ago") { $0.addInactiveSlot(kept: 200_000_000, since: 3600) },
        .silent("slots have a limit") {
            $0.addInactiveSlot(kept: 200_000_000, since: 7 * 86_400)
            $0.set("max_slot_wal_keep_size", "10240", unit: "MB")
        },
        .silent("18 drops it after two days") {
            $0.addInactiveSlot(kept: 200_000_000, since: 7 * 86_400)
            $0.set("idle_replication_slot_timeout", "172800", unit: "s")
        },
        .silent("a standby's copy of a failover slot") {
            $0.addInactiveSlot(kept: 200_000_000, since: 7 * 86_400) { $0.isSynced = true }
        },
        .silent(
            "read in between",
            before: {
                $0.takenAt -= 86_400
                $0.addInactiveSlot(kept: 200_000_000)
            },
            after: {
                $0.takenAt += 86_340
                $0.replicationSlots[0].retainedBytes = 1_000
            }),
        .silent("no slots") { _ in },
        .inconclusive("15, one reading") { $0.addInactiveSlot(kept: 200_000_000) },
    ]
}

extension Snapshot {
    fileprivate mutating func addInactiveSlot(
        kept: Int64, since: Double? = nil, _ more: (inout ReplicationSlot) -> Void = { _ in }
    ) {
        set("max_slot_wal_keep_size", "-1", unit: "MB", source: "default")
        let now = takenAt
        var slot = ReplicationSlot.make {
            $0.name = "old_standby"
            $0.retainedBytes = kept
            $0.walStatus = "reserved"
            $0.inactiveSince = since.map { now.addingTimeInterval(-$0) }
        }
        more(&slot)
        replicationSlots = [slot]
    }
}
