import Model
import Statements

/// What the definitions of a database say of types: which are enums, what domains are made of, and by what tables are partitioned.
struct TypeBook: Sendable {
    private struct Key: Hashable {
        /// Empty where the statement names none.
        var schema: String
        var name: String
    }

    private struct ColumnType: Hashable {
        var type: String
        var isArray: Bool
        /// Characters of `char(2)`.
        var length: Int?
    }

    private struct Table {
        var columns: [String: ColumnType] = [:]
        /// Names of the partition key's columns; nil of an expression.
        var key: [String?] = []
        var parent: Key?
    }

    private var enums: Set<Key> = []
    /// Of all enums.
    private(set) var labels: Set<String> = []
    private var domains: [Key: ColumnType] = [:]
    private var tables: [Key: Table] = [:]

    init() {}

    init(_ definitions: [PlannerImage.Definition]) {
        for definition in definitions {
            guard [.type, .domain, .table, .partition].contains(definition.kind),
                let root = (try? ParsedStatement(parsing: definition.sql))?.root
            else { continue }
            add(root)
        }
    }

    mutating func add(_ root: Node) {
        switch root.kind {
        case "CreateEnumStmt":
            enums.formUnion(Self.spellings(root.strings("typeName")))
            labels.formUnion(root.strings("vals"))
        case "CreateDomainStmt":
            guard let type = Self.type(root.node("typeName")) else { return }
            for key in Self.spellings(root.strings("domainname")) { domains[key] = type }
        case "CreateStmt":
            guard let name = Self.key(root.node("relation")) else { return }
            var table = Table()
            table.parent = Self.key(root.list("inhRelations").first)
            for column in root.list("tableElts") where column.kind == "ColumnDef" {
                table.columns[column.string("colname") ?? ""] = Self.type(column.node("typeName"))
            }
            table.key = root.node("partspec")?.list("partParams").map { $0.string("name") } ?? []
            tables[name] = table
        default: break
        }
    }

    func handling(of text: String) -> ValueHandling { handling(of: TypeName(text)) }

    private func handling(of type: TypeName, depth: Int = 0) -> ValueHandling {
        let key = Key(schema: type.schema ?? "", name: type.name)
        if let base = domains[key], depth < 20 {
            var inner = TypeName(base.type)
            inner.isArray = type.isArray || base.isArray
            return handling(of: inner, depth: depth + 1)
        }
        if enums.contains(key) { return .kept }
        // `"char"` is another type than `char`, and the name without quotes is both.
        if type.schema == "pg_catalog", type.name == "char" { return .removed }
        let isExtensions = type.name == "citext"
        if type.isPostgreSQLs || isExtensions, let kind = ValueClass(typeName: type.name) {
            return type.isArray ? .array(kind) : .surrogate(kind)
        }
        let kept: Set = [
            "bool", "boolean", "regclass", "regproc", "regprocedure", "regoper", "regoperator", "regtype", "regrole",
            "regnamespace", "regcollation", "regconfig", "regdictionary",
        ]
        return type.isPostgreSQLs && kept.contains(type.name) ? .kept : .removed
    }

    /// The type of a part of a table's partition key, and how many characters it may have; nil: not known.
    func partitionKey(of table: QualifiedName, part: Int) -> (type: String, length: Int?)? {
        let key = Key(schema: table.schema, name: table.name)
        guard let found = tables[key], found.key.indices.contains(part), let name = found.key[part] else { return nil }
        var owner: Table? = found
        for _ in 0..<20 {
            if let column = owner?.columns[name] { return (column.type, column.length) }
            owner = owner?.parent.flatMap { tables[$0] }
        }
        return nil
    }

    private static func key(_ relation: Node?) -> Key? {
        relation.map { Key(schema: $0.string("schemaname") ?? "", name: $0.string("relname") ?? "") }
    }

    /// A type of `public.status` may be named without its schema elsewhere.
    private static func spellings(_ names: [String]) -> [Key] {
        guard let name = names.last else { return [] }
        return names.count > 1
            ? [Key(schema: names[0], name: name), Key(schema: "", name: name)] : [Key(schema: "", name: name)]
    }

    private static func type(_ node: Node?) -> ColumnType? {
        guard let node else { return nil }
        let names = node.strings("names")
        let length = node.list("typmods").first?.node("ival")?.integer("ival")
        return ColumnType(
            type: names.joined(separator: "."), isArray: !node.list("arrayBounds").isEmpty,
            length: ["bpchar", "varchar"].contains(names.last ?? "") ? length : nil)
    }
}
