import Model
import PostgresClient

extension PlannerImage {
    mutating func takeDatabase(_ row: Row) throws {
        database = try row.string("name")
        serverVersion = try row.int("server_version")
        blockSize = try row.int("block_size")
        encoding = try row.string("encoding")
        localeProvider = try row.string("provider")
        collation = try row.string("collation")
        characterType = try row.string("character_type")
        locale = try row.stringIfPresent("locale")
    }
}

extension PlannerImage.Definition {
    init(_ row: Row) throws {
        self.init()
        kind = Kind(rawValue: try row.string("kind")) ?? .table
        name = QualifiedName(try row.stringIfPresent("schema") ?? "", try row.string("name"))
        sql = try row.string("sql")
        hasLiterals = try row.bool("has_literals")
    }
}

extension PlannerImage.RelationImage {
    init(_ row: Row) throws {
        self.init()
        name = QualifiedName(try row.string("schema"), try row.string("name"))
        kind = try row.string("kind")
        // -1: a partitioned table, whose partitions have the pages.
        pages = max(0, try row.int64("pages"))
        tuples = try row.double("tuples")
        allVisiblePages = try row.int64("all_visible_pages")
    }
}

extension PlannerImage.ExtendedImage {
    init(_ row: Row) throws {
        self.init()
        name = QualifiedName(try row.string("statistics_schema"), try row.string("name"))
        isInherited = try row.bool("is_inherited")
        numbers = try row.stringArray("numbers").compactMap { Int($0) }.filter { $0 > 0 }
        columns = try row.stringArrayIfPresent("names") ?? []
        distinct = try row.stringIfPresent("distinct")
        dependencies = try row.stringIfPresent("dependencies")
    }
}

extension PlannerImage.ColumnImage {
    init(_ row: Row) throws {
        self.init()
        relation = QualifiedName(try row.string("schema"), try row.string("relation"))
        column = try row.string("column")
        number = try row.int("number")
        isInherited = try row.bool("is_inherited")
        type = try row.string("type")
        typeCategory = try row.string("type_category")
        collation = try row.stringIfPresent("collation")
        nullFraction = try row.double("null_fraction")
        width = try row.int("width")
        distinct = try row.double("distinct")
        slots = try Self.slots(row, collation: collation)
    }

    /// In the order in which ANALYZE fills them (src/backend/commands/analyze.c, array_typanalyze.c, rangetypes_typanalyze.c).
    private static func slots(_ row: Row, collation: String?) throws -> [PlannerImage.Slot] {
        let equal = try row.stringIfPresent("equal")
        let less = try row.stringIfPresent("less")
        var slots: [PlannerImage.Slot] = []
        func add(
            _ kind: Int, _ operation: String?, numbers: [Double]? = nil, values: [String]? = nil, type: String? = nil,
            collation: String?
        ) {
            slots.append(
                .make {
                    $0.kind = kind
                    $0.operator = operation
                    $0.collation = collation
                    $0.numbers = numbers
                    $0.values = values
                    $0.valueType = type
                })
        }
        if let values = try row.stringArrayIfPresent("common_values") {
            add(1, equal, numbers: try numbers(row, "common_frequencies"), values: values, collation: collation)
        }
        if let values = try row.stringArrayIfPresent("bounds") { add(2, less, values: values, collation: collation) }
        if let correlation = try row.doubleIfPresent("correlation") {
            add(3, less, numbers: [correlation], collation: collation)
        }
        let elements = try row.stringIfPresent("element_equal")
        // tsvector itself has no collation, its lexemes have the default one (ts_typanalyze.c).
        let isText = try row.stringIfPresent("element_type") == "pg_catalog.text"
        let elementCollation = collation ?? (isText ? Self.byDefault : nil)
        if let values = try row.stringArrayIfPresent("common_elements") {
            add(
                4, elements, numbers: try numbers(row, "element_frequencies"), values: values,
                type: try row.stringIfPresent("element_type"), collation: elementCollation)
        }
        if let counts = try numbers(row, "element_counts") {
            add(5, elements, numbers: counts, collation: elementCollation)
        }
        if let empty = try row.doubleIfPresent("range_empty") {
            // rangetypes_typanalyze.c: Float8LessOperator, and no operator of the bounds.
            add(
                6, "<(double precision,double precision)", numbers: [empty],
                values: try row.stringArrayIfPresent("range_lengths"), type: "pg_catalog.float8", collation: nil)
        }
        if let values = try row.stringArrayIfPresent("range_bounds") { add(7, nil, values: values, collation: nil) }
        return slots
    }

    private static let byDefault = #"pg_catalog."default""#

    private static func numbers(_ row: Row, _ column: String) throws -> [Double]? {
        try row.stringArrayIfPresent(column)?.compactMap { Double($0) }
    }
}
