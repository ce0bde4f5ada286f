import Foundation
import Model

/// Extensions whose functions reach beyond the database.
struct HostReachingExtension: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.host-reaching-extension",
        title: "Extension that reaches the machine or other servers",
        area: .exposure,
        needs: [.relations],
        looksAt:
            "pg_extension of the databases that were read: languages without a sandbox, file_fdw, adminpack, dblink; superusers and rights are not weighed",
        why:
            "A function in a language without a sandbox can do on the machine what the server's user can; file_fdw and adminpack read or write its files; dblink opens "
            + "connections from the server, which pg_hba.conf may trust as local. Where nobody uses them any more they are only doors.",
        limits:
            "Only superusers create functions in such languages, and the extensions' own functions are mostly for superusers: a notice, to be looked at once. Not told on a database's word whether it is used.",
        references: [
            "https://www.postgresql.org/docs/current/xplang-install.html",
            "https://www.postgresql.org/docs/current/file-fdw.html",
            "https://www.postgresql.org/docs/current/contrib-dblink-connect.html",
        ])

    private static let reaches: [String: String] = [
        "plpython3u": "runs Python as the server's user", "plpython2u": "runs Python as the server's user",
        "plpythonu": "runs Python as the server's user",
        "plperlu": "runs Perl as the server's user", "pltclu": "runs Tcl as the server's user",
        "plsh": "runs shell scripts as the server's user",
        "file_fdw": "reads files of the machine", "adminpack": "writes files of the machine",
        "dblink": "opens connections from the server",
    ]

    func evaluate(_ observation: Observation) -> Outcome {
        // Every database has plpgsql, unless somebody dropped it.
        guard observation.snapshot.catalogs.contains(where: { !$0.extensions.isEmpty }) else {
            return .inconclusive("extensions were not read")
        }
        return .findings(
            observation.snapshot.catalogs.compactMap { catalog in
                let found = catalog.extensions.filter { Self.reaches[$0.name] != nil }.sorted { $0.name < $1.name }
                return found.isEmpty ? nil : finding(found, catalog)
            })
    }

    private func finding(_ found: [Extension], _ catalog: DatabaseCatalog) -> Finding {
        let names = found.map(\.name)
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title:
                "\(names.joined(separator: ", ")) in \(catalog.database) reach\(names.count == 1 ? "es" : "") beyond the database",
            objects: names.map { ObjectReference(.extension, $0, in: catalog.database) },
            impact: Impact(0.02, .risk, "reaches the machine"),
            confidence: .high,
            summary: names.map { "\($0) \(Self.reaches[$0]!)" }.joined(separator: "; ") + ".",
            evidence: found.map { Evidence("extension", $0.name, .text("\($0.version) in schema \($0.schema)")) },
            notIf: "functions or foreign tables that are in use need them",
            actions: [
                Action(
                    .fix, "drop what nobody uses", sql: names.map { "DROP EXTENSION \(SQL.identifier($0));" },
                    steps: [
                        "DROP EXTENSION without CASCADE fails while a function or foreign table needs it: what it names is in use."
                    ],
                    lock: LockNote("ACCESS EXCLUSIVE", "of the extension's own objects, an instant"),
                    gain: Gain("a door less", .ruleOfThumb),
                    verify: "\\dx in psql",
                    undo: found.map {
                        "CREATE EXTENSION \(SQL.identifier($0.name)) SCHEMA \(SQL.identifier($0.schema));"
                    }.joined(separator: " "),
                    caution: "functions of the application that call dblink by text are not noticed by it")
            ])
    }

    static let examples: [RuleExample] = [
        .fires("Python without a sandbox", on: "plpython3u") { $0.addExtension("plpython3u") },
        .fires("files as tables", on: "file_fdw") { $0.addExtension("file_fdw") },
        .silent("what stays inside the database") { $0.addExtension("pg_trgm") },
        .silent("none") { _ in },
        .inconclusive("extensions were not read") { $0.catalogs[0].extensions = [] },
    ]
}

extension Snapshot {
    fileprivate mutating func addExtension(_ name: String) {
        catalogs[0].extensions.append(
            .make {
                $0.name = name
                $0.schema = "public"
                $0.version = "1.0"
            })
    }
}
