import Foundation
import Model

/// WAL does not reach the archive: backups have a hole, and pg_wal grows.
struct ArchiverFailing: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.archiver-failing",
        title: "WAL archiving fails",
        area: .capacity,
        needs: [.archiver],
        looksAt: "pg_stat_archiver: whether the last attempt failed, and since when nothing was archived",
        why:
            "WAL that cannot be archived is kept: pg_wal grows until the disk is full and the server stops. And until it is "
            + "archived, no backup can be recovered to a point after the last file that was.",
        limits:
            "The command's own error stands in the server's log only. A failure that was made good since is not reported.",
        thresholds: [long],
        references: [
            "https://www.postgresql.org/docs/current/continuous-archiving.html",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ARCHIVER-VIEW",
        ], explains: [Edge(.keepsWAL, "capacity.wal-directory-large")])

    static let long = Threshold(
        "nothing archived for", 900, "s",
        source: "our choice: three checkpoint_timeouts; pg_gather warns of a lag of 300 s")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let archiver = observation.snapshot.archiver, observation.setting("archive_mode")?.value != "off" else {
            return .absent
        }
        guard let failed = archiver.lastFailed, failed > archiver.lastArchived ?? .distantPast else {
            return .findings([])
        }
        return .findings([finding(archiver, observation)])
    }

    private func finding(_ archiver: Archiver, _ observation: Observation) -> Finding {
        let since = observation.age(of: archiver.lastArchived)
        let isLong = since.map { $0 >= Self.long.value } ?? true
        let when = since.map { "for \(Quantity.seconds($0))" } ?? "since its statistics began"
        return Finding(
            Self.metadata, severity: isLong ? .critical : .warning, tier: .fix,
            title: "WAL archiving fails: nothing archived \(when)", objects: [.setting("archive_command")],
            impact: Impact(1, .risk, "backups have a hole"), confidence: .high,
            summary: "Backups cannot be recovered to now and pg_wal grows: archiving of WAL has failed "
                + "\(Quantity.plural(Int(archiver.failed), "time")), \(archiver.lastFailedWAL ?? "a file") last, and nothing was "
                + "archived \(when).",
            evidence: [
                Evidence("failed", "failures since the reset", .count(archiver.failed)),
                Evidence("archived", "files archived", .count(archiver.archived)),
                Evidence("lastFailedWAL", "last file that failed", .text(archiver.lastFailedWAL ?? "unknown")),
            ] + (since.map { [Evidence("sinceArchived", "nothing archived for", .seconds($0))] } ?? []),
            notIf: "the archive is being moved at this moment",
            actions: [
                Action(
                    .containment, "see why the archive refuses the file",
                    steps: [
                        "The server's log has the command's own words: look for \"archive command failed\".",
                        "Most often: the archive's disk is full, a key or a mount is gone, a file of that name is there already.",
                        "Watch the room on pg_wal's disk. Never delete files from pg_wal by hand.",
                    ],
                    lock: LockNote.none, gain: Gain("the server tries again by itself once a minute", .ruleOfThumb),
                    verify: Self.verify),
                Action(
                    .fix, "mend the command or the archive's place", sql: [SettingChange.reload],
                    steps: [
                        "Run archive_command by hand, as the server's user, with the file named above.",
                        "Mend it and reload. Never set it to /bin/true: that throws the WAL away.",
                        "Take a new base backup when a file was lost.",
                    ],
                    lock: LockNote.none, gain: Gain("pg_wal empties and backups are whole again", .ruleOfThumb),
                    verify: Self.verify,
                    undo: "keep the old command"),
            ], explains: [.setting("archive_command")])
    }

    private static let verify =
        "SELECT archived_count, last_archived_time, failed_count, last_failed_wal, last_failed_time "
        + "FROM pg_catalog.pg_stat_archiver;"

    static let examples: [RuleExample] = [
        .fires("the archive's disk is full", on: "archive_command") {
            $0.addArchiver(lastArchived: 7200, lastFailed: 12)
        },
        .fires("never worked", on: "archive_command") { $0.addArchiver(lastArchived: nil, lastFailed: 30) },
        .silent("failed once, went on") { $0.addArchiver(lastArchived: 60, lastFailed: 9000) },
        .silent("switched off since") {
            $0.addArchiver(lastArchived: 9000, lastFailed: 8000)
            $0.set("archive_mode", "off", context: "postmaster")
        },
    ]
}

extension Snapshot {
    /// Seconds ago.
    fileprivate mutating func addArchiver(lastArchived: Double?, lastFailed: Double) {
        let now = takenAt
        archiver = .make {
            $0.archived = lastArchived == nil ? 0 : 40_000
            $0.failed = 120
            $0.lastArchived = lastArchived.map { now.addingTimeInterval(-$0) }
            $0.lastFailed = now.addingTimeInterval(-lastFailed)
            $0.lastFailedWAL = "00000001000000AC00000042"
        }
    }
}
