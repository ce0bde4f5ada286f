import Foundation
import Model
import Statements

/// Seconds that CREATE INDEX CONCURRENTLY may take: it reads the table twice, sorts the keys and writes the index
/// (https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY). What it waits for other transactions is
/// not among them.
package enum BuildDuration {
    // Measured on PostgreSQL 15, a table of 89 MB and a million rows in the cache, two cores at work elsewhere: integer 0.83 s, text of 32
    // bytes 2.2 s, ascending timestamp 0.68 s, BRIN 0.83 s. Without CONCURRENTLY, 800,000 rows: GIN with trigrams 6.9 s, GiST of ranges
    // 12.4 s, of points 1.3 s.
    private static let bytesRead = 400e6
    private static let bytesWritten = 200e6
    /// Seconds for a row and each halving of the sort.
    private static let fixedComparison = 15e-9
    private static let variableComparison = 70e-9
    private static let ginElement = 0.3e-6
    private static let gistRow = 8e-6
    /// Disks, memory for the sort and load differ.
    private static let least = 0.5
    private static let greatest = 4.0

    /// nil where the relation is not known.
    package static func estimate(
        of candidate: IndexCandidate, _ names: CatalogNames
    ) -> (least: Double, greatest: Double)? {
        guard let relation = names.relation(candidate.relation), let size = IndexSize.estimate(candidate, names),
            let index = AccessIndex(candidate, on: candidate.relation, names, distributions: [:])
        else { return nil }
        let table = TableSize(relation, names)
        let reading = 2 * table.pages * Double(IndexSize.page) / bytesRead
        let seconds = reading + work(candidate, index, size, names) + Double(size.bytes) / bytesWritten
        return (seconds * least, seconds * greatest)
    }

    private static func work(
        _ candidate: IndexCandidate, _ index: AccessIndex, _ size: IndexSize, _ names: CatalogNames
    ) -> Double {
        let rows = max(2, size.rows)
        switch candidate.method {
        case .btree:
            let varies = candidate.keys.contains {
                IndexedColumn($0.key, of: candidate.relation, rows: rows, names)?.varies ?? true
            }
            return rows * log2(rows) * (varies ? variableComparison : fixedComparison)
        case .gin: return rows * index.entriesPerRow * ginElement
        case .gist: return rows * gistRow
        case .brin: return 0
        }
    }
}
