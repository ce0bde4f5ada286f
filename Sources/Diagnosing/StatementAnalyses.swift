import Foundation
import Model
import Statements

/// What the texts of the workload's statements ask for. Built once: parsing 200 texts takes some 10 ms.
package struct StatementAnalyses: Sendable {
    /// In the order of the workload: greatest execution time first. Statements without a text, and those that do not
    /// parse, are not among them.
    package let all: [StatementAnalysis]
    private let places: [StatementKey: Int]

    /// `names`: by database.
    init(_ workload: Workload, _ names: [String: CatalogNames]) {
        all = workload.statements.compactMap { load in
            guard let text = load.text, let parsed = try? ParsedStatement(parsing: text), parsed.kind != .utility else {
                return nil
            }
            return StatementAnalysis(load, parsed, names[load.database])
        }
        places = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.load.key, $0) })
    }

    package func analysis(of load: StatementLoad) -> StatementAnalysis? { places[load.key].map { all[$0] } }
}

/// A statement with its tree and its shape, resolved against the catalog of its database.
package struct StatementAnalysis: Sendable {
    package let load: StatementLoad
    package let parsed: ParsedStatement
    package let shape: StatementShape
    package let names: CatalogNames
    /// The catalog of the statement's database was read.
    package let hasCatalog: Bool
    /// It ran, and its counters say what it cost; false: it stands in a file and nobody knows.
    let isMeasured: Bool

    init(_ load: StatementLoad, _ parsed: ParsedStatement, _ names: CatalogNames?, isMeasured: Bool = true) {
        self.isMeasured = isMeasured
        self.load = load
        self.parsed = parsed
        hasCatalog = names != nil
        self.names = names ?? CatalogNames(.make { $0.database = load.database })
        shape = StatementShape(parsed, names: self.names, searchPath: load.representative.searchPath)
    }

    /// The catalog's relation that a column belongs to.
    package func relation(of column: ColumnUse) -> Relation? {
        shape.relation(of: column).flatMap(names.relation)
    }

    /// The column stands in the catalog under its own name: no CTE, subquery or view, with conditions of its own, lies between.
    package func isDirect(_ column: ColumnUse) -> Bool { shape.origin(of: column) == column }

    /// The column's name in that relation: a CTE, a subquery or a view may call it otherwise.
    package func name(of column: ColumnUse) -> String { (shape.origin(of: column) ?? column).name }

    /// The statement reads much of the relation each time: its plan scans it sequentially, or, where there is no plan,
    /// a call touches more than so large a share of its pages.
    ///
    /// Of a statement that was never measured it is assumed.
    func readsMuch(of relation: Relation, share: Double) -> Bool {
        guard isMeasured else { return true }
        if let plan = load.plan { return scannedRelations(in: plan).contains(relation.name) }
        return load.counters.blocksPerCall >= share * Double(relation.pages) && relation.pages > 0
    }

    private func scannedRelations(in plan: StatementPlan) -> Set<QualifiedName> {
        guard let json = try? JSONSerialization.jsonObject(with: Data(plan.json.utf8)) else { return [] }
        var found: Set<QualifiedName> = []
        func visit(_ value: Any) {
            if let list = value as? [Any] { return list.forEach(visit) }
            guard let node = value as? [String: Any] else { return }
            if node["Node Type"] as? String == "Seq Scan", let name = node["Relation Name"] as? String {
                let schema = node["Schema"] as? String
                let path = load.representative.searchPath
                if let relation = names.relation(name, schema: schema, searchPath: path) {
                    found.insert(relation.name)
                    // A scan of a partition is a scan of the table that the statement names.
                    if let root = relation.partitionRoot { found.insert(root) }
                }
            }
            node.values.forEach(visit)
        }
        visit(json)
        return found
    }
}
