import Foundation
import Model
import TestKit

@testable import CaseFile

/// A small case as `pgmedic escalate` would write it.
enum SampleCase {
    static let date = Date(timeIntervalSince1970: 1_772_615_647.25)

    static let contents: [(name: String, kind: CaseManifest.Kind, text: String)] = [
        ("summary.html", .summary, "<h1>Checkout is slow</h1>"),
        ("summary.md", .summary, "# Checkout is slow\n"),
        ("report.html", .report, String(repeating: "<p>orders: sequential scan</p>\n", count: 200)),
        ("report.md", .report, "orders: sequential scan\n"),
        ("report.json", .report, "{\"findings\": []}"),
        ("snapshots/before.json", .snapshot, "{\"format\": 1}"),
        ("runbooks/index.missing.md", .runbook, "---\ntier: L2\n---\n"),
        ("log.txt", .log, "12:00:01 collected\n"),
    ]

    static func writer(ticket: String? = "OPS-17") -> CaseFileWriter {
        CaseFileWriter(version: "0.1.0", madeAt: date, target: "shop", redaction: "literals", ticket: ticket)
    }

    static func filled(reversed: Bool = false) throws -> CaseFileWriter {
        var writer = writer()
        let snapshot = try Gzip.compress(Data("{\"format\": 1, \"server\": {}}".utf8))
        try writer.add(snapshot, as: "snapshot.json.gz", kind: .snapshot, about: "the snapshot", priority: .essential)
        for (name, kind, text) in reversed ? contents.reversed() : contents {
            let priority: CaseFileWriter.Priority = kind == .summary || kind == .report ? .essential : .normal
            try writer.add(Data(text.utf8), as: name, kind: kind, about: "the \(kind)", priority: priority)
        }
        return writer
    }

    static func packed() throws -> Data { try filled().packed().data }
}

/// A folder for one test.
struct Scratch: ~Copyable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/pgmedic-case-\(UUID().uuidString)"
        try AtomicFile.makeFolder(path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ content: Data) throws -> String {
        try AtomicFile.write(content, to: "\(path)/\(name)")
        return "\(path)/\(name)"
    }
}

/// VmHWM of this process, in bytes (proc(5)).
func peakMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return Int(line!.split(whereSeparator: { !$0.isNumber }).first!)! * 1024
}

func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
}
