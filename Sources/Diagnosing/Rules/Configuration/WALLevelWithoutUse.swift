import Foundation
import Model

/// WAL is written for logical decoding that nobody does.
struct WALLevelWithoutUse: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.wal-level-without-use",
        title: "wal_level = logical without a logical slot",
        area: .configuration,
        needs: [.settings, .replicationSlots],
        looksAt: "wal_level against the logical slots of pg_replication_slots; WAL written (pg_stat_wal), where read",
        why:
            "Logical decoding needs more in the WAL: keys or whole old rows of each UPDATE and DELETE, and the catalog's changes. Without "
            + "a slot nobody reads that.",
        limits:
            "Costs little where tables have keys, so it is said only where much WAL is written. A slot may come and go with its "
            + "consumer. Managed services set it for reasons of their own and are left alone.",
        thresholds: [rate],
        references: ["https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-WAL-LEVEL"])

    static let rate = Threshold(
        "WAL written", 1_048_576, "bytes a second",
        source: "our choice: 85 GB a day; below that a few per cent of it are nothing")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let level = observation.serverSetting("wal_level") else { return .inconclusive("wal_level was not read") }
        guard level.value == "logical", !observation.snapshot.server.isInRecovery,
            ManagedService(observation.snapshot) == nil,
            !observation.snapshot.replicationSlots.contains(where: { $0.type == "logical" })
        else { return .findings([]) }
        guard let span = WALSpan(observation, shortest: 0), span.seconds > 0 else {
            return .inconclusive("how much WAL is written is not known")
        }
        guard span.rate >= Self.rate.value else { return .findings([]) }
        return .findings([
            Finding(
                Self.metadata, severity: .notice, tier: .fix,
                title: "wal_level is logical, and there is no logical slot",
                objects: [.setting(level.name)], impact: Impact(0, .none, "some WAL"), confidence: .medium,
                summary:
                    "More WAL is written than anybody reads: wal_level is logical and no logical slot is there, at "
                    + "\(Quantity.bytes(Int64(span.rate))) of WAL a second.",
                evidence: [
                    Evidence("value", level.name, .text(level.value)),
                    Evidence("rate", "WAL a second", .bytes(Int64(span.rate))),
                ],
                notIf: "a consumer is about to come, or comes and goes",
                actions: [
                    SettingChange(level, to: "replica").action(
                        "write what standbys need, and no more",
                        steps: ["Ask who set it: a change-data-capture job that makes its slot anew needs it."],
                        gain: Gain("less WAL for each UPDATE and DELETE", .ruleOfThumb))
                ])
        ])
    }

    static let examples: [RuleExample] = [
        .fires("nobody decodes", on: "wal_level") { $0.addWAL(perSecond: 4_000_000) },
        .silent("little is written") { $0.addWAL(perSecond: 20_000) },
        .silent("a slot uses it") {
            $0.addWAL(perSecond: 4_000_000)
            $0.replicationSlots = [.make { ($0.name, $0.type, $0.isActive) = ("cdc", "logical", true) }]
        },
        .silent("a managed service set it") {
            $0.addWAL(perSecond: 4_000_000)
            $0.roles.append(.make { $0.name = "rdsadmin" })
        },
        .inconclusive("WAL was not counted") {
            $0.addWAL(perSecond: 4_000_000)
            $0.wal = nil
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addWAL(perSecond rate: Int64) {
        set("wal_level", "logical", context: "postmaster")
        let began = takenAt.addingTimeInterval(-86_400)
        wal = .make {
            $0.reset = began
            $0.bytes = 86_400 * rate
        }
    }
}
