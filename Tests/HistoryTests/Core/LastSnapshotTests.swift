import Foundation
import Model
import Testing

@testable import History

/// The last snapshot goes through the store and comes back the same.
@Suite struct LastSnapshotTests {
    /// Each number another one, and each text and truth another than it was: so that a field that is forgotten or confused is seen.
    private func numbered<Row: Noun>(_ seed: Int, _ row: Row = Row()) throws -> Row {
        var next = seed * 1000
        func numbered(_ value: Any) -> Any {
            if let fields = value as? [String: Any] {
                return Dictionary(
                    uniqueKeysWithValues: fields.sorted { $0.key < $1.key }.map { ($0.key, numbered($0.value)) })
            }
            if let list = value as? [Any] { return list.map(numbered) }
            // Foundation's own type of a Boolean is a number too.
            guard let number = value as? NSNumber, String(cString: number.objCType) != "c" else { return value }
            next += 1
            return next
        }
        let plain = try JSONSerialization.jsonObject(with: JSONEncoder().encode(row))
        let data = try JSONSerialization.data(withJSONObject: numbered(plain))
        return try JSONDecoder().decode(Row.self, from: data)
    }

    /// Fields of a row that are as in a blank one: those that a test does not see.
    private func blank(_ row: Any, _ blank: Any) -> [String] {
        zip(Mirror(reflecting: row).children, Mirror(reflecting: blank).children).flatMap { field, other in
            String(describing: field.value) == String(describing: other.value)
                ? [field.label ?? ""]
                : field.label == "counters" ? self.blank(field.value, other.value) : []
        }
    }

    private let setting = Setting.make {
        ($0.name, $0.value, $0.unit, $0.source) = ("work_mem", "4096", "kB", "default")
        ($0.bootValue, $0.resetValue, $0.context, $0.isPendingRestart) = ("4096", "8192", "user", true)
    }

    private var statement: Statement {
        get throws {
            try numbered(
                90,
                .make {
                    ($0.role, $0.database, $0.searchPath) = ("app", "shop", ["a"])
                    ($0.isTopLevel, $0.isOurs) = (false, true)
                    ($0.text, $0.fingerprint) = ("SELECT", "cd34")
                    $0.since = Date(timeIntervalSinceReferenceDate: 1)
                })
        }
    }

    private func database(_ seed: Int) throws -> Database {
        try numbered(
            seed,
            .make {
                ($0.name, $0.collation, $0.isTemplate, $0.allowsConnections) = ("shop\(seed)", "C.UTF-8", true, false)
                ($0.size, $0.statisticsReset) = (1, Date(timeIntervalSinceReferenceDate: 1))
                ($0.counters.checksumFailures, $0.counters.parallelWorkersToLaunch) = (1, 1)
                $0.counters.parallelWorkersLaunched = 1
            })
    }

    private func relation(_ seed: Int) throws -> Relation {
        let date = Date(timeIntervalSinceReferenceDate: 1)
        return try numbered(
            seed,
            .make {
                $0.name = QualifiedName("shop", "orders \(seed)")
                ($0.kind, $0.owner, $0.persistence, $0.replicaIdentity) = (.view, "app", "u", "f")
                ($0.isSystem, $0.isPartition, $0.hasTriggers, $0.hasRowSecurity, $0.isLocked) =
                    (true, true, true, true, true)
                ($0.partitionRoot, $0.toastOwner) = (QualifiedName("a", "b"), QualifiedName("c", "d"))
                ($0.size, $0.toastSize, $0.columnCount, $0.frozenXIDAge, $0.multixactAge) = (1, 1, 1, 1, 1)
                $0.options = ["fillfactor": "70", "autovacuum_enabled": "off"]
                $0.viewDefinition = " SELECT 1 AS \u{1F40C};"
                ($0.lastVacuum, $0.lastAutovacuum, $0.lastAnalyze, $0.lastAutoanalyze) = (date, date, date, date)
                $0.counters.newPageUpdated = 1
            })
    }

    private func index(_ seed: Int) throws -> Index {
        try numbered(
            seed,
            .make {
                ($0.name, $0.relation) = (QualifiedName("shop", "i\(seed)"), QualifiedName("shop", "orders"))
                $0.accessMethod = "gist"
                ($0.isUnique, $0.isPrimary, $0.isExclusion, $0.isValid) = (true, true, true, false)
                ($0.isReady, $0.isLive, $0.isReplicaIdentity, $0.isClustered) = (false, false, true, true)
                ($0.nullsNotDistinct, $0.isPartitioned, $0.hasLiterals) = (true, true, true)
                ($0.parent, $0.constraint) = (QualifiedName("e", "f"), "orders_key")
                ($0.predicate, $0.definition) = ("a > 1", "CREATE INDEX i")
                ($0.textClass, $0.size, $0.lastScan) = (1, 1, Date(timeIntervalSinceReferenceDate: 1))
                $0.options = ["fillfactor": "90"]
                $0.columns = [
                    .make { ($0.name, $0.operatorClassName, $0.isDescending) = ("a", "text_pattern_ops", true) },
                    .make { ($0.expression, $0.isNullsFirst) = ("lower(b)", true) },
                ]
            })
    }

    @Test func noFieldIsUntold() throws {
        #expect(blank(setting, Setting()) == [])
        #expect(try blank(database(1), Database()) == [])
        #expect(try blank(relation(1), Relation()) == ["measuredSpace"])
        #expect(try blank(index(1), Index()) == ["measuredFill"])
        #expect(
            try blank(statement, Statement()) == [
                "plan", "planNote", "variants", "loggedPlans", "whatIf", "rewrites",
            ])
    }

    private func snapshot() throws -> Snapshot {
        var statistics = StatementStatistics()
        statistics.statements = try (0..<40).map { try numbered($0) }
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
        statistics.statements.append(try statement)
        var catalogs = [DatabaseCatalog(), DatabaseCatalog()]
        catalogs[0].relations = try (0..<5).map(relation)
        catalogs[0].relations[3].measuredSpace = MeasuredSpace()
        catalogs[0].indexes = try (0..<5).map(index)
        catalogs[0].indexes[0].measuredFill = MeasuredFill()
        catalogs[0].constraints = [.make { $0.name = "orders_key" }]
        catalogs[1].indexes = [try index(9)]
        let databases = try (0..<3).map(database)
        return .make {
            $0.server.database = "shop"
            $0.settings = [setting, .make { $0.name = "jit" }]
            $0.databases = databases
            $0.catalogs = catalogs
            $0.statementStatistics = statistics
        }
    }

    @Test func itComesBackAsItWas() throws {
        let snapshot = try snapshot()
        #expect(try LastSnapshot.decode(LastSnapshot.encode(snapshot)) == snapshot)
    }

    /// Nothing but that is in JSON.
    @Test func whatIsMoreThanTextsAndNumbersIsLeft() throws {
        let snapshot = try snapshot()
        let statements = try #require(snapshot.statementStatistics).statements
        var rest = snapshot
        var rows = RowWriter()
        try rest.passStatements(&rows)
        try rest.passRows(&rows)
        #expect(rest.statementStatistics?.statements == [7, 8, 9, 39].map { statements[$0] })
        #expect(rest.settings.isEmpty && rest.databases.isEmpty)
        #expect(rest.catalogs[0].relations == [snapshot.catalogs[0].relations[3]])
        #expect(rest.catalogs[0].indexes == [snapshot.catalogs[0].indexes[0]])
        #expect(rest.catalogs[0].constraints == snapshot.catalogs[0].constraints)
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
        // Statements alone.
        var rest = snapshot
        var rows = RowWriter()
        try rest.passStatements(&rows)
        var writer = PackedWriter()
        writer.append(Array(try SnapshotFile.encodeQuickly(rest)))
        writer.append(Array(try Gzip.compress(Data(rows.bytes))))
        #expect(try LastSnapshot.decode([LastSnapshot.markOfStatements] + writer.bytes) == snapshot)
    }

    /// An error or the like of it, and never a trap.
    @Test func damageIsToldAndNoMore() throws {
        let bytes = try LastSnapshot.encode(snapshot())
        for length in stride(from: 0, to: bytes.count, by: 41) {
            #expect(throws: (any Error).self) { try LastSnapshot.decode(Array(bytes[..<length])) }
        }
        var rest = try snapshot()
        var rows = RowWriter()
        try rest.passStatements(&rows)
        try rest.passRows(&rows)
        func read(_ bytes: [UInt8]) throws {
            var rest = rest
            try bytes.withUnsafeBytes { bytes in
                var rows = try RowReader(bytes)
                try rest.passStatements(&rows)
                try rest.passRows(&rows)
            }
        }
        try read(rows.bytes)
        let packed = rows.bytes
        for place in stride(from: 0, to: packed.count, by: 5) {
            var spoilt = packed
            spoilt[place] ^= 0x55
            _ = try? read(spoilt)
        }
        for length in stride(from: 0, to: packed.count, by: 23) {
            #expect(throws: PackedReader.Damaged.self) { try read(Array(packed[..<length])) }
        }
    }
}
