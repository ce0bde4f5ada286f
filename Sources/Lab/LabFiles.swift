import Model

/// Which file each table and index of a lab has, and how long it is to be.
enum LabFiles {
    /// - Parameter session: the superuser's.
    static func find(
        _ relations: [PlannerImage.RelationImage], _ folder: LabFolder, _ session: LabSession
    ) async throws -> ([SparseFiles.File], SparseFiles) {
        let wanted = Dictionary(relations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let layout = try await session.rows(
            """
            SELECT pg_catalog.current_setting('block_size'), s.setting
            FROM pg_catalog.pg_settings s
            WHERE s.name = 'segment_size'
            """)
        let blockSize = layout.first?[0].flatMap { Int64($0) } ?? 8192
        let pagesPerSegment = layout.first?[1].flatMap { Int64($0) } ?? 131_072
        let rows = try await session.rows(
            """
            SELECT n.nspname, c.relname, pg_catalog.pg_relation_filepath(c.oid), pg_catalog.pg_relation_size(c.oid),
                m.amname = 'btree'
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
            WHERE c.oid >= 16384 AND c.relkind IN ('r', 'm', 'i') AND n.nspname !~ '^pg_'
            ORDER BY c.oid
            """)
        let files = rows.compactMap { row -> SparseFiles.File? in
            guard let schema = row[0], let name = row[1], let path = row[2], let size = row[3].flatMap({ Int64($0) }),
                let relation = wanted[QualifiedName(schema, name)]
            else { return nil }
            return SparseFiles.File(
                path: path, builtPages: size / blockSize, pages: relation.filePages ?? relation.pages,
                isBtree: row[4] == "t", tuples: relation.tuples)
        }
        return (files, SparseFiles(folder: folder, blockSize: blockSize, pagesPerSegment: pagesPerSegment))
    }
}
