import Model
import PostgresClient

/// Rows and pages of tables and indexes, as the image has them.
enum RelationStatistics {
    /// - Returns: those that the server did not take.
    static func fill(
        _ image: PlannerImage, major: Int, owner: LabSession, superuser: LabSession
    ) async throws -> [Lab.Failure] {
        let relations = image.relations
        let parameters: [String?] = [
            TextArray.literal(relations.map(\.name.schema)), TextArray.literal(relations.map(\.name.name)),
            numbers(relations.map { min($0.pages, Int64(Int32.max)) }), numbers(relations.map(\.tuples)),
            numbers(relations.map { max(0, min($0.allVisiblePages, $0.pages, Int64(Int32.max))) }),
        ]
        let values = """
            ROWS FROM (
                pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::int[]),
                pg_catalog.unnest($4::real[]), pg_catalog.unnest($5::int[])
            ) AS s(schema, name, pages, tuples, visible)
            """
        do {
            if major >= 18 {
                // Refused for one it would be refused for all: what is not there is left out.
                try await owner.rows(
                    """
                    SELECT pg_catalog.pg_restore_relation_stats(
                        'schemaname', s.schema, 'relname', s.name, 'relpages', s.pages, 'reltuples', s.tuples,
                        'relallvisible', s.visible)
                    FROM \(values)
                    JOIN pg_catalog.pg_namespace n ON n.nspname = s.schema
                    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = s.name
                    WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I')
                    """, parameters)
            } else {
                try await superuser.rows(
                    """
                    UPDATE pg_catalog.pg_class c
                    SET relpages = s.pages, reltuples = s.tuples, relallvisible = s.visible
                    FROM \(values)
                    JOIN pg_catalog.pg_namespace n ON n.nspname = s.schema
                    WHERE c.relnamespace = n.oid AND c.relname = s.name AND c.relkind IN ('r', 'p', 'm', 'i', 'I')
                        AND c.oid >= 16384
                    """, parameters)
            }
            return []
        } catch let error as LabRefusal {
            return [Lab.Failure(name: "sizes of tables and indexes", reason: error.message)]
        }
    }

    static func numbers(_ values: [some CustomStringConvertible]) -> String {
        "{" + values.map(\.description).joined(separator: ",") + "}"
    }
}
