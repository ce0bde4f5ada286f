import Model
import Plans

/// How large indexes would be that were made in a lab, where they have no entries.
enum NewIndexes {
    /// Bytes of an entry's header and its line pointer (IndexTupleData, ItemIdData).
    private static let entryOverhead = 8.0 + 4
    /// Share of a leaf that a build fills: BTREE_DEFAULT_FILLFACTOR.
    private static let fill = 0.9
    /// Bytes of a page without its header and special space.
    private static let room = 8192.0 - 24 - 16

    /// - Parameter known: names of relations whose sizes the image tells.
    static func sizes(
        besides known: Set<QualifiedName>, _ sessions: Lab.Sessions
    ) async throws -> [PlannerImage.RelationImage] {
        let rows = try await sessions.superuser.rows(
            """
            SELECT n.nspname, c.relname, h.reltuples,
                pg_catalog.format('%I.%I', hn.nspname, h.relname), pg_catalog.pg_get_expr(x.indpred, x.indrelid),
                (
                    SELECT pg_catalog.sum(COALESCE(s.stawidth, NULLIF(a.attlen, -1), 32))
                    FROM pg_catalog.pg_attribute a
                    LEFT JOIN pg_catalog.pg_statistic s
                        ON s.starelid = x.indrelid AND s.staattnum = x.indkey[a.attnum - 1] AND NOT s.stainherit
                    WHERE a.attrelid = c.oid
                ), m.amname = 'brin'
            FROM pg_catalog.pg_index x
            JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid AND c.relkind = 'i'
            JOIN pg_catalog.pg_am m ON m.oid = c.relam
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_class h ON h.oid = x.indrelid
            JOIN pg_catalog.pg_namespace hn ON hn.oid = h.relnamespace
            WHERE x.indexrelid >= 16384 AND n.nspname !~ '^pg_'
            ORDER BY c.oid
            """)
        var images: [PlannerImage.RelationImage] = []
        for row in rows {
            guard let schema = row[0], let name = row[1], let table = row[3],
                !known.contains(QualifiedName(schema, name)), var tuples = row[2].flatMap({ Double($0) }), tuples > 0
            else { continue }
            if let predicate = row[4] {
                let plan = try await sessions.owner.rows(
                    "EXPLAIN (FORMAT JSON) SELECT FROM \(table) WHERE \(predicate)")
                // Of a parallel scan each node below Gather counts a worker's rows, the root all.
                if let json = plan.first?[0], let rows = (try? Plan(json: json))?.root.rows {
                    tuples = min(tuples, rows)
                }
            }
            let width = ((row[5].flatMap { Double($0) } ?? 8) / 8).rounded(.up) * 8
            let pages = row[6] == "t" ? 3 : 1 + (tuples * (width + entryOverhead) / (room * fill)).rounded(.up)
            images.append(
                .make {
                    $0.name = QualifiedName(schema, name)
                    $0.kind = "i"
                    $0.pages = Int64(pages)
                    $0.tuples = tuples
                })
        }
        return images
    }
}
