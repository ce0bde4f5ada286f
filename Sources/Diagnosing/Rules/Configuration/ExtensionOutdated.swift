import Model

/// An extension's SQL is older than its files, or its files are gone.
struct ExtensionOutdated: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.extension-outdated",
        title: "Extension older than its files",
        area: .configuration,
        needs: [.relations],
        looksAt:
            "pg_extension against the default version of the control files on the server (pg_available_extensions), in each "
            + "database that was read",
        why:
            "A package or a new server brings a new library and new files; the SQL part of an extension stays as it was created until "
            + "ALTER EXTENSION … UPDATE. New columns and corrected functions are missing until then, though everybody believes them "
            + "there. Without files the extension's functions fail, and no dump of the database can be restored here.",
        limits:
            "The default version need not be the newest that has files, and may be older on purpose. Other databases than those read "
            + "are not seen. Without an update path the extension has to be made anew.",
        thresholds: [],
        references: [
            "https://www.postgresql.org/docs/current/sql-alterextension.html",
            "https://www.postgresql.org/docs/current/view-pg-available-extensions.html",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        let catalogs = observation.snapshot.catalogs
        guard catalogs.contains(where: { !$0.extensions.isEmpty }) else { return .absent }
        return .findings(
            catalogs.flatMap { catalog in
                catalog.extensions.filter { $0.availableVersion != $0.version }.map {
                    finding($0, catalog, observation)
                }
            })
    }

    private func finding(_ found: Extension, _ catalog: DatabaseCatalog, _ observation: Observation) -> Finding {
        let name = found.name
        let isGone = found.availableVersion == nil
        let files = found.availableVersion ?? "none"
        let isOlder = !isGone && Self.isBefore(files, found.version)
        let title =
            isGone
            ? "the files of extension \(name) are gone"
            : "extension \(name) is \(found.version), its files are \(files)"
        let effect =
            isGone
            ? "Functions of \(name) fail and a dump of \(catalog.database) cannot be restored here: the server has no files for it."
            : isOlder
                ? "Functions of \(name) may fail: its SQL is version \(found.version), the server's files are older (\(files))."
                : "What came with \(name) \(files) is missing in \(catalog.database): its SQL is still version \(found.version)."
        return Finding(
            Self.metadata, severity: isGone || isOlder ? .warning : .notice, tier: .fix, title: title,
            objects: [ObjectReference(.extension, name, in: catalog.database)],
            impact: isGone || isOlder ? Impact(1, .risk, "functions fail") : .none, confidence: .high, summary: effect,
            evidence: [
                Evidence("version", "version in the database", .text(found.version)),
                Evidence("availableVersion", "version of the files", .text(files)),
            ],
            notIf: isGone || isOlder
                ? "another server of the cluster has them, and this one is being set up"
                : "the older version is kept on purpose",
            actions: [action(found, catalog, isMissing: isGone || isOlder, observation)])
    }

    private func action(
        _ found: Extension, _ catalog: DatabaseCatalog, isMissing: Bool, _ observation: Observation
    ) -> Action {
        let verify =
            "SELECT extname, extversion FROM pg_catalog.pg_extension WHERE extname = \(SQL.literal(found.name));"
        guard !isMissing else {
            return Action(
                .fix, "install the package of the extension again",
                steps: [
                    "The package for PostgreSQL \(observation.snapshot.server.version.major), on this machine and on its standbys."
                ],
                lock: LockNote.none, gain: Gain("its functions work", .ruleOfThumb), verify: verify)
        }
        let paths =
            "SELECT path FROM pg_catalog.pg_extension_update_paths(\(SQL.literal(found.name))) WHERE source = "
            + "\(SQL.literal(found.version)) AND target = \(SQL.literal(found.availableVersion ?? ""));"
        let primary = observation.snapshot.server.isInRecovery ? ["Run it on the primary: this is a standby."] : []
        return Action(
            .fix, "update the extension in database \(catalog.database)",
            sql: ["ALTER EXTENSION \(SQL.identifier(found.name)) UPDATE;"],
            steps: primary + [
                "In database \(catalog.database), as the extension's owner. See first that there is a path: \(paths)",
                "Views and functions of yours that use the extension: the update fails where they stand in its way.",
            ],
            lock: LockNote("ACCESS EXCLUSIVE on the extension's own objects", "an instant, for those who use them"),
            gain: Gain("the extension is what its files are", .byDefinition), verify: verify,
            undo:
                "ALTER EXTENSION \(SQL.identifier(found.name)) UPDATE TO \(SQL.literal(found.version)); -- where it has a script for "
                + "the way back; most have none",
            caution: "read the extension's change log first: columns of its views may have new names")
    }

    /// `1.9` before `1.10`: by the numbers between the dots; no order between others.
    private static func isBefore(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.split(separator: ".").map { Int($0) }, right.split(separator: ".").map { Int($0) })
        guard left.allSatisfy({ $0 != nil }), right.allSatisfy({ $0 != nil }) else { return false }
        return left.compactMap(\.self).lexicographicallyPrecedes(right.compactMap(\.self))
    }

    static let examples: [RuleExample] = [
        .fires("after an upgrade of the server", on: "pg_stat_statements") { $0.addExtension("1.9", files: "1.10") },
        .fires("the package was removed", on: "pg_stat_statements") { $0.addExtension("1.9", files: nil) },
        .fires("moved to a server with older files", on: "pg_stat_statements") {
            $0.addExtension("1.10", files: "1.9")
        },
        .silent("as its files") { $0.addExtension("1.10", files: "1.10") },
        .silent("no extension") { _ in },
    ]
}

extension Snapshot {
    fileprivate mutating func addExtension(_ version: String, files: String?) {
        catalogs[0].extensions = [
            .make {
                $0.name = "pg_stat_statements"
                $0.schema = "public"
                $0.version = version
                $0.availableVersion = files
            }
        ]
    }
}
