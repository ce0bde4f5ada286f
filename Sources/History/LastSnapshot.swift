import Foundation
import Model

/// The last snapshot of a target, whole, as the store keeps it until the next one comes.
///
/// The entries of pg_stat_statements are thousands of rows of numbers, and of all databases of the server: as JSON they were half
/// of what a sweep of many targets took. Those that have nothing but texts and numbers are packed (`StatementPacking`), what has
/// plans stays with the rest in JSON.
///
///     mark · JSON, gzipped · statements, gzipped
///
/// An older pgmedic kept the gzipped JSON alone, which begins with another byte.
enum LastSnapshot {
    /// No gzip begins with it (RFC 1952: 0x1f).
    private static let mark: UInt8 = 0x02
    private static let limit = 1 << 30

    static func encode(_ snapshot: Snapshot) throws -> [UInt8] {
        var rest = snapshot
        let packed = StatementPacking.packed(rest.statementStatistics?.statements ?? [])
        rest.statementStatistics?.statements = packed.rest
        var writer = PackedWriter()
        writer.append(Array(try SnapshotFile.encodeQuickly(rest)))
        writer.append(Array(try Gzip.compress(Data(packed.bytes), level: 1)))
        return [mark] + writer.bytes
    }

    /// - Throws: `PackedReader.Damaged`, and what `SnapshotFile.decode` throws.
    static func decode(_ bytes: [UInt8]) throws -> Snapshot {
        guard bytes.first == mark else { return try SnapshotFile.decode(Data(bytes)) }
        return try bytes.withUnsafeBytes { buffer in
            var reader = PackedReader(UnsafeRawBufferPointer(rebasing: buffer.dropFirst()))
            var snapshot = try SnapshotFile.decode(Data(try reader.block()))
            let plain = try Stored.inflate(Data(try reader.block()), limit: limit)
            guard reader.isAtEnd else { throw PackedReader.Damaged() }
            let rest = snapshot.statementStatistics?.statements ?? []
            let statements = try plain.withUnsafeBytes { try StatementPacking.unpacked($0, rest) }
            snapshot.statementStatistics?.statements = statements
            return snapshot
        }
    }
}
