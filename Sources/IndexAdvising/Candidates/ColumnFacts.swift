import Model
import Statements

/// What the catalog and the statistics say of one relation's columns.
struct ColumnFacts {
    let names: CatalogNames
    let relation: QualifiedName
    let rows: Double

    init(names: CatalogNames, relation: QualifiedName, rows: Double) {
        self.names = names
        self.relation = relation
        self.rows = rows
    }

    private func statistics(_ name: String) -> ColumnStatistics? { names.column(name, of: relation)?.statistics }

    func distinct(_ key: KeyExpression) -> Double {
        statistics(key.columns[0])?.distinctValues(inRows: rows) ?? 0
    }

    /// The least share of the rows that a look-up of one value may find; 0 where nothing is known.
    func leastShare(_ key: KeyExpression) -> Double {
        guard key.isColumn, let statistics = statistics(key.columns[0]) else { return 0 }
        return Part.values(1).leastShare(statistics, inRows: rows) ?? 0
    }

    func correlation(_ name: String) -> Double { statistics(name)?.correlation ?? 0 }

    /// Bytes on average; of a column without statistics, those of a pointer to something longer.
    func width(_ name: String) -> Int { statistics(name)?.averageWidth ?? 32 }

    func areKnown(_ columns: Set<String>) -> Bool {
        columns.allSatisfy { names.column($0, of: relation) != nil }
    }

    func inTableOrder(_ columns: Set<String>) -> [String] {
        columns.sorted { (number($0), $0) < (number($1), $1) }
    }

    private func number(_ name: String) -> Int { names.column(name, of: relation)?.number ?? 0 }

    func key(_ column: String) -> KeyExpression {
        KeyExpression(
            sql: SQL.identifier(column),
            type: names.column(column, of: relation).map { KeyExpressionReader.plainType($0.type) } ?? "",
            columns: [column], isColumn: true, signature: "column \(column)")
    }

    /// A B-tree takes it.
    func isKey(_ key: KeyExpression, widest: Int) -> Bool {
        OperatorSupport.hasBTree(key.type)
            && (!key.isColumn || (statistics(key.columns[0])?.averageWidth ?? 0) <= widest)
    }
}
