import Model
import Statements

/// B-trees that find texts by how they begin.
struct PrefixIndex {
    /// C, POSIX and ucs_basic, and pg_c_utf8 of 17 and up: OIDs of pg_collation, the same on every server. They compare
    /// byte by byte, as a search for a prefix needs.
    private static let bytewise: Set<Int64> = [950, 951, 962, 811]
    private static let patternClasses: Set<String> = ["text_pattern_ops", "varchar_pattern_ops", "bpchar_pattern_ops"]
    /// The database's own collation.
    private static let databaseDefault: Int64 = 100

    let relation: Relation
    let column: Column
    let names: [Index]
    private let isBytewiseDatabase: Bool

    /// nil for columns that are neither text nor varchar.
    init?(_ relation: Relation, _ column: Column?, _ analysis: StatementAnalysis, _ observation: Observation) {
        guard let column, column.type == "text" || column.type.hasPrefix("character varying") else { return nil }
        self.relation = relation
        self.column = column
        names = analysis.names.catalog.indexes
        let database = observation.snapshot.databases.first { $0.name == analysis.load.database }
        isBytewiseDatabase = ["C", "POSIX"].contains(database?.collation)
    }

    private var indexes: [Index] {
        names.filter {
            $0.relation == relation.name && $0.isValid && $0.isReady && $0.predicate == nil
                && $0.columns.first?.name == column.name
        }
    }

    /// The B-tree on the column that cannot find prefixes, where no other index does.
    var unfit: Index? {
        guard !indexes.contains(where: serves) else { return nil }
        return indexes.first { $0.accessMethod == "btree" }
    }

    private func serves(_ index: Index) -> Bool {
        guard index.accessMethod == "btree", let key = index.columns.first else {
            return ["spgist", "gin", "gist"].contains(index.accessMethod)
        }
        return Self.patternClasses.contains(key.operatorClassName ?? "") || Self.bytewise.contains(key.collation)
            || key.collation == Self.databaseDefault && isBytewiseDatabase
    }

    func create(gain: Gain) -> Action {
        let opclass = column.type == "text" ? "text_pattern_ops" : "varchar_pattern_ops"
        let taken = Set(names.map(\.name.name))
        let name = SQL.freeName([relation.name.name, column.name], suffix: "_prefix_idx", besides: taken)
        return Action(
            .fix, "make an index on \(column.name) that finds prefixes",
            sql: [
                "CREATE INDEX CONCURRENTLY \(SQL.identifier(name)) ON \(relation.name.quoted) "
                    + "(\(SQL.identifier(column.name)) \(opclass));"
            ],
            steps: [
                "It finds equal values too; only ORDER BY and < or > need the index in the column's own collation."
            ],
            lock: .concurrentIndex, gain: gain, verify: StatementAnalysis.verifyRewrite,
            undo: "DROP INDEX CONCURRENTLY \(QualifiedName(relation.name.schema, name).quoted);",
            caution: "not inside a transaction block; when it fails it leaves an INVALID index: drop it and run again")
    }
}
