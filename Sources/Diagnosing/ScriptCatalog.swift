import Model
import Statements

/// A catalog made from SQL alone, for files that are judged without a server: what their CREATE TABLE and CREATE INDEX say, and
/// for tables that they only name, what is prudent to assume.
package struct ScriptCatalog: Sendable {
    package private(set) var catalog = DatabaseCatalog()
    /// Tables that are named and not defined: taken for large, their columns for nullable, without any index.
    package private(set) var assumed: [QualifiedName] = []

    /// Rows of a table of which nothing is known: enough that reading it whole is felt.
    package static let assumedRows = 1_000_000.0

    package init(_ statements: [ParsedStatement]) {
        catalog.database = "files"
        for statement in statements {
            switch statement.root.kind {
            case "CreateStmt": addTable(statement.root)
            case "IndexStmt": addIndex(statement.root)
            default: break
            }
        }
        for statement in statements where statement.kind != .utility { assumeTables(of: statement) }
    }

    private mutating func addTable(_ node: Node) {
        guard let name = Self.name(node.node("relation")) else { return }
        addRelation(name)
        for element in node.list("tableElts") {
            if element.kind == "ColumnDef" { addColumn(element, of: name) }
            if element.kind == "Constraint" { addConstraint(element, of: name, columns: element.strings("keys")) }
        }
    }

    private mutating func addRelation(_ name: QualifiedName) {
        guard !catalog.relations.contains(where: { $0.name == name }) else { return }
        catalog.relations.append(
            .make {
                $0.name = name
                $0.estimatedRows = Self.assumedRows
                $0.pages = Int64(Self.assumedRows / 50)
            })
    }

    private mutating func addColumn(_ node: Node, of table: QualifiedName) {
        guard let name = node.string("colname") else { return }
        let constraints = node.list("constraints")
        catalog.columns.append(
            .make {
                $0.relation = table
                $0.name = name
                $0.number = catalog.columns.count { $0.relation == table } + 1
                let type = ScriptType(node.node("typeName"))
                ($0.type, $0.typeCategory) = (type.name, type.category)
                $0.isNotNull =
                    constraints.contains {
                        ["CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"].contains($0.string("contype"))
                    } || type.isSerial
            })
        for constraint in constraints { addConstraint(constraint, of: table, columns: [name]) }
    }

    private mutating func addConstraint(_ node: Node, of table: QualifiedName, columns: [String]) {
        switch node.string("contype") {
        case "CONSTR_PRIMARY":
            for place in catalog.columns.indices
            where catalog.columns[place].relation == table && columns.contains(catalog.columns[place].name) {
                catalog.columns[place].isNotNull = true
            }
            addIndex(on: table, Self.columns(columns), isUnique: true, isPrimary: true)
        case "CONSTR_UNIQUE": addIndex(on: table, Self.columns(columns), isUnique: true)
        case "CONSTR_FOREIGN":
            catalog.constraints.append(
                .make {
                    $0.kind = .foreignKey
                    $0.relation = table
                    let own = node.strings("fk_attrs")
                    $0.columns = own.isEmpty ? columns : own
                    $0.referencedRelation = Self.name(node.node("pktable"))
                    $0.referencedColumns = node.strings("pk_attrs")
                })
        default: break
        }
    }

    private mutating func addIndex(_ node: Node) {
        guard let table = Self.name(node.node("relation")) else { return }
        addIndex(
            on: table, node.list("indexParams").map(Self.column), isUnique: node.flag("unique"),
            method: node.string("accessMethod") ?? "btree", isPartial: node.node("whereClause") != nil)
    }

    private static func columns(_ names: [String]) -> [IndexColumn] {
        names.map { name in .make { $0.name = name } }
    }

    private static func column(_ element: Node) -> IndexColumn {
        .make {
            $0.name = element.string("name")
            $0.expression = element.node("expr")?.sketch
            $0.isDescending = element.string("ordering") == "SORTBY_DESC"
            $0.isNullsFirst =
                switch element.string("nulls_ordering") {
                case "SORTBY_NULLS_FIRST": true
                case "SORTBY_NULLS_LAST": false
                default: $0.isDescending
                }
            $0.operatorClassName = element.strings("opclass").last
        }
    }

    private mutating func addIndex(
        on table: QualifiedName, _ columns: [IndexColumn], isUnique: Bool, isPrimary: Bool = false,
        method: String = "btree",
        isPartial: Bool = false
    ) {
        catalog.indexes.append(
            .make {
                $0.name = QualifiedName(table.schema, "\(table.name)_\(catalog.indexes.count)")
                $0.relation = table
                $0.accessMethod = method.isEmpty ? "btree" : method
                $0.columns = columns
                $0.keyCount = columns.count
                ($0.isUnique, $0.isPrimary) = (isUnique, isPrimary)
                $0.predicate = isPartial ? "…" : nil
            })
    }

    private mutating func assumeTables(of statement: ParsedStatement) {
        let ctes = Set(statement.root.all("CommonTableExpr").compactMap { $0.string("ctename") })
        for variable in statement.root.all("RangeVar") {
            guard let name = Self.name(variable), variable.string("schemaname") != nil || !ctes.contains(name.name),
                !catalog.relations.contains(where: { $0.name == name })
            else { continue }
            addRelation(name)
            assumed.append(name)
        }
    }

    private static func name(_ node: Node?) -> QualifiedName? {
        node?.string("relname").map { QualifiedName(node?.string("schemaname") ?? "public", $0) }
    }
}
