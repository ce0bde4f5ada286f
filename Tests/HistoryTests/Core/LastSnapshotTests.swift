import Foundation
import Model
import Testing

@testable import History

/// The last snapshot goes through the store and comes back the same.
@Suite struct LastSnapshotTests {
    /// Each number another one, so that a field that is forgotten or confused is seen: also one that is added tomorrow.
    private func numbered(_ seed: Int) throws -> Statement {
        var next = seed * 1000
        func numbered(_ value: Any) -> Any {
            if let fields = value as? [String: Any] {
                return Dictionary(
                    uniqueKeysWithValues: fields.sorted { $0.key < $1.key }.map { ($0.key, numbered($0.value)) })
            }
            // Foundation's own type of a Boolean is a number too.
            guard let number = value as? NSNumber, String(cString: number.objCType) != "c" else { return value }
            next += 1
            return next
        }
        let plain = try JSONSerialization.jsonObject(with: JSONEncoder().encode(Statement()))
        let data = try JSONSerialization.data(withJSONObject: numbered(plain))
        return try JSONDecoder().decode(Statement.self, from: data)
    }

    private func snapshot() throws -> Snapshot {
        var statistics = StatementStatistics()
        statistics.statements = try (0..<40).map(numbered)
        for place in statistics.statements.indices {
            statistics.statements[place].role = place % 3 == 0 ? "app" : "batch"
            statistics.statements[place].database = "shop"
            statistics.statements[place].isTopLevel = place % 2 == 0
            statistics.statements[place].isOurs = place % 5 == 0
            statistics.statements[place].counters.executionTime = 0.1 * Double(place)
            statistics.statements[place].counters.rows = place == 3 ? .min : .max - Int64(place)
        }
        statistics.statements[1].text = "SELECT 1 -- \u{1F40C}"
        statistics.statements[1].fingerprint = "ab12"
        statistics.statements[1].searchPath = ["shop", "public"]
        statistics.statements[2].since = Date(timeIntervalSince1970: 1_772_409_600.123_4)
        statistics.statements[7].plan = .make { $0.json = "{}" }
        statistics.statements[8].planNote = "it has no generic plan"
        statistics.statements[9].variants = [.make { $0.json = "[]" }]
        statistics.statements[39].whatIf = [WhatIf()]
        return .make {
            $0.server.database = "shop"
            $0.settings = [.make { $0.name = "work_mem" }]
            $0.statementStatistics = statistics
        }
    }

    @Test func itComesBackAsItWas() throws {
        let snapshot = try snapshot()
        #expect(try LastSnapshot.decode(LastSnapshot.encode(snapshot)) == snapshot)
        let statements = try #require(snapshot.statementStatistics).statements
        #expect(StatementPacking.packed(statements).rest == [7, 8, 9, 39].map { statements[$0] })
    }

    @Test func withoutStatisticsToo() throws {
        var snapshot = try snapshot()
        snapshot.statementStatistics = nil
        #expect(try LastSnapshot.decode(LastSnapshot.encode(snapshot)) == snapshot)
        snapshot.statementStatistics = StatementStatistics()
        #expect(try LastSnapshot.decode(LastSnapshot.encode(snapshot)) == snapshot)
    }

    @Test func whatAnOlderPgmedicKeptIsRead() throws {
        let snapshot = try snapshot()
        #expect(try LastSnapshot.decode(Array(SnapshotFile.encodeQuickly(snapshot))) == snapshot)
    }

    /// An error or the like of it, and never a trap.
    @Test func damageIsToldAndNoMore() throws {
        let bytes = try LastSnapshot.encode(snapshot())
        for length in stride(from: 0, to: bytes.count, by: 41) {
            #expect(throws: (any Error).self) { try LastSnapshot.decode(Array(bytes[..<length])) }
        }
        let statements = try #require(snapshot().statementStatistics).statements
        let (packed, rest) = StatementPacking.packed(statements)
        for place in stride(from: 0, to: packed.count, by: 5) {
            var spoilt = packed
            spoilt[place] ^= 0x55
            _ = spoilt.withUnsafeBytes { try? StatementPacking.unpacked($0, rest) }
        }
        for length in stride(from: 0, to: packed.count, by: 23) {
            #expect(throws: PackedReader.Damaged.self) {
                try Array(packed[..<length]).withUnsafeBytes { _ = try StatementPacking.unpacked($0, rest) }
            }
        }
    }
}
