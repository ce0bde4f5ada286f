import Foundation
import History
import HistorySQLite
import TestKit
import Testing

/// What happens to the file of a history: crashes, full disks, foreign files, others who hold it.
@Suite struct SQLiteFileTests {
    private func error(_ path: String, readOnly: Bool = false, busySeconds: Double = 5) -> HistoryError? {
        do {
            _ = try SQLiteHistory(path: path, readOnly: readOnly, busySeconds: busySeconds)
            return nil
        } catch {
            return error
        }
    }

    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func fileLogAndFolderAreTheOwnersAlone() async throws {
        try await withFolder { folder in
            let path = folder + "/a/b/history.db"
            let store = try SQLiteHistory(path: path)
            try await store.write { try $0.addDocument("a") }
            for file in [path, path + "-wal", path + "-shm"] { #expect(try mode(file) == 0o600) }
            for made in ["/a", "/a/b"] { #expect(try mode(folder + made) == 0o700) }
            #expect(try await store.check() == [])
            await store.close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/a/b") == ["history.db"])
        }
    }

    @Test func whatIsNoHistoryIsRefusedAndLeftAsItIs() async throws {
        try await withFolder { folder in
            #expect(error(folder)?.reason.contains("folder") == true)
            #expect(error("")?.kind == .unusable)
            #expect(error("/dev/null")?.reason.contains("no ordinary file") == true)
            #expect(error(folder + "/none", readOnly: true)?.reason.contains("none yet") == true)
            #expect(error("/proc/none/history.db")?.reason.contains("cannot be made") == true)
            // Made empty by mktemp: becomes one.
            try Data().write(to: URL(fileURLWithPath: folder + "/empty"))
            #expect(error(folder + "/empty", readOnly: true)?.reason.contains("empty") == true)
            #expect(error(folder + "/empty") == nil)
            // Begun, and killed before its first step.
            await (try SQLiteHistory(path: folder + "/begun", steps: [])).close()
            #expect(error(folder + "/begun", readOnly: true)?.reason == "it is empty")
            #expect(error(folder + "/begun") == nil)
            let foreign = folder + "/foreign"
            try await StorePlace(kind: .sqlite, address: foreign).withStore { store in
                _ = try await store.write { try $0.run("PRAGMA application_id = 1", []) }
            }
            try Data("kind: no database\n".utf8).write(to: URL(fileURLWithPath: folder + "/text"))
            try Data((0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 31) }).write(
                to: URL(fileURLWithPath: folder + "/bytes"))
            for name in ["foreign", "text", "bytes"] {
                let before = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
                for readOnly in [false, true] {
                    let error = error("\(folder)/\(name)", readOnly: readOnly)
                    #expect(error?.kind == .unusable)
                    #expect(error?.reason.contains("no history of pgmedic") == true)
                }
                #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")) == before)
            }
        }
    }

    /// As after a crash or a power cut at any moment: a log that ends, or is spoilt, anywhere.
    @Test func aLogCutAnywhereHoldsThatManyWholeTransactions() async throws {
        try await withFolder { folder in
            let path = folder + "/history.db"
            let store = try SQLiteHistory(path: path)
            // Each transaction: a document and its count, which must never differ.
            for number in 1...30 {
                try await store.write { connection in
                    try connection.addDocument(
                        "\(1000 + number)", [UInt8](repeating: UInt8(number), count: number * 300))
                    try connection.run(
                        """
                        INSERT INTO leases (target, holder, until) VALUES ('count', '', $1)
                        ON CONFLICT (target) DO UPDATE SET until = excluded.until
                        """, [.integer(Int64(number))])
                }
            }
            let file = try Data(contentsOf: URL(fileURLWithPath: path))
            let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
            await store.close()
            var generator = SeededGenerator(seed: 8)
            var counts: Set<Int64> = []
            for round in 0..<36 {
                var cut = log
                if round % 3 == 2 {
                    cut[Int.random(in: 0..<log.count, using: &generator)] ^= 0x55
                } else {
                    cut = log.prefix(round == 0 ? log.count : Int.random(in: 0..<log.count, using: &generator))
                }
                let copy = "\(folder)/copy-\(round)"
                try file.write(to: URL(fileURLWithPath: copy))
                try cut.write(to: URL(fileURLWithPath: copy + "-wal"))
                let again = try SQLiteHistory(path: copy)
                #expect(try await again.check() == [])
                let (count, kept) = try await again.read { connection in
                    (
                        try connection.numbers("SELECT until FROM leases WHERE target = 'count'").first ?? 0,
                        try connection.texts("SELECT hash FROM documents ORDER BY 1")
                    )
                }
                #expect(kept == (1..<1 + (count ?? 0)).map { "\(1000 + $0)" })
                counts.insert(count ?? 0)
                await again.close()
            }
            #expect(counts.contains(30))
            #expect(counts.count > 5)
        }
    }

    @Test func anotherWhoHoldsItTooLongIsTold() async throws {
        try await withFolder { folder in
            let path = folder + "/history.db"
            let (one, other) = (try SQLiteHistory(path: path), try SQLiteHistory(path: path, busySeconds: 0.05))
            let (holds, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            async let held: Void = one.write { connection in
                try connection.addDocument("one")
                holds.signal()
                mayEnd.wait()
            }
            await onThread { holds.wait() }
            let error = try await historyError { try await other.write { try $0.addDocument("other") } }
            // Readers do not wait, and a further one opens it.
            #expect(try await other.documents() == [])
            #expect(self.error(path, busySeconds: 0.05) == nil)
            mayEnd.signal()
            try await held
            #expect(error?.kind == .busy)
            #expect(error?.reason.contains("0.05 s") == true)
            #expect(try await other.documents() == ["one"])
            await one.close()
            await other.close()
        }
    }

    @Test func aSpoiltPageIsFound() async throws {
        try await withFolder { folder in
            let path = folder + "/history.db"
            try await StorePlace(kind: .sqlite, address: path).withStore { store in
                try await store.write { connection in
                    for number in 0..<400 { try connection.addDocument("\(number)", [UInt8](repeating: 1, count: 700)) }
                }
            }
            var content = try Data(contentsOf: URL(fileURLWithPath: path))
            for start in stride(from: 30 * 4096, to: content.count - 4096, by: 8 * 4096) {
                content.replaceSubrange(start..<start + 4096, with: Data(repeating: 0xA5, count: 4096))
            }
            try content.write(to: URL(fileURLWithPath: path))
            let store = try SQLiteHistory(path: path)
            #expect(try await !store.check().isEmpty)
            let error = try await historyError {
                _ = try await store.read { try $0.numbers("SELECT sum(length(body)) FROM documents") }
            }
            #expect(error?.kind == .unusable)
            #expect(error?.reason.contains(".recover") == true)
            #expect(error?.reason.contains("SELECT") == false)
            await store.close()
        }
    }

    /// Root may mount one; elsewhere these pass over.
    private func withSmallFileSystem(_ body: (String) async throws -> Void) async throws {
        try await withFolder { folder in
            let mount = try await Command("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).run()
            guard mount.status == 0 else { return }
            let result: Result<Void, any Error>
            do { result = .success(try await body(folder)) } catch { result = .failure(error) }
            try await Command("/bin/umount", [folder]).check()
            try result.get()
        }
    }

    @Test func aFullDiskIsToldAndCostsNothingThatWasKept() async throws {
        try await withSmallFileSystem { folder in
            let store = try SQLiteHistory(path: folder + "/history.db")
            var kept = 0
            var error: HistoryError?
            while error == nil, kept < 100 {
                let name = "\(100 + kept)"
                error = try await historyError {
                    try await store.write { try $0.addDocument(name, [UInt8](repeating: 1, count: 20_000)) }
                }
                if error == nil { kept += 1 }
            }
            #expect(error?.kind == .failed)
            #expect(error?.reason.contains("full") == true)
            #expect(kept > 3)
            let expected = (0..<kept).map { "\(100 + $0)" }
            #expect(try await store.documents() == expected)
            #expect(try await store.check() == [])
            await store.close()
            #expect(self.error(folder + "/history.db", readOnly: true) == nil)
            // And a file that cannot even begin.
            _ = try await Command("/bin/sh", ["-c", "head -c 2000000 /dev/zero > '\(folder)/filler'"]).run()
            let another = self.error(folder + "/another.db")
            #expect(another?.reason.contains("full") == true)
        }
    }

    @Test func aReadOnlyFileSystemIsTold() async throws {
        try await withSmallFileSystem { folder in
            let path = folder + "/history.db"
            try await StorePlace(kind: .sqlite, address: path).withStore { store in
                try await store.write { try $0.addDocument("a") }
            }
            try await Command("/bin/mount", ["-o", "remount,ro", folder]).check()
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let error = self.error(path)
            #expect(error?.kind == .unusable)
            #expect(error?.reason.contains("Read-only") == true)
            #expect(self.error(path, readOnly: true)?.reason.contains("folder") == true)
            #expect(self.error(folder + "/new/history.db")?.reason.contains("Read-only") == true)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test func roomIsGivenBack() async throws {
        try await withFolder { folder in
            let path = folder + "/history.db"
            let store = try SQLiteHistory(path: path)
            try await store.write { try $0.addDocument("a", [UInt8](repeating: 1, count: 1_000_000)) }
            try await store.write { _ = try $0.run("DELETE FROM documents", []) }
            try await store.reclaim()
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(try #require(size) < 300_000)
            await store.close()
        }
    }
}
