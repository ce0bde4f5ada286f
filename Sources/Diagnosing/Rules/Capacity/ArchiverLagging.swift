import Foundation
import Model

/// The archive takes WAL more slowly than the server writes it.
struct ArchiverLagging: Rule {
    private static let backlog = Threshold(
        "WAL that waits for the archive", 1_073_741_824, "bytes",
        source: "our choice: 64 files of 16 MB; pg_gather warns of a lag of 300 s")
    private static let grave = Threshold(
        "WAL that waits, in sizes of max_wal_size, that makes a warning", 2, "times",
        source: "our choice: pg_wal is then at least twice as large as it was meant to be")

    static let metadata = RuleMetadata(
        id: "capacity.archiver-lagging",
        title: "WAL archiving does not keep up",
        area: .capacity,
        needs: [.archiver, .settings],
        looksAt:
            "the file that is written now against last_archived_wal of pg_stat_archiver, where the last attempt did not fail; WAL and "
            + "archived files within the window",
        why:
            "WAL is kept until it is archived. Where the command takes longer for a file than the server for the next, pg_wal grows "
            + "until the disk is full, and what a backup can be recovered to falls behind by as much. The archiver sends one file at a "
            + "time, and does not fail while it lags.",
        limits:
            "Archiving that fails is judged by capacity.archiver-failing. Not judged on a standby, and not across a change of timeline.",
        thresholds: [backlog, grave],
        references: [
            "https://www.postgresql.org/docs/current/continuous-archiving.html",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ARCHIVER-VIEW",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let archiver = observation.snapshot.archiver,
            let mode = observation.setting("archive_mode")?.value, mode != "off"
        else { return .absent }
        let segment = observation.walSegmentSize
        // Failing: another rule's.
        guard (archiver.lastFailed ?? .distantPast) <= archiver.lastArchived ?? .distantPast,
            let files = archiver.waitingFiles(segment: segment)
        else { return .findings([]) }
        let waiting = files * segment
        guard Double(waiting) >= Self.backlog.value else { return .findings([]) }
        return .findings([finding(waiting, files, archiver, segment, observation)])
    }

    private func finding(
        _ waiting: Int64, _ files: Int64, _ archiver: Archiver, _ segment: Int64, _ observation: Observation
    ) -> Finding {
        let limit = observation.setting("max_wal_size")?.bytes
        let isGrave = limit.map { Double(waiting) >= Self.grave.value * Double($0) } ?? false
        let behind = observation.age(of: archiver.lastArchived)
        let rates = Rates(archiver, segment, observation)
        let speed = rates.map {
            ": \(Quantity.bytes(Int64($0.written)))/s are written and \(Quantity.bytes(Int64($0.archived)))/s archived"
        }
        return Finding(
            Self.metadata, severity: isGrave ? .warning : .notice, tier: .fix,
            title: "\(Quantity.bytes(waiting)) of WAL wait for the archive", objects: [.setting("archive_command")],
            impact: .bytes(waiting, "of WAL kept"), confidence: rates == nil ? .medium : .high,
            summary:
                "pg_wal holds \(Quantity.count(files)) files that are not archived yet, \(Quantity.bytes(waiting))\(speed ?? ""). Nothing "
                + "fails, but backups can be recovered only to what was archived.",
            evidence: [
                Evidence("retained", "WAL that waits", .bytes(waiting)),
                Evidence("waitingFiles", "files that wait", .count(files)),
                Evidence("archived", "files archived", .count(archiver.archived)),
            ] + (behind.map { [Evidence("sinceArchived", "last archived before", .seconds($0))] } ?? [])
                + (rates.map {
                    [
                        Evidence("walPerSecond", "WAL a second", .bytes(Int64($0.written))),
                        Evidence("archivedPerSecond", "archived a second", .bytes(Int64($0.archived))),
                    ]
                } ?? []),
            notIf: "a load has just ended and the archive catches up",
            actions: [
                Action(
                    .containment, "see whether it catches up",
                    sql: [
                        "SELECT last_archived_wal, last_archived_time, pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) AS current_wal "
                            + "FROM pg_catalog.pg_stat_archiver;"
                    ],
                    steps: [
                        "Twice, a minute apart. Watch the room on pg_wal's disk. Never delete files from pg_wal by hand.",
                        "Let bulk loads pause until it has.",
                    ], lock: LockNote.none, gain: Gain("tells how long the disk lasts", .byDefinition)),
                Action(
                    .fix, "let archiving take less time for a file",
                    steps: [
                        "Time archive_command by hand with one file: a new connection or start of an interpreter for each is what mostly takes the time.",
                        "Send several at once: archive-async of pgBackRest, WALG_UPLOAD_CONCURRENCY of WAL-G; compress with lz4 or zstd rather than gzip.",
                    ], lock: LockNote.none, gain: Gain("some times as many files a second", .ruleOfThumb),
                    verify: "the files that wait get fewer",
                    undo: "the former archive_command and SELECT pg_catalog.pg_reload_conf();"),
                Action(
                    .cure, "write less WAL",
                    steps: ["See the findings about statements that write much WAL, full-page images and checkpoints."],
                    gain: Gain("less to archive, and to keep for years", .ruleOfThumb)),
            ], explains: [.setting("archive_command")], symptomOf: [.wal])
    }

    /// Bytes a second within the window.
    private struct Rates {
        let written: Double
        let archived: Double

        init?(_ archiver: Archiver, _ segment: Int64, _ observation: Observation) {
            guard let seconds = observation.window.seconds, seconds >= 60, let then = observation.earlier,
                let before = then.archiver, archiver.archived >= before.archived,
                let wal = observation.snapshot.wal, let walBefore = then.wal, wal.bytes >= walBefore.bytes
            else { return nil }
            written = Double(wal.bytes - walBefore.bytes) / seconds
            archived = Double((archiver.archived - before.archived) * segment) / seconds
        }
    }

    static let examples: [RuleExample] = [
        .fires("300 files wait", on: "archive_command") {
            $0.addArchiving(last: "00000001000000AC00000042", now: "00000001000000AD0000006E")
        },
        .silent("the next file is being written") {
            $0.addArchiving(last: "00000001000000AC000000FF", now: "00000001000000AD00000000")
        },
        .silent("it fails: another rule's") {
            $0.addArchiving(last: "00000001000000AC00000042", now: "00000001000000AD0000006E")
            let now = $0.takenAt
            $0.archiver!.lastFailed = now
        },
        .silent("after a promotion, another timeline") {
            $0.addArchiving(last: "00000001000000AC00000042", now: "00000002000000AD0000006E")
        },
        .silent("a backup's history file was last") {
            $0.addArchiving(last: "00000001000000AC00000042.00000028.backup", now: "00000001000000AD0000006E")
        },
        .silent("nothing is archived") {
            $0.addArchiving(last: "00000001000000AC00000042", now: "00000001000000AD0000006E")
            $0.set("archive_mode", "off", context: "postmaster")
        },
    ]
}

extension Observation {
    /// Bytes of a file of pg_wal.
    var walSegmentSize: Int64 { setting("wal_segment_size")?.bytes ?? 16_777_216 }
}

extension Archiver {
    /// Whole files of WAL between the last archived one and the one that is written; nil where the names do not tell.
    /// https://www.postgresql.org/docs/current/wal-internals.html: timeline, then number, eight and sixteen digits.
    func waitingFiles(segment: Int64) -> Int64? {
        guard let last = lastArchivedWAL.flatMap({ Self.place($0, segment) }),
            let now = currentWAL.flatMap({ Self.place($0, segment) }), last.timeline == now.timeline
        else { return nil }
        return max(0, now.number - last.number - 1)
    }

    private static func place(_ file: String, _ segment: Int64) -> (timeline: Substring, number: Int64)? {
        guard file.count == 24, segment > 0, let high = Int64(file.dropFirst(8).prefix(8), radix: 16),
            let low = Int64(file.suffix(8), radix: 16)
        else { return nil }
        return (file.prefix(8), high * ((1 << 32) / segment) + low)
    }
}

extension Snapshot {
    fileprivate mutating func addArchiving(last: String, now: String) {
        let then = takenAt.addingTimeInterval(-30)
        set("archive_mode", "on", context: "postmaster")
        archiver = .make {
            $0.archived = 40_000
            $0.lastArchived = then
            $0.lastArchivedWAL = last
            $0.currentWAL = now
        }
    }
}
