import Foundation
import History
import TestKit
import Testing

/// What both kinds of store promise.
@Suite struct StoreTests {
    private static let numbers: [Int64?] = [nil, .min, .min + 1, -1, 0, 1, 255, 256, .max]
    private static let texts: [String?] = [
        nil, "", "'; DROP TABLE documents; --", "ä\u{1F600}\u{202E}e\u{301}\u{FFFD}", "\u{1}\n\t\\x00",
        String(repeating: "0123456789", count: 20_000),
    ]
    private static let blobs: [[UInt8]?] = [
        nil, [], [0], Array(0...255), (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) },
    ]

    @Test(arguments: StoreKind.allCases)
    func eachValueComesBackAsItWas(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.write { connection in
                try connection.run(
                    "CREATE TABLE kept (place bigint PRIMARY KEY, number bigint, words text, content \(kind.bytes))", []
                )
                for place in 0..<9 {
                    let content = Self.blobs[place % Self.blobs.count].map(HistoryValue.bytes) ?? .null
                    try connection.run(
                        "INSERT INTO kept VALUES ($1, $2, $3, $4)",
                        [
                            .integer(Int64(place)), HistoryValue(Self.numbers[place]),
                            HistoryValue(Self.texts[place % Self.texts.count]), content,
                        ])
                }
            }
            try await store.read { connection in
                var place = 0
                try connection.rows("SELECT number, words, content FROM kept ORDER BY place", []) { row in
                    let (number, words, content) = (try row.integer(0), try row.text(1), try row.bytes(2))
                    #expect(number == Self.numbers[place])
                    #expect(words == Self.texts[place % Self.texts.count])
                    #expect(content == Self.blobs[place % Self.blobs.count])
                    place += 1
                }
                #expect(place == 9)
                #expect(try connection.numbers("SELECT count(*) FROM kept WHERE number IS NULL") == [1])
                #expect(try connection.numbers("SELECT sum(number) FROM kept WHERE place IN (3, 6, 7)") == [510])
                #expect(try connection.numbers("SELECT sum(number) FROM kept WHERE place IN (1)") == [.min])
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aValueOfAnotherTypeOrAColumnThatIsNotThereIsAnError(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.write { try $0.addDocument("a") }
            for wrong: @Sendable (any HistoryRow) throws -> Void in [
                { _ = try $0.integer(0) }, { _ = try $0.bytes(0) }, { _ = try $0.text(1) }, { _ = try $0.text(2) },
                { _ = try $0.integer(-1) },
            ] {
                let error = try await historyError {
                    try await store.read { try $0.rows("SELECT hash, body FROM documents", [], wrong) }
                }
                #expect(error?.reason.contains("column") == true)
            }
            let error = try await historyError { try await store.write { try $0.addDocument("a\0b") } }
            #expect(error?.reason.contains("NUL") == true)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func writtenRowsAreCounted(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let counts: [Int] = try await store.write { connection in
                [
                    try connection.run(
                        "INSERT INTO documents VALUES ($1, $2), ($3, $2), ('c', $2)",
                        [.text("a"), .bytes([1]), .text("b")]),
                    try connection.run("INSERT INTO documents VALUES ('a', $1) ON CONFLICT DO NOTHING", [.bytes([])]),
                    try connection.run(
                        """
                        INSERT INTO documents VALUES ('a', $1)
                        ON CONFLICT (hash) DO UPDATE SET body = excluded.body WHERE documents.hash = 'other'
                        """, [.bytes([])]),
                    try connection.run("UPDATE documents SET body = $1 WHERE hash < 'c'", [.bytes([2])]),
                    try connection.run("DELETE FROM documents WHERE hash = 'none'", []),
                    try connection.run("DELETE FROM documents", []),
                ]
            }
            #expect(counts == [3, 0, 0, 2, 0, 3])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aTransactionThatFailsLeavesNothing(_ kind: StoreKind) async throws {
        struct Own: Error {}
        try await kind.withStore { store in
            try await store.write { try $0.addDocument("before") }
            await #expect(throws: Own.self) {
                try await store.write { connection in
                    try connection.addDocument("within")
                    try connection.run("DELETE FROM documents WHERE hash = 'before'", [])
                    throw Own()
                }
            }
            // A statement that failed ends it all, also when the error is dropped.
            let error = try await historyError {
                try await store.write { connection in
                    try connection.addDocument("within")
                    _ = try? connection.run("INSERT INTO documents VALUES ('null', $1)", [.null])
                }
            }
            #expect(error != nil)
            #expect(error?.description.contains("INSERT") == false)
            #expect(try await store.documents() == ["before"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aReadingMayEndEarlyAndHoldAnother(_ kind: StoreKind) async throws {
        struct Enough: Error {}
        try await kind.withStore { store in
            let read: [String] = try await store.write { connection in
                for number in 10..<20 { try connection.addDocument("\(number)", [UInt8](repeating: 7, count: 10_000)) }
                let all = "SELECT hash FROM documents ORDER BY 1"
                #expect(throws: Enough.self) { try connection.rows(all, []) { _ in throw Enough() } }
                var read: [String] = []
                try connection.rows(all, []) { row in
                    let outer = try row.text(0) ?? ""
                    guard outer < "12" else { return read.append(outer) }
                    try connection.rows(all, []) { read.append("\(outer)-\(try $0.text(0) ?? "")") }
                    try connection.run("UPDATE documents SET body = $1 WHERE hash = '19'", [.bytes([])])
                    #expect(throws: Enough.self) { try connection.rows(all, []) { _ in throw Enough() } }
                }
                return read
            }
            let inner = (10..<12).flatMap { outer in (10..<20).map { "\(outer)-\($0)" } }
            #expect(read == inner + (12..<20).map(String.init))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aReadingSeesOneMoment(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let (reader, writer) = (try await place.open(), try await place.open())
            let (hasBegun, hasWritten) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            try await writer.write { try $0.addDocument("a") }
            async let counts = reader.read { connection in
                let before = try connection.numbers("SELECT count(*) FROM documents")
                hasBegun.signal()
                hasWritten.wait()
                return before + (try connection.numbers("SELECT count(*) FROM documents"))
            }
            await onThread { hasBegun.wait() }
            try await writer.write { try $0.addDocument("b") }
            hasWritten.signal()
            #expect(try await counts == [1, 1])
            #expect(try await reader.documents() == ["a", "b"])
            await reader.close()
            await writer.close()
        }
    }

    @Test(arguments: StoreKind.allCases)
    func twoWritersLoseNothing(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            // Both at once on an empty place: one makes the tables.
            async let left = place.open()
            async let right = place.open()
            let stores = [try await left, try await right]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask { try await stores[number % 2].write { try $0.addDocument("\(100 + number)") } }
                }
                try await group.waitForAll()
            }
            #expect(try await stores[0].documents() == (100..<140).map(String.init))
            for store in stores { await store.close() }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aLeaseIsOneHoldersUntilItEnds(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let (one, other) = (try await place.open(), try await place.open())
            #expect(try await one.lease("shop", holder: "one", seconds: 600))
            #expect(try await !other.lease("shop", holder: "other", seconds: 600))
            #expect(try await other.lease("bank", holder: "other", seconds: 600))
            #expect(try await one.lease("shop", holder: "one", seconds: 600))
            // Not the holder's: stays.
            try await other.release("shop", holder: "other")
            #expect(try await !other.lease("shop", holder: "other", seconds: 600))
            try await one.release("shop", holder: "one")
            #expect(try await other.lease("shop", holder: "other", seconds: 0))
            // Ended at once.
            #expect(try await one.lease("shop", holder: "one", seconds: 600))
            #expect(try await !other.lease("shop", holder: "other", seconds: 600))
            await one.close()
            await other.close()
        }
    }

    @Test(arguments: StoreKind.allCases)
    func ofManyWhoWantALeaseOneGetsIt(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let stores = [try await place.open(), try await place.open()]
            let won = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<12 {
                    group.addTask { try await stores[number % 2].lease("shop", holder: "\(number)", seconds: 600) }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == 1)
            for store in stores { await store.close() }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whatWasKeptIsThereWhenItIsOpenedAgain(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let early = try await historyError { await (try place.open(readOnly: true)).close() }
            #expect(early?.kind == .unusable)
            try await place.withStore { store in
                try await store.prepare(forMilliseconds: 1_772_582_400_000)
                try await store.write { connection in
                    try connection.addDocument("a", [1, 2])
                    try connection.run(
                        "INSERT INTO changes (target, at, hash, body) VALUES (1, $1, 'h', $2)",
                        [.integer(1_772_582_400_000), .bytes([3])])
                }
            }
            #expect(try await place.withStore { try await $0.documents() } == ["a"])
            let reader = try await place.open(readOnly: true)
            #expect(try await reader.read { try $0.numbers("SELECT at FROM changes") } == [1_772_582_400_000])
            let error = try await historyError { try await reader.write { try $0.addDocument("b") } }
            #expect(error?.reason.contains("reading only") == true)
            await reader.close()
            let closed = try await historyError { _ = try await reader.documents() }
            #expect(closed != nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aNewerOneIsRefusedAndLeftAsItIs(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            try await place.withStore { store in
                try await store.write { connection in
                    switch kind {
                    case .sqlite:
                        try connection.run("INSERT INTO grdb_migrations VALUES ('99')", [])
                        try connection.run("PRAGMA user_version = 99", [])
                    case .postgres: try connection.run("INSERT INTO schema_steps VALUES (99, 0)", [])
                    }
                }
            }
            let before = kind == .sqlite ? try Data(contentsOf: URL(fileURLWithPath: place.address)) : Data()
            for readOnly in [true, false] {
                let error = try await historyError { await (try place.open(readOnly: readOnly)).close() }
                #expect(error?.kind == .newer)
                #expect(error?.description.contains("99") == true)
            }
            if kind == .sqlite { #expect(try Data(contentsOf: URL(fileURLWithPath: place.address)) == before) }
        }
    }

    /// From each version that there was, and from one to the one that will be next.
    @Test(arguments: StoreKind.allCases)
    func anOlderOneIsBroughtUpToDateWithWhatItKeeps(_ kind: StoreKind) async throws {
        let next = ["ALTER TABLE documents ADD COLUMN kind bigint", "CREATE TABLE further (id bigint PRIMARY KEY)"]
        let steps = HistorySchema.steps + [next]
        for version in 1...HistorySchema.version {
            try await kind.withPlace { place in
                let old = try await place.open(steps: Array(steps.prefix(version)))
                try await old.write { try $0.addDocument("a", [1]) }
                await old.close()
                // Not by who only reads, and nothing of a step that fails half-way.
                let read = try await historyError { await (try place.open(readOnly: true, steps: steps)).close() }
                #expect(read?.kind == .unusable)
                let broken = try await historyError {
                    await (try place.open(steps: steps.dropLast() + [next + ["CREATE nonsense"]])).close()
                }
                #expect(broken != nil)
                // By two at once.
                async let left = place.open(steps: steps)
                async let right = place.open(steps: steps)
                let stores = [try await left, try await right]
                let kept = try await stores[1].read { connection in
                    try connection.texts("SELECT hash FROM documents WHERE kind IS NULL")
                        + connection.texts("SELECT 'further' FROM further")
                }
                #expect(kept == ["a"])
                #expect(try await stores[0].check() == [])
                for store in stores { await store.close() }
                let newer = try await historyError { await (try place.open()).close() }
                #expect(newer?.kind == .newer)
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func cancellingEndsATransactionAndLeavesNothing(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let hasBegun = DispatchSemaphore(value: 0)
            let endless =
                kind == .sqlite
                ? "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
                : "SELECT 1 FROM pg_sleep(50)"
            let task = Task {
                try await store.write { connection in
                    try connection.addDocument("within")
                    hasBegun.signal()
                    try connection.rows(endless, []) { _ in }
                }
            }
            await onThread { hasBegun.wait() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let left = try await store.documents()
            #expect(left == [])
        }
    }
}

/// Waits for what blocks, without holding a thread of the tasks.
func onThread(_ work: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            work()
            continuation.resume()
        }
    }
}
