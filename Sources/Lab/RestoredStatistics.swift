import Model
import PostgresClient

/// Columns' statistics through `pg_restore_attribute_stats`, which PostgreSQL 18 brought
/// (https://www.postgresql.org/docs/18/functions-admin.html#FUNCTIONS-ADMIN-STATSMOD). An argument that is NULL is as if not given.
enum RestoredStatistics {
    /// - Parameter owner: the session of the role that owns the tables: values are read with its rights.
    /// - Returns: those that the server did not take.
    static func fill(_ columns: [PlannerImage.ColumnImage], _ owner: LabSession) async throws -> [Lab.Failure] {
        try await owner.perform { wire in
            var failures: [Lab.Failure] = []
            for column in columns {
                let name = "statistics of \(column.relation.description).\(column.column)"
                do {
                    let isWhole = try wire.rows(restore, parameters(column)).first?[0] == "t"
                    if !isWhole { failures.append(Lab.Failure(name: name, reason: "a part was not taken")) }
                } catch let error as LabRefusal {
                    failures.append(Lab.Failure(name: name, reason: error.message))
                }
            }
            return failures
        }
    }

    private static let arguments = [
        ("schemaname", "text"), ("relname", "text"), ("attname", "text"), ("inherited", "bool"), ("null_frac", "real"),
        ("avg_width", "int"), ("n_distinct", "real"), ("most_common_vals", "text"), ("most_common_freqs", "real[]"),
        ("histogram_bounds", "text"), ("correlation", "real"), ("most_common_elems", "text"),
        ("most_common_elem_freqs", "real[]"), ("elem_count_histogram", "real[]"), ("range_length_histogram", "text"),
        ("range_empty_frac", "real"), ("range_bounds_histogram", "text"),
    ]

    private static let restore: String = {
        let pairs = arguments.enumerated().map { "'\($1.0)', $\($0 + 1)::\($1.1)" }
        return "SELECT pg_catalog.pg_restore_attribute_stats(\(pairs.joined(separator: ", ")))"
    }()

    private static func parameters(_ column: PlannerImage.ColumnImage) -> [String?] {
        var given: [String: String] = [
            "schemaname": column.relation.schema, "relname": column.relation.name, "attname": column.column,
            "inherited": String(column.isInherited), "null_frac": String(column.nullFraction),
            "avg_width": String(column.width), "n_distinct": String(column.distinct),
        ]
        for slot in column.slots where slot.isWhole {
            let values = slot.values.map(TextArray.literal)
            let numbers = slot.numbers.map(RelationStatistics.numbers)
            switch slot.kind {
            case 1: (given["most_common_vals"], given["most_common_freqs"]) = (values, numbers)
            case 2: given["histogram_bounds"] = values
            case 3: given["correlation"] = slot.numbers?.first.map { String($0) }
            case 4: (given["most_common_elems"], given["most_common_elem_freqs"]) = (values, numbers)
            case 5: given["elem_count_histogram"] = numbers
            case 6:
                given["range_length_histogram"] = values
                given["range_empty_frac"] = slot.numbers?.first.map { String($0) }
            case 7: given["range_bounds_histogram"] = values
            default: break
            }
        }
        return arguments.map { given[$0.0] }
    }
}
