import Foundation
import Model

extension History {
    /// What a history has of a target, in figures.
    package struct Summary: Sendable {
        package var stored: StoredTarget
        /// Snapshots whose numbers are kept as read.
        package var snapshots = 0
        package var first: Date?
        package var last: Date?
        /// Rows of hours and of days.
        package var thinnedRows = 0
        package var series = 0
        /// Bytes of snapshots, chunks and the last snapshot, without the store's own.
        package var bytes: Int64 = 0
        package var openFindings = 0
        package var findings = 0
        package var changes = 0
    }

    /// - Parameter name: a target's name; nil: all.
    /// - Throws: `HistoryError`; also where there is no target of this name.
    package func summaries(of name: String? = nil) async throws -> [Summary] {
        let place = place
        return try await store.read { connection in
            let all = try Self.targets(connection)
            let wanted = all.filter { name == nil || $0.target.name == name || $0.target.database == name }
            if let name, wanted.isEmpty {
                let known = all.map(\.target.name).joined(separator: ", ")
                throw HistoryError(
                    .unusable, place,
                    "it knows no target \(name)" + (known.isEmpty ? ": it is empty" : "; known are \(known)"))
            }
            return try wanted.map { try Self.summary(of: $0, connection) }
        }
    }

    private static func summary(of stored: StoredTarget, _ connection: any HistoryConnection) throws -> Summary {
        var summary = Summary(stored: stored)
        let id: [HistoryValue] = [.integer(stored.id)]
        try connection.rows(
            """
            SELECT count(*), min(taken_at), max(taken_at), coalesce(sum(length(header) + coalesce(length(body), 0)), 0)
            FROM snapshots WHERE target = $1
            """, id
        ) { row in
            summary.snapshots = Int(try row.integer(0) ?? 0)
            summary.first = Date(milliseconds: try row.integer(1))
            summary.last = Date(milliseconds: try row.integer(2))
            summary.bytes += try row.integer(3) ?? 0
        }
        try connection.rows(
            """
            SELECT count(CASE WHEN resolution > 0 THEN 1 END), coalesce(sum(length(points)), 0),
                min(CASE WHEN resolution > 0 THEN starts_at END)
            FROM chunks WHERE target = $1
            """, id
        ) { row in
            summary.thinnedRows = Int(try row.integer(0) ?? 0)
            summary.bytes += try row.integer(1) ?? 0
            if let start = Date(milliseconds: try row.integer(2)) {
                summary.first = min(summary.first ?? start, start)
            }
        }
        func count(_ sql: String) throws -> Int {
            var found: Int64 = 0
            try connection.rows(sql, id) { found = try $0.integer(0) ?? 0 }
            return Int(found)
        }
        summary.bytes += Int64(try count("SELECT coalesce(sum(length(body)), 0) FROM latest WHERE target = $1"))
        summary.series = try count("SELECT count(*) FROM series WHERE target = $1")
        summary.findings = try count("SELECT count(*) FROM findings WHERE target = $1")
        summary.openFindings = try count("SELECT count(*) FROM findings WHERE target = $1 AND state <> 'resolved'")
        summary.changes = try count("SELECT count(*) FROM changes WHERE target = $1")
        return summary
    }
}
