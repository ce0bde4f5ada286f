import ArgumentParser
import Diagnosing
import Foundation
import Model
import Reporting

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what pgmedic can read on a server, what is missing, and the one statement to mend it.")

    @OptionGroup var target: TargetOptions

    @Option(help: "Format of what is printed.")
    var format = Rules.Format.terminal

    @Flag(help: "No progress.")
    var quiet = false

    func run() async throws {
        if target.printSql { return Console.print(SentStatements.text) }
        let snapshot = try await Visit(target, quiet: quiet).snapshot()
        Console.print(try format == .json ? json(snapshot) : text(snapshot))
        if snapshot.isIncomplete { throw ExitCode(Ending.failed.rawValue) }
    }

    private func text(_ snapshot: Snapshot) -> String {
        let server = snapshot.server
        var lines: [(String, String)] = [
            (
                "server",
                "PostgreSQL \(server.versionText), \(server.isInRecovery ? "standby" : "primary")"
                    + (ManagedService(snapshot).map { ", \($0.rawValue)" } ?? "")
            ),
            (
                "reached",
                "\(server.database) @ \(server.host):\(server.port)"
                    + (server.usesTLS ? ", TLS" : "") + (server.isThroughPooler ? ", through a pooler" : "")
            ),
            (
                "role",
                server.role
                    + (server.roleIsSuperuser
                        ? ", superuser: more than pgmedic needs; see pgmedic grant"
                        : server.roleMemberships.isEmpty
                            ? "" : ", member of " + server.roleMemberships.joined(separator: ", "))
            ),
        ]
        for catalog in snapshot.catalogs {
            for found in catalog.extensions where Self.useful.contains(found.name) {
                let newer = found.availableVersion.map { $0 == found.version ? "" : ", \($0) is available" } ?? ""
                lines.append(
                    (
                        "extension",
                        "\(found.name) \(found.version) in \(catalog.database), schema \(found.schema)\(newer)"
                    ))
            }
        }
        var missing = Set(snapshot.notes.filter(\.isTotal).map(\.evidence))
        if snapshot.waitSampling == nil { missing.insert(.waitSampling) }
        if snapshot.kernelStatements == nil { missing.insert(.kernelStatements) }
        if snapshot.bufferUsage == nil { missing.insert(.bufferUsage) }
        let read = EvidenceKind.allCases.filter { !missing.contains($0) }.map(\.rawValue)
        lines.append(
            (
                "readable",
                "\(read.count) of \(EvidenceKind.allCases.count) kinds of evidence: " + read.joined(separator: ", ")
            ))
        for (name, isRead, gain) in [
            ("pg_wait_sampling", snapshot.waitSampling != nil, "waits by statement, counted a hundred times a second"),
            ("pg_stat_kcache", snapshot.kernelStatements != nil, "CPU time and device reads by statement"),
        ] where !isRead {
            lines.append(("optional", "\(name) is not loaded and created here: it would give \(gain)"))
        }
        lines.append(
            (
                "cost",
                "\(snapshot.cost.statements) statements in \(snapshot.cost.roundTrips + snapshot.cost.probeRoundTrips) round trips, \(Quantity.milliseconds(snapshot.cost.wallTime))"
            ))
        var text = ""
        for (name, value) in lines {
            text += Paragraph.text(value, label: name, width: Console.width, indent: 12)
        }
        for note in snapshot.notes {
            let label = note.isTotal ? "missing" : "partly"
            text += "\n" + Paragraph.text(note.text, label: label, width: Console.width, indent: 12)
            if let remedy = note.remedy {
                text += Paragraph.text(remedy, label: "  mend", width: Console.width, indent: 12)
            }
        }
        if snapshot.notes.isEmpty { text += "\nNothing is missing.\n" }
        return text
    }

    private static let useful: Set<String> = [
        "pg_stat_statements", "hypopg", "pg_buffercache", "pgstattuple", "pg_wait_sampling",
        "pg_stat_kcache",
    ]

    private func json(_ snapshot: Snapshot) throws -> String {
        struct Page: Encodable {
            var server: Server
            var extensions: [Extension]
            var notes: [CollectionNote]
            var cost: CollectionCost
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let page = Page(
            server: snapshot.server, extensions: snapshot.catalogs.flatMap(\.extensions), notes: snapshot.notes,
            cost: snapshot.cost)
        return String(decoding: try encoder.encode(page), as: UTF8.self) + "\n"
    }
}
