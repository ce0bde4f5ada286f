import Model

/// WAL is kept for standbys that are not there.
struct WALKeptBySetting: Rule {
    private static let least = Threshold(
        "wal_keep_size", 10_737_418_240, "bytes", source: "our choice: less than 10 GB nobody looks for")
    private static let times = Threshold(
        "wal_keep_size in sizes of max_wal_size", 2, "times",
        source: "our choice: what checkpoints keep anyway is no loss")

    static let metadata = RuleMetadata(
        id: "capacity.wal-kept-by-setting",
        title: "WAL kept for standbys that are not there",
        area: .capacity,
        needs: [.settings, .standbys, .replicationSlots],
        looksAt: "wal_keep_size against max_wal_size; standbys that are connected, and slots",
        why:
            "wal_keep_size keeps so much WAL in pg_wal for ever, for standbys that connect without a slot. Where there is none, or all have "
            + "slots, it is disk that nobody uses and that is missed when WAL piles up for another reason.",
        limits: "A standby that is down for an hour is not seen: look before you lower it.",
        thresholds: [least, times],
        references: ["https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-WAL-KEEP-SIZE"])

    func evaluate(_ observation: Observation) -> Outcome {
        let snapshot = observation.snapshot
        guard let setting = observation.serverSetting("wal_keep_size"), let kept = setting.bytes,
            let limit = observation.setting("max_wal_size")?.bytes
        else { return .findings([]) }
        // Standbys without a slot live on it.
        let slots = snapshot.replicationSlots.count { $0.type == "physical" && $0.isActive }
        guard Double(kept) >= Self.least.value, Double(kept) >= Self.times.value * Double(limit),
            snapshot.standbys.count <= slots
        else { return .findings([]) }
        let who = snapshot.standbys.isEmpty ? "no standby is connected" : "every standby has a slot"
        return .findings([
            Finding(
                Self.metadata, severity: .notice, tier: .fix,
                title: "wal_keep_size keeps \(setting.text) of WAL, and \(who)",
                objects: [.setting("wal_keep_size")], impact: .bytes(kept, "kept"), confidence: .medium,
                summary: "pg_wal holds \(setting.text) of WAL for standbys without a slot (wal_keep_size), and \(who).",
                evidence: [
                    Evidence("retained", "wal_keep_size", .bytes(kept)),
                    Evidence("maxWALSize", "max_wal_size", .bytes(limit)),
                    Evidence("standbys", "standbys connected", .count(Int64(snapshot.standbys.count))),
                    Evidence("slots", "active physical slots", .count(Int64(slots))),
                ], notIf: "a standby without a slot is down for a while, or pg_rewind is to find the WAL here",
                actions: [
                    SettingChange(setting, to: "1GB").action(
                        "lower wal_keep_size to 1 GB",
                        steps: [
                            "Ask first whether a standby is down. Give standbys slots, and bound those by max_slot_wal_keep_size."
                        ],
                        gain: Gain(
                            "\(Quantity.bytes(kept - 1_073_741_824)) of disk after the next checkpoints", .estimated),
                        caution:
                            "a standby without a slot that is further behind has to be made anew, or reads from the archive"
                    )
                ], explains: [.setting("wal_keep_size")])
        ])
    }

    static let examples: [RuleExample] = [
        .fires("the standby went a year ago", on: "wal_keep_size") { $0.set("wal_keep_size", "65536", unit: "MB") },
        .fires("all standbys have slots", on: "wal_keep_size") {
            $0.set("wal_keep_size", "65536", unit: "MB")
            $0.standbys = [.make { $0.application = "db2" }]
            $0.replicationSlots = [
                .make {
                    $0.name = "db2"; $0.isActive = true
                }
            ]
        },
        .silent("a standby without a slot lives on it") {
            $0.set("wal_keep_size", "65536", unit: "MB")
            $0.standbys = [.make { $0.application = "db2" }]
        },
        .silent("a gigabyte") { $0.set("wal_keep_size", "1024", unit: "MB") },
        .silent("checkpoints keep as much") {
            $0.set("wal_keep_size", "16384", unit: "MB")
            $0.set("max_wal_size", "16384", unit: "MB")
        },
    ]
}
