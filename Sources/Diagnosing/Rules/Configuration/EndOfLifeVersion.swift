import Foundation
import Model

/// Nobody mends this version any more, or soon.
struct EndOfLifeVersion: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.end-of-life-version",
        title: "Major version without support",
        area: .configuration,
        needs: [.server],
        looksAt: "server_version_num and the server's clock, against the table of \(PostgresRelease.tableDate)",
        why: "Five years after its first release a major version gets its last minor release. Security holes and "
            + "corruption bugs found after that stay open.",
        limits: "Does not know what a vendor supports beyond the project's own date.",
        thresholds: [ahead],
        references: ["https://www.postgresql.org/support/versioning/"])

    static let ahead = Threshold(
        "days before the end of life", 180, "days",
        source: "our choice: a major upgrade takes a quarter to plan and test")

    func evaluate(_ observation: Observation) -> Outcome {
        let version = observation.snapshot.server.version
        guard let release = PostgresRelease.of(version),
            let left = release.daysLeft(at: observation.snapshot.takenAt), left <= Self.ahead.value
        else { return .findings([]) }
        let isOver = left <= 0
        let when =
            isOver ? "has had no fixes since \(release.endOfLife)" : "gets its last fixes on \(release.endOfLife)"
        return .findings([
            Finding(
                Self.metadata, severity: isOver ? .warning : .notice, tier: .cure,
                title: "PostgreSQL \(version.major) \(when)", objects: [.cluster],
                impact: isOver ? Impact(0, .none, "no support") : .days(left), confidence: .high,
                summary: "PostgreSQL \(version.major) \(when): holes and bugs found later stay open on this server.",
                evidence: [
                    Evidence("version", "version", .text("\(version)")),
                    Evidence("endOfLife", "end of life", .text(release.endOfLife)),
                ],
                notIf: "a vendor supports it for longer",
                actions: [
                    Action(
                        .cure, "upgrade to a supported major version",
                        steps: [
                            "Try it on a copy: pg_upgrade --check, then the application's tests and the heaviest statements.",
                            "pg_upgrade --link for a short outage, or logical replication for almost none.",
                            "Afterwards vacuumdb --all --analyze-in-stages (before 18 pg_upgrade carries no statistics "
                                + "over), and ALTER EXTENSION … UPDATE.",
                        ],
                        lock: LockNote("none", "the server is down while it is upgraded"),
                        gain: Gain("fixes again, and a newer planner", .ruleOfThumb),
                        verify: "SELECT pg_catalog.version();",
                        undo:
                            "keep the old cluster until the new one has proven itself (not with --link once it was started)"
                    )
                ])
        ])
    }

    static let examples: [RuleExample] = [
        .fires("13 after its end", on: "cluster") { $0.server.version = ServerVersion(130023) },
        .fires("14 in its last months", on: "cluster") {
            $0.server.version = ServerVersion(140024)
            $0.takenAt = Date(timeIntervalSince1970: 1_788_000_000)
        },
        .silent("15 in 2026") { $0.server.version = ServerVersion(150020) },
    ]
}
