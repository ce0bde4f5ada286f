import ArgumentParser
import CaseFile
import Foundation
import Model
import Redacting
import Reporting

struct RedactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redact",
        abstract: "Lists what could still be read in a case, a snapshot or a text; takes values out of a text.",
        discussion: """
            --check looks for what has the form of users' data (addresses, card numbers, tokens, quoted values) and for \
            the names that this mode of redaction keeps. What has no form, such as a first name in a comment of \
            somebody's, no program finds: read what you attach. Exit code 1: something but names was found.

            Examples:
              pgmedic redact --check case.pgmedic
              pgmedic redact postgresql.log > postgresql.redacted.log
            """)

    @Argument(help: ArgumentHelp("A case, a snapshot, or a text; - reads stdin.", valueName: "file"))
    var path: String
    @Flag(help: "List what can be read, and change nothing.")
    var check = false
    @Option(help: "Format of the list.")
    var format = Format.terminal

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case terminal, json
    }

    func run() throws {
        guard check else {
            guard path == "-" || !CaseFile.looksLikeOne(path) else {
                throw Failure(.unusable, "a case is redacted when it is made: give --check to see what is in it")
            }
            return Console.print(AttachedText.redacted(try InputFile(path: path).text()))
        }
        let (entries, names) = try readable()
        let found = ReadableText.findings(in: entries, names: names)
        Console.print(try format == .json ? Self.json(found) : Self.text(found, entries.count))
        if found.contains(where: { $0.kind != .name }) { throw ExitCode(Ending.severityReached.rawValue) }
    }

    /// All texts of the file, and the names that its mode keeps.
    private func readable() throws -> (entries: [ReadableText.Entry], names: Set<String>) {
        if path != "-", CaseFile.looksLikeOne(path) {
            let file = try CaseReading.open(path)
            let entries = try Failure.unusable {
                try file.manifest.entries.compactMap { entry in
                    // Styles and scripts of pages are ours, and the same text stands in the Markdown.
                    try String(data: file.unpacked(entry.name), encoding: .utf8).map {
                        ReadableText.Entry(name: entry.name, text: $0)
                    }
                }
            }
            let snapshot = try CaseReading.snapshots(of: file).snapshot
            return (entries, try Self.names(snapshot))
        }
        let data = try Failure.unusable { try InputFile(path: path).data(limit: SnapshotFile.sizeLimit) }
        if let snapshot = try? SnapshotFile.decode(data) {
            let plain =
                Gzip.isCompressed(data) ? (try? Gzip.decompress(data, limit: SnapshotFile.sizeLimit)) ?? data : data
            return ([.init(name: path, text: String(decoding: plain, as: UTF8.self))], try Self.names(snapshot))
        }
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw Failure(.unusable, "\(path): it is neither a case nor a snapshot nor a text in UTF-8")
        }
        return ([.init(name: path, text: text)], [])
    }

    private static func names(_ snapshot: Snapshot) throws -> Set<String> {
        try Failure.unusable {
            try NamePseudonyms.names(in: snapshot).filter { $0.key != .client }.values.reduce(into: []) {
                $0.formUnion($1)
            }
        }
    }

    private static func text(_ found: [ReadableText.Finding], _ entries: Int) -> String {
        guard !found.isEmpty else {
            return
                "Nothing that has the form of users' data can be read in \(Quantity.plural(entries, "entry", "entries")).\n"
        }
        let lines = found.map { one in
            let kind = one.kind.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
            return "\(kind) \(one.sample)  \(one.entry) \(one.place)" + (one.count > 1 ? ", \(one.count) times" : "")
        }
        let data = found.count { $0.kind != .name }
        let sum = "\(Quantity.plural(data, "value")) and \(Quantity.plural(found.count - data, "name")) can be read"
        return (lines + [sum]).map(Visible.line).joined(separator: "\n") + "\n"
    }

    private static func json(_ found: [ReadableText.Finding]) throws -> String {
        struct Listing: Encodable {
            var format = "pgmedic.readable/1"
            var readable: [ReadableText.Finding]
        }
        return try Console.json(Listing(readable: found))
    }
}
