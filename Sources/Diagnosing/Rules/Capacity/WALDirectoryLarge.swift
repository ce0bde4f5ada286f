import Model

/// pg_wal has grown beyond what its disk was planned for.
struct WALDirectoryLarge: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.wal-directory-large",
        title: "pg_wal far larger than planned",
        area: .capacity,
        needs: [.walDirectory, .settings], uses: [.replicationSlots],
        looksAt:
            "the size of pg_wal (pg_ls_waldir) against max_wal_size and wal_keep_size; who keeps WAL: replication slots, "
            + "the archiver (files named .ready in archive_status), checkpoints that are late",
        why:
            "max_wal_size is a wish: WAL that a slot, the archive or a checkpoint still needs stays, whatever it says. When the disk "
            + "under pg_wal is full the server stops, and with it every application.",
        limits:
            "The disk's room is not seen from SQL. A single bulk load lets pg_wal grow for as long as its checkpoint takes; it "
            + "shrinks in the checkpoints that follow.",
        thresholds: [large, grave, least],
        references: [
            "https://www.postgresql.org/docs/current/wal-configuration.html",
            "https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-GENFILE",
        ])

    static let large = Threshold(
        "size, times what is planned", 2, "times",
        source:
            "our choice: the manual calls max_wal_size a soft limit that heavy load may exceed; twice is no longer load alone"
    )
    static let grave = Threshold(
        "size, times what is planned: critical", 8, "times",
        source: "our choice: as of a slot that is read (capacity.slot-retains-wal)")
    static let least = Threshold(
        "size", 4_294_967_296, "bytes", source: "our choice: less than 4 GB fills no disk that a server has today")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let directory = observation.snapshot.walDirectory else {
            return .inconclusive("the size of pg_wal was not read")
        }
        guard let limit = observation.setting("max_wal_size")?.bytes else {
            return .inconclusive("max_wal_size was not read")
        }
        let planned = limit + (observation.setting("wal_keep_size")?.bytes ?? 0)
        let times = Double(directory.size) / Double(max(1, planned))
        guard times >= Self.large.value, Double(directory.size) >= Self.least.value else { return .findings([]) }
        return .findings([finding(directory, planned, times, observation)])
    }

    private func finding(
        _ directory: WALDirectory, _ planned: Int64, _ times: Double, _ observation: Observation
    ) -> Finding {
        let slots = observation.snapshot.replicationSlots.filter { $0.retainedBytes ?? 0 > planned }
            .sorted { $0.retainedBytes ?? 0 > $1.retainedBytes ?? 0 }
        let waiting = directory.unarchived * observation.walSegmentSize
        let isArchive = waiting > planned
        let why: String
        if let slot = slots.first {
            why = "slot \(slot.name) keeps \(Quantity.bytes(slot.retainedBytes ?? 0)) of it"
        } else if isArchive {
            why = "\(Quantity.count(directory.unarchived)) files of it wait to be archived"
        } else {
            why = "neither a slot nor the archive keeps it, so a checkpoint is late or a load has just ended"
        }
        let isKept = isArchive || !slots.isEmpty
        return Finding(
            Self.metadata, severity: isKept ? times >= Self.grave.value ? .critical : .warning : .notice,
            tier: isKept ? .containment : .fix,
            title: "pg_wal holds \(Quantity.bytes(directory.size)), \(Quantity.bytes(planned)) are planned",
            objects: [.cluster], impact: .bytes(directory.size, "of WAL"), confidence: isKept ? .high : .medium,
            summary: "The server stops when the disk under pg_wal is full, and pg_wal has grown to "
                + "\(Quantity.bytes(directory.size)) where \(Quantity.bytes(planned)) are planned: \(why).",
            evidence: [
                Evidence("walSize", "pg_wal", .bytes(directory.size)), Evidence("planned", "planned", .bytes(planned)),
                Evidence("unarchived", "files that wait to be archived", .count(directory.unarchived)),
                Evidence("slots", "slots that keep more than planned", .list(slots.map(\.name))),
            ],
            notIf: "the disk was made for it: pg_wal has a large one of its own",
            actions: actions(slots, isArchive: isArchive),
            symptomOf: Set(slots.map { LinkKey.slot($0.name) })
                .union(isArchive ? [.setting("archive_command")] : []).union([.wal]))
    }

    private func actions(_ slots: [ReplicationSlot], isArchive: Bool) -> [Action] {
        let verify =
            "SELECT pg_catalog.count(*), pg_catalog.pg_size_pretty(pg_catalog.sum(size)) FROM pg_catalog.pg_ls_waldir();"
        var steps = ["Look at the room on the disk of pg_wal (df), and at how fast it goes."]
        if let slot = slots.first {
            steps.append("Bring the consumer of slot \(slot.name) back: capacity.slot-retains-wal has its ladder.")
        }
        if isArchive { steps.append("Mend the archive: the server's log has the words of archive_command.") }
        steps.append("Never delete files from pg_wal by hand: the server needs them to start.")
        let look = Action(
            .containment, slots.isEmpty && !isArchive ? "see whether it shrinks" : "free what keeps the WAL",
            sql: slots.isEmpty && !isArchive ? ["CHECKPOINT;"] : [], steps: steps,
            lock: LockNote("none", "a checkpoint writes all changed pages at once: the disks are busy meanwhile"),
            gain: Gain("WAL that nobody needs is removed or used again at the next checkpoint", .ruleOfThumb),
            verify: verify)
        let alarm = Action(
            .cure, "know of it before the disk is full",
            steps: [
                "Watch the room on the disk of pg_wal, with an alarm that leaves time to act at the rate at which WAL is written.",
                "Give slots a limit (max_slot_wal_keep_size) below the disk's room.",
                "pg_wal on a disk of its own keeps tables and temporary files from taking its room.",
            ], gain: Gain("a lost consumer or archive costs an alarm, not the service", .ruleOfThumb), verify: verify)
        return [look, alarm]
    }

    static let examples: [RuleExample] = [
        .fires("a slot keeps it", on: "cluster") {
            $0.walDirectory = .make {
                $0.size = 20_000_000_000; $0.files = 1200
            }
            $0.replicationSlots = [
                .make {
                    $0.name = "cdc2"; $0.retainedBytes = 19_000_000_000
                }
            ]
        },
        .fires("the archive does not come after", on: "cluster") {
            $0.walDirectory = .make {
                $0.size = 20_000_000_000; $0.files = 1200; $0.unarchived = 1100
            }
        },
        .fires("nobody keeps it", on: "cluster") {
            $0.walDirectory = .make {
                $0.size = 6_000_000_000; $0.files = 370
            }
        },
        .silent("as planned") { $0.walDirectory = .make { $0.size = 1_000_000_000 } },
        .silent("three times a small max_wal_size") {
            $0.set("max_wal_size", "256")
            $0.walDirectory = .make { $0.size = 800_000_000 }
        },
        .silent("wal_keep_size asks for it") {
            $0.set("wal_keep_size", "16384", unit: "MB")
            $0.walDirectory = .make { $0.size = 17_000_000_000 }
        },
        .inconclusive("not read") { $0.walDirectory = nil },
    ]
}
