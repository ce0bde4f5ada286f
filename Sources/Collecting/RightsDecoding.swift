import Model
import PostgresClient
import Statements

extension HostRule {
    init(_ row: Row) throws {
        self.init()
        line = try row.int64IfPresent("line").map(Int.init) ?? 0
        type = try row.stringIfPresent("type") ?? ""
        databases = try row.names("databases")
        roles = try row.names("roles")
        address = try row.stringIfPresent("address")
        netmask = try row.stringIfPresent("netmask")
        method = try row.stringIfPresent("method") ?? ""
        isFaulty = try row.bool("is_faulty")
    }
}

extension Function {
    init(_ row: Row) throws {
        self.init()
        name = QualifiedName(try row.string("schema"), try row.string("name"))
        arguments = try row.string("arguments")
        kind = try row.string("kind")
        owner = try row.string("owner")
        isOwnedBySuperuser = try row.bool("is_owned_by_superuser")
        language = try row.string("language")
        isSecurityDefiner = try row.bool("is_security_definer")
        volatility = try row.string("volatility")
        returnsSet = try row.bool("returns_set")
        pinsSearchPath = try row.bool("pins_search_path")
        isPublic = try row.bool("is_public")
        body = try row.stringIfPresent("body").flatMap(Body.init(of:))
    }
}

extension Function.Body {
    /// nil where it is not one statement of our grammar.
    init?(of text: String) {
        guard let parsed = try? ParsedStatement(parsing: text) else { return nil }
        self.init()
        onlyReads = parsed.kind == .select && !parsed.writes && !parsed.locksRows
        namesTables = !parsed.root.all("RangeVar").isEmpty
        calls = parsed.functions
    }
}

extension PublicRight {
    init(_ row: Row) throws {
        self.init()
        schema = try row.string("schema")
        relation = try row.stringIfPresent("relation").map { QualifiedName(schema, $0) }
        rights = try row.string("rights").split(separator: ",").map(String.init)
    }
}

extension Policy {
    /// Without the relation's name. Expressions come redacted.
    init(_ row: Row, texts: TextRedaction) throws {
        self.init()
        name = try row.string("name")
        isPermissive = try row.bool("is_permissive")
        command = try row.string("command")
        roles = try row.names("roles")
        using = try row.stringIfPresent("using_expression").flatMap { texts.expression($0) }
        check = try row.stringIfPresent("check_expression").flatMap { texts.expression($0) }
    }
}

extension PartitionBounds {
    /// Without names of relations.
    init(_ row: Row) throws {
        self.init()
        column = try row.string("column")
        type = try row.string("type")
        partitions = try row.int("partitions")
        isOpenEnded = try row.bool("is_open_ended")
        newestStart = try row.dateIfPresent("newest_start")
        newestEnd = try row.dateIfPresent("newest_end")
    }
}

extension CatalogDraft {
    /// Relations come before.
    mutating func takePartitionBounds(_ rows: [Row]) throws {
        partitionBounds = try rows.compactMap { row in
            guard let relation = name(ofOID: try row.int64("relation")) else { return nil }
            var bounds = try PartitionBounds(row)
            bounds.relation = relation
            bounds.defaultPartition = try row.int64IfPresent("default_partition").flatMap { name(ofOID: $0) }
            return bounds
        }
    }

    /// Tables whose policies are read.
    var relationsWithPolicies: [Int64] { relations.filter { $0.hasRowSecurity && !$0.isLocked }.map(\.oid) }

    mutating func takePolicies(_ rows: [Row], texts: TextRedaction) throws {
        policies = try rows.compactMap { row in
            guard let relation = name(ofOID: try row.int64("relation")) else { return nil }
            var policy = try Policy(row, texts: texts)
            policy.relation = relation
            return policy
        }
    }
}

extension Row {
    /// The elements of an array of names; none of NULL.
    func names(_ column: String) throws -> [String] {
        try stringIfPresent(column).flatMap(TextArray.elements)?.compactMap(\.self) ?? []
    }
}
