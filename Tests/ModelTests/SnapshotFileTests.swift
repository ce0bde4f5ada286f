import Foundation
import Testing

@testable import Model

@Suite struct SnapshotFileTests {
    private func temporary(_ name: String) -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pgmedic-\(UUID().uuidString)")
        try! FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.appendingPathComponent(name).path
    }

    private var snapshot: Snapshot {
        .make {
            $0.server.database = "shop \u{202E}\"quoted\"\n"
            $0.takenAt = Date(timeIntervalSince1970: 1_772_615_647.25)
            $0.statementStatistics = .make {
                $0.statements = [.make { $0.queryID = .min }, .make { $0.counters.executionTime = 0.1 + 0.2 }]
            }
        }
    }

    @Test(arguments: ["snap.json", "snap.json.gz"])
    func whatIsWrittenIsReadBack(name: String) throws {
        let path = temporary(name)
        try SnapshotFile.write(snapshot, to: path)
        #expect(try SnapshotFile.read(path) == snapshot)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aTruncatedFileIsRefused() throws {
        let path = temporary("snap.json.gz")
        try SnapshotFile.write(snapshot, to: path)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in [1, 2, 12, whole.count / 2, whole.count - 1] {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            #expect(throws: SnapshotFile.ReadError.self) { try SnapshotFile.read(path) }
        }
    }

    @Test(arguments: ["", "hello", "{}", "{\"format\": 99}", "[1,2]", "{\"format\": 1}"])
    func aForeignFileIsRefused(text: String) throws {
        let path = temporary("snap.json")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: SnapshotFile.ReadError.self) { try SnapshotFile.read(path) }
    }

    @Test func aNewerFormatSaysSo() throws {
        let path = temporary("snap.json")
        try Data("{\"format\": 99}".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: SnapshotFile.ReadError.self) { try SnapshotFile.read(path) }
        #expect(error?.description.contains("newer") == true)
    }

    @Test func aFailedWriteLeavesTheOldFile() throws {
        let path = temporary("report.html")
        try AtomicFile.write(Data("good".utf8), to: path)
        #expect(throws: AtomicFile.WriteError.self) { try AtomicFile.write(Data("x".utf8), to: path + "/below") }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "good")
        try AtomicFile.write(Data("better".utf8), to: path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "better")
        let folder = (path as NSString).deletingLastPathComponent
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["report.html"])
    }
}
