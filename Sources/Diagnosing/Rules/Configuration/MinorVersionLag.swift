import Model

/// Bugs that are fixed upstream are still at work here.
struct MinorVersionLag: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.minor-version-lag",
        title: "Minor releases behind",
        area: .configuration,
        needs: [.server],
        looksAt: "server_version_num, against the releases known on \(PostgresRelease.tableDate)",
        why: "Minor releases hold fixes only: security holes, data corruption, crashes. They need no dump and no new "
            + "testing of plans, just new binaries and a restart.",
        limits: "Knows releases up to \(PostgresRelease.tableDate): the server may be further behind than it says. "
            + "Vendors' forks number as they like.",
        thresholds: [year],
        references: ["https://www.postgresql.org/support/versioning/", "https://www.postgresql.org/support/security/"])

    static let year = Threshold(
        "releases behind that make it a warning", 4, "releases",
        source: "https://www.postgresql.org/developer/roadmap/: four scheduled minor releases a year")

    func evaluate(_ observation: Observation) -> Outcome {
        let version = observation.snapshot.server.version
        guard let release = PostgresRelease.of(version), version.minor < release.latestMinor else {
            return .findings([])
        }
        let behind = release.latestMinor - version.minor
        let newest = "\(version.major).\(release.latestMinor)"
        return .findings([
            Finding(
                Self.metadata, severity: Double(behind) >= Self.year.value ? .warning : .notice, tier: .fix,
                title: "\(version) is \(Quantity.plural(behind, "release")) behind \(newest)", objects: [.cluster],
                impact: Impact(0, .none, "\(Quantity.plural(behind, "release")) behind"), confidence: .high,
                summary:
                    "The server lacks the security and data fixes of \(Quantity.plural(behind, "release")): it runs "
                    + "\(version), and \(newest) was out on \(PostgresRelease.tableDate).",
                evidence: [
                    Evidence("version", "version", .text("\(version)")),
                    Evidence("latest", "latest known", .text("\(newest) (\(PostgresRelease.tableDate))")),
                ],
                notIf: "the vendor puts the fixes into its own releases under the old number",
                actions: [
                    Action(
                        .fix, "update to the latest \(version.major) and restart",
                        steps: [
                            "Read the release notes between, above all the part \"Migration to Version\": some ask for a "
                                + "REINDEX.",
                            "Standbys first, then the primary: install the packages, restart.",
                        ],
                        lock: LockNote("none", "all sessions end with the restart, some seconds"),
                        gain: Gain("known holes and corruption bugs closed", .ruleOfThumb),
                        verify: "SELECT pg_catalog.version();",
                        undo: "install the packages of \(version) again and restart")
                ])
        ])
    }

    static let examples: [RuleExample] = [
        .fires("two years without an update", on: "cluster") { $0.server.version = ServerVersion(150005) },
        .fires("one release", on: "cluster") { $0.server.version = ServerVersion(170010) },
        .silent("newer than the table") { $0.server.version = ServerVersion(180009) },
        .silent("a major that the table does not know") { $0.server.version = ServerVersion(190001) },
    ]
}
