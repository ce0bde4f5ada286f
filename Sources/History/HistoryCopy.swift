import Foundation
import Model

extension History {
    /// A row of a store as it is, to be written into another one.
    private typealias CopiedRow = [HistoryValue]

    /// The tables of a target with their columns: `i` integers, `t` texts, `b` bytes. The first is the target's number.
    private static let copied: [(table: String, columns: [(name: String, type: Character)])] = [
        (
            "series",
            [
                ("target", "i"), ("id", "i"), ("kind", "i"), ("database", "t"), ("name", "t"), ("role", "t"),
                ("top_level", "i"), ("fingerprint", "t"), ("document", "t"), ("relations", "t"), ("plan", "t"),
                ("plan_text", "t"), ("last_seen", "i"),
            ]
        ),
        ("snapshots", [("target", "i"), ("number", "i"), ("taken_at", "i"), ("header", "b"), ("body", "b")]),
        ("chunks", [("target", "i"), ("series", "i"), ("resolution", "i"), ("starts_at", "i"), ("points", "b")]),
        (
            "latest",
            [("target", "i"), ("number", "i"), ("taken_at", "i"), ("frame", "b"), ("state", "b"), ("body", "b")]
        ),
        (
            "findings",
            [
                ("target", "i"), ("fingerprint", "t"), ("state", "t"), ("first_seen", "i"), ("last_seen", "i"),
                ("body", "b"),
            ]
        ),
        ("finding_events", [("target", "i"), ("fingerprint", "t"), ("at", "i"), ("kind", "t")]),
        ("changes", [("target", "i"), ("at", "i"), ("hash", "t"), ("body", "b")]),
    ]

    /// Copies all that is known of a target into another history, which must not know it yet: all of it or nothing.
    ///
    /// - Parameter name: under which it stands there; nil: its own.
    /// - Returns: snapshots, as read and thinned.
    /// - Throws: `HistoryError`; also where the other one has a target of this name: two histories of one target have numbers
    ///   of their own.
    package func copy(_ target: HistoryTarget, into other: History, as name: String? = nil) async throws -> Int {
        let place = place
        let content = try await store.read { try Self.content(of: target, $0, place) }
        var named = target
        if let name { (named.name, named.isNamed) = (name, true) }
        let taken = named
        for moment in content.moments { try await other.store.prepare(forMilliseconds: moment) }
        let otherPlace = other.place
        try await other.store.write { connection in
            guard try Self.targets(connection, key: taken.key).isEmpty else {
                throw HistoryError(
                    .unusable, otherPlace, "it has \(taken.name) already; give --as NAME to keep both side by side")
            }
            let id = try Self.identify(taken, connection).id
            try connection.run(
                "UPDATE targets SET failures = $1, last_attempt = $2, last_success = $3, last_error = $4 WHERE id = $5",
                content.state + [.integer(id)])
            for document in content.documents {
                try connection.run(
                    "INSERT INTO documents (hash, body) VALUES ($1, $2) ON CONFLICT DO NOTHING", document)
            }
            for (place, table) in Self.copied.enumerated() {
                let names = table.columns.map(\.name).joined(separator: ", ")
                let marks = (1...table.columns.count).map { "$\($0)" }.joined(separator: ", ")
                let sql = "INSERT INTO \(table.table) (\(names)) VALUES (\(marks))"
                for row in content.rows[place] { try connection.run(sql, [.integer(id)] + row.dropFirst()) }
            }
        }
        return content.snapshots
    }

    private struct Content: Sendable {
        var state: [HistoryValue] = []
        var documents: [[HistoryValue]] = []
        var rows: [[[HistoryValue]]] = []
        /// One of each month, milliseconds.
        var moments: [Int64] = []
        var snapshots = 0
    }

    private static func content(
        of target: HistoryTarget, _ connection: any HistoryConnection, _ place: String
    ) throws -> Content {
        guard let stored = try targets(connection, key: target.key).first else {
            throw HistoryError(.unusable, place, "it knows nothing of \(target.name)")
        }
        let id = HistoryValue.integer(stored.id)
        var content = Content()
        content.state = [
            .integer(Int64(stored.failures)), HistoryValue(stored.lastAttempt?.milliseconds),
            HistoryValue(stored.lastSuccess?.milliseconds), HistoryValue(stored.lastError),
        ]
        var months: Set<Int64> = []
        for table in copied {
            var rows: [CopiedRow] = []
            let names = table.columns.map(\.name).joined(separator: ", ")
            let time = HistorySchema.timed[table.table].flatMap { name in
                table.columns.firstIndex { $0.name == name }
            }
            try connection.rows("SELECT \(names) FROM \(table.table) WHERE target = $1", [id]) { row in
                var values: CopiedRow = []
                for (column, (_, type)) in table.columns.enumerated() {
                    switch type {
                    case "i": values.append(HistoryValue(try row.integer(column)))
                    case "t": values.append(HistoryValue(try row.text(column)))
                    default: values.append(try row.bytes(column).map(HistoryValue.bytes) ?? .null)
                    }
                }
                // No month is shorter than 28 days: one of these lies in each.
                if let time, case .integer(let moment) = values[time] { months.insert(moment / (28 * 86_400_000)) }
                rows.append(values)
            }
            if table.table == "snapshots" { content.snapshots = rows.count }
            content.rows.append(rows)
        }
        let span: Int64 = 28 * 86_400_000
        for month in months.sorted() { content.moments += [month * span, (month + 1) * span - 1] }
        try connection.rows(
            """
            SELECT hash, body FROM documents
            WHERE hash IN (SELECT document FROM series WHERE target = $1 AND document IS NOT NULL)
            """, [id]
        ) { content.documents.append([HistoryValue(try $0.text(0)), .bytes(try $0.bytes(1) ?? [])]) }
        return content
    }
}
