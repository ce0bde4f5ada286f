import Model
import PostgresClient

/// Columns' statistics, written into `pg_statistic`: before PostgreSQL 18 there is no other way.
enum ColumnStatistics {
    /// Slots of a row: STATISTIC_NUM_SLOTS.
    static let slots = 5

    private struct Place: Hashable {
        var relation: QualifiedName
        var column: String
    }

    private struct Target {
        var relation: String
        var number: String
        /// Of a domain, the type that it is made of: a domain's own input would run its check, which came with the image.
        var type: String
        /// Reading a value of the type runs no code that came with the image.
        var isHarmless: Bool
    }

    /// - Parameter session: the superuser's, with the lab's database.
    /// - Returns: those that the server did not take.
    static func fill(_ columns: [PlannerImage.ColumnImage], _ session: LabSession) async throws -> [Lab.Failure] {
        try await session.perform { wire in
            let targets = try targets(wire)
            var failures: [Lab.Failure] = []
            for column in columns {
                let name = "statistics of \(column.relation.description).\(column.column)"
                guard let target = targets[Place(relation: column.relation, column: column.column)] else {
                    failures.append(Lab.Failure(name: name, reason: "there is no such column"))
                    continue
                }
                do {
                    try wire.rows(insert, parameters(column, target))
                    if !target.isHarmless, column.slots.contains(where: { $0.values != nil }) {
                        failures.append(
                            Lab.Failure(name: name, reason: "values of composite types are not filled in"))
                    }
                } catch let error as LabRefusal {
                    failures.append(Lab.Failure(name: name, reason: error.message))
                }
            }
            return failures
        }
    }

    private static func targets(_ wire: LabWire) throws -> [Place: Target] {
        let rows = try wire.rows(
            """
            WITH RECURSIVE bases(type, base) AS (
                SELECT t.oid, t.oid FROM pg_catalog.pg_type t
                UNION ALL
                SELECT b.type, t.typbasetype
                FROM bases b
                JOIN pg_catalog.pg_type t ON t.oid = b.base
                WHERE t.typtype = 'd'
            )
            SELECT n.nspname, c.relname, a.attname, c.oid, a.attnum, b.base,
                t.typtype IN ('b', 'e') AND COALESCE(e.typtype, 'b') IN ('b', 'e')
                    OR t.typtype IN ('r', 'm') AND t.oid < 16384
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
            JOIN bases b ON b.type = a.atttypid
            JOIN pg_catalog.pg_type t ON t.oid = b.base AND t.typtype <> 'd'
            LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem
            WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm', 'i') AND a.attnum > 0
                AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            """)
        var targets: [Place: Target] = [:]
        for row in rows {
            guard let schema = row[0], let relation = row[1], let column = row[2], let oid = row[3],
                let number = row[4],
                let type = row[5]
            else { continue }
            targets[Place(relation: QualifiedName(schema, relation), column: column)] = Target(
                relation: oid, number: number, type: type, isHarmless: row[6] == "t")
        }
        return targets
    }

    private static func parameters(_ column: PlannerImage.ColumnImage, _ target: Target) -> [String?] {
        var parameters: [String?] = [
            target.relation, target.number, String(column.isInherited), String(column.nullFraction),
            String(column.width), String(column.distinct),
        ]
        var taken = column.slots.filter { $0.isWhole && (target.isHarmless || $0.values == nil) }.prefix(slots).map {
            slot in
            [
                String(slot.kind), slot.operator, slot.collation, slot.numbers.map(RelationStatistics.numbers),
                slot.values.map(TextArray.literal), slot.valueType,
            ]
        }
        while taken.count < slots { taken.append(["0", nil, nil, nil, nil, nil]) }
        parameters += taken.flatMap(\.self)
        parameters.append(target.type)
        return parameters
    }

    private static let insert: String = {
        // Six parameters of the row, six of each slot, then the column's type.
        let type = 6 + 6 * slots + 1
        func each(_ name: String, _ value: (Int) -> String) -> (names: String, values: String) {
            let places = 0..<slots
            return (
                places.map { "\(name)\($0 + 1)" }.joined(separator: ", "),
                places.map { value(7 + 6 * $0) }.joined(separator: ", ")
            )
        }
        let parts = [
            each("stakind") { "$\($0)::text::int2" },
            each("staop") { "COALESCE($\($0 + 1)::text::pg_catalog.regoperator::oid, 0)" },
            each("stacoll") { "COALESCE($\($0 + 2)::text::pg_catalog.regcollation::oid, 0)" },
            each("stanumbers") { "$\($0 + 3)::text::float4[]" },
            each("stavalues") {
                """
                CASE WHEN $\($0 + 4)::text IS NOT NULL THEN pg_catalog.array_in(pg_catalog.textout($\($0 + 4)::text), \
                COALESCE($\($0 + 5)::text::pg_catalog.regtype::oid, $\(type)::text::oid), -1) END
                """
            },
        ]
        return """
            INSERT INTO pg_catalog.pg_statistic (
                starelid, staattnum, stainherit, stanullfrac, stawidth, stadistinct, \(parts.map(\.names).joined(separator: ", "))
            )
            SELECT $1::text::oid, $2::text::int2, $3::text::bool, $4::text::float4, $5::text::int4, $6::text::float4,
                \(parts.map(\.values).joined(separator: ",\n    "))
            """
    }()
}

extension PlannerImage.Slot {
    /// It has all that its kind needs (pg_statistic.h).
    var isWhole: Bool {
        switch kind {
        case 1: values.map { !$0.isEmpty && $0.count == numbers?.count } ?? false
        case 2: (values?.count ?? 0) >= 2
        case 3: numbers?.count == 1
        case 4: values.map { !$0.isEmpty && (numbers?.count ?? 0) >= $0.count } ?? false
        case 5: !(numbers ?? []).isEmpty
        case 6: numbers?.count == 1 && values != nil
        case 7: (values?.count ?? 0) >= 2
        default: false
        }
    }
}
