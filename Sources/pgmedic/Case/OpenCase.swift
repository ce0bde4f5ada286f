import ArgumentParser
import CaseFile
import Foundation
import Model
import Reporting

struct OpenCase: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Verifies a case of `pgmedic escalate`, lists it, and extracts it safely.",
        discussion: """
            Nothing is extracted or believed before all of it was verified: structure, names, sizes and checksums. \
            Compare the checksum with the sender's by another way: it stands for the whole file.

            Examples:
              pgmedic open case-shop-20261126T1405Z.pgmedic
              pgmedic open case.pgmedic --extract case
              pgmedic diagnose --from case.pgmedic
            """)

    @Argument(help: ArgumentHelp("The case file, or the folder of an extracted one.", valueName: "file"))
    var path: String
    @Option(help: ArgumentHelp("Extract into this folder, which must be new or empty.", valueName: "folder"))
    var extract: String?
    @Flag(help: "Extract though there is something; that is kept beside, under another name.")
    var force = false
    @Option(help: "Format of what is printed.")
    var format = Format.terminal

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case terminal, json
    }

    func validate() throws {
        if force && extract == nil { throw ValidationError("--force goes with --extract") }
    }

    func run() throws {
        let file = try CaseReading.open(path)
        if format == .json { Console.print(try Self.json(file)) } else { Console.print(text(file)) }
        guard let extract else { return }
        let former = try Failure.unusable { try file.extract(to: extract, isForced: force) }
        if let former { Console.note("what was there is now \(former)") }
        Console.note("extracted into \(extract): begin with summary.html")
    }

    private func text(_ file: CaseFile) -> String {
        let manifest = file.manifest
        var lines = [
            "\(manifest.ticket.map { $0 + ": " } ?? "")\(manifest.target), \(Moments.plain(manifest.madeAt)), pgmedic \(manifest.version)",
            "verified; checksum \(file.shortChecksum); redacted: \(manifest.redaction)", "",
        ]
        let width = manifest.entries.map(\.name.count).max() ?? 0
        for entry in manifest.entries {
            let name = entry.name.padding(toLength: width, withPad: " ", startingAt: 0)
            let size = Quantity.bytes(Int64(entry.size))
            lines.append("  \(name)  \(String(repeating: " ", count: max(0, 8 - size.count)))\(size)  \(entry.about)")
        }
        for omission in manifest.leftOut { lines.append("  left out: \(omission.name): \(omission.why)") }
        return lines.map(Visible.line).joined(separator: "\n") + "\n"
    }

    private static func json(_ file: CaseFile) throws -> String {
        struct Listing: Encodable {
            var format = "pgmedic.case/1"
            var path: String
            var checksum: String
            var manifest: CaseManifest
        }
        return try Console.json(Listing(path: file.path, checksum: file.checksum, manifest: file.manifest))
    }
}
