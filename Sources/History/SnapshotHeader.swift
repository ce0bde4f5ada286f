import Foundation

/// What is kept of a snapshot beside its numbers, small since there is one a snapshot.
package struct SnapshotHeader: Sendable, Equatable {
    /// Ascending without gaps in a target's history.
    package var number: Int64 = 0
    /// Milliseconds since 1970 by the server's clock, mended where that one jumped (`Clock`).
    package var takenAt: Int64 = 0
    /// As the server's clock had it.
    package var serverTime: Int64 = 0
    /// ms between the snapshot before and this one; nil: there is none, or nobody knows.
    package var length: Int64?
    /// By our own clock, milliseconds since 1970; nil: it came from a file.
    package var recordedAt: Int64?
    /// Groups of counters that do not go on from the snapshot before.
    package var breaks: Set<CounterGroup> = []
    package var scope = ReadScope()

    package init() {}

    package var seconds: Double { Double(takenAt) / 1000 }
}

/// Counters that are reset together.
package struct CounterGroup: Sendable, Hashable, Comparable {
    package var kind: SeriesKind
    /// nil: of the cluster, or of all databases.
    package var database: String?

    package init(_ kind: SeriesKind, in database: String? = nil) {
        self.kind = kind
        self.database = database
    }

    package init(of key: SeriesKey) {
        // pg_stat_statements is reset as a whole; the catalog's counters a database.
        self.init(key.kind, in: key.kind == .statement ? nil : key.database)
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.kind, left.database ?? "") < (right.kind, right.database ?? "")
    }
}

extension SnapshotHeader {
    private static let format: UInt64 = 1

    func encoded() -> [UInt8] {
        var writer = PackedWriter()
        writer.append(Self.format)
        writer.append(signed: serverTime - takenAt)
        writer.append(signed: length ?? -1)
        writer.append(signed: recordedAt ?? -1)
        writer.append(scope.unread.reduce(UInt64(0)) { $0 | 1 << UInt64($1.rawValue) })
        writer.append(breaks.count)
        for group in breaks.sorted() {
            writer.append(group.kind.rawValue)
            writer.append(group.database ?? "")
        }
        writer.append(scope.databases.count)
        for database in scope.databases.sorted() { writer.append(database) }
        return writer.bytes
    }

    /// - Throws: `PackedReader.Damaged`.
    init(number: Int64, takenAt: Int64, _ bytes: [UInt8]) throws {
        self.init()
        self.number = number
        self.takenAt = takenAt
        try bytes.withUnsafeBytes { buffer in
            var reader = PackedReader(buffer)
            guard try reader.integer() == Self.format else { throw PackedReader.Damaged() }
            serverTime = takenAt &+ (try reader.signed())
            let length = try reader.signed()
            self.length = length < 0 ? nil : length
            let recorded = try reader.signed()
            recordedAt = recorded < 0 ? nil : recorded
            let mask = try reader.integer()
            scope.unread = Set(SeriesKind.allCases.filter { mask & (1 << UInt64($0.rawValue)) != 0 })
            for _ in 0..<(try reader.count(limit: 1 << 20)) {
                let kind = SeriesKind(rawValue: try reader.count())
                let database = try reader.text()
                // A kind of a newer pgmedic is none of ours.
                if let kind { breaks.insert(CounterGroup(kind, in: database.isEmpty ? nil : database)) }
            }
            for _ in 0..<(try reader.count(limit: 1 << 20)) { scope.databases.insert(try reader.text()) }
        }
    }
}
