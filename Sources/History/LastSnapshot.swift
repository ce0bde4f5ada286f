import Foundation
import Model

/// The last snapshot of a target, whole, as the store keeps it until the next one comes.
///
/// Statements, settings, databases, relations and indexes are thousands of rows, and those of a server's databases mostly the same:
/// as JSON they were most of what a sweep of many targets took. They are packed (`PackedRow`); the rest is JSON.
///
///     mark · JSON, gzipped · rows, gzipped
///
/// An older pgmedic packed the statements alone, one before it kept the gzipped JSON alone, which begins with another byte.
enum LastSnapshot {
    /// No gzip begins with them (RFC 1952: 0x1f).
    private static let mark: UInt8 = 0x03
    static let markOfStatements: UInt8 = 0x02
    private static let limit = 1 << 30

    static func encode(_ snapshot: Snapshot) throws -> [UInt8] {
        var rest = snapshot
        var rows = RowWriter()
        try rest.passStatements(&rows)
        try rest.passRows(&rows)
        var writer = PackedWriter()
        writer.append(Array(try SnapshotFile.encodeQuickly(rest)))
        writer.append(Array(try Gzip.compress(Data(rows.bytes), level: 1)))
        return [mark] + writer.bytes
    }

    /// - Throws: `PackedReader.Damaged`, and what `SnapshotFile.decode` throws.
    static func decode(_ bytes: [UInt8]) throws -> Snapshot {
        guard let first = bytes.first, first == mark || first == markOfStatements else {
            return try SnapshotFile.decode(Data(bytes))
        }
        return try bytes.withUnsafeBytes { buffer in
            var reader = PackedReader(UnsafeRawBufferPointer(rebasing: buffer.dropFirst()))
            var snapshot = try SnapshotFile.decode(Data(try reader.block()))
            let plain = try Stored.inflate(Data(try reader.block()), limit: limit)
            guard reader.isAtEnd else { throw PackedReader.Damaged() }
            try plain.withUnsafeBytes { plain in
                var rows = try RowReader(plain)
                try snapshot.passStatements(&rows)
                if first == mark { try snapshot.passRows(&rows) }
                guard rows.isAtEnd else { throw PackedReader.Damaged() }
            }
            return snapshot
        }
    }
}

extension Snapshot {
    mutating func passStatements(_ tables: inout some TablePass) throws {
        var statements = statementStatistics?.statements ?? []
        try tables.pass(&statements)
        statementStatistics?.statements = statements
    }

    mutating func passRows(_ tables: inout some TablePass) throws {
        try tables.pass(&settings)
        try tables.pass(&databases)
        for place in catalogs.indices {
            try tables.pass(&catalogs[place].relations)
            try tables.pass(&catalogs[place].indexes)
        }
    }
}
