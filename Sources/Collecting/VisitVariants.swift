import Model
import Plans
import PostgresClient
import Queries
import Statements

/// Plans of one statement under different parameters: common values and rare ones, wide ranges and narrow ones. Where they
/// differ, the statement is slow sometimes.
///
/// The values come from the column statistics, go back to the server as bound parameters, and are forgotten: the snapshot has
/// the plans, without literals, and how frequent the values are.
extension Visit {
    /// Statements that are planned anew; two plans each.
    static let variantLimit = 10

    /// The request for the values of the columns that the greatest statements compare with parameters.
    func columnValuesRequest(for depth: DepthDraft) -> (CatalogQuery, Int, [CatalogQuery.Variable])? {
        guard options.explainsStatements, let catalog = try? depth.catalog.finished(database: depth.database),
            let entries = statements?.entries, let texts = statements?.texts
        else { return nil }
        let greatest = (snapshot.statementStatistics?.statements ?? []).enumerated()
            .filter { $0.element.database == depth.database && !$0.element.isOurs }
            .sorted { $0.element.counters.executionTime > $1.element.counters.executionTime }.prefix(Self.variantLimit)
        let names = CatalogNames(catalog)
        var wanted: Set<ColumnReference> = []
        for (place, statement) in greatest {
            guard let key = entries[place].key, let text = texts[key] else { continue }
            let select = (try? ParsedStatement(parsing: text))?.selectForExplain ?? text
            let parameters = StatementParameters(of: select, searchPath: statement.searchPath, names)
            wanted.formUnion(parameters?.columns ?? [])
        }
        return Self.variables(ofColumnValues: wanted, names).map { (.columnValues, major, $0) }
    }

    /// nil where the catalog has none of the columns.
    static func variables(
        ofColumnValues columns: Set<ColumnReference>, _ names: CatalogNames
    ) -> [CatalogQuery.Variable]? {
        let listed = columns.compactMap { column in
            names.relation(column.relation).map { (oid: $0.oid, name: column.column) }
        }
        .sorted { ($0.oid, $0.name) < ($1.oid, $1.name) }
        guard !listed.isEmpty else { return nil }
        return [.oids("relations", listed.map(\.oid)), .names("columns", listed.map(\.name))]
    }

    /// Two plans for each of the greatest jobs whose parameters are all known.
    func variantGroups(_ jobs: [ExplainJob], in depth: DepthDraft) -> [(
        job: Int, variant: PlanVariant, group: QueryGroup
    )] {
        guard !depth.values.isEmpty, let catalog = try? depth.catalog.finished(database: depth.database) else {
            return []
        }
        let names = CatalogNames(catalog)
        var groups: [(Int, PlanVariant, QueryGroup)] = []
        for (place, job) in jobs.enumerated().prefix(Self.variantLimit) {
            let candidate = job.candidate
            guard
                let parameters = StatementParameters(
                    of: candidate.text, searchPath: candidate.searchPath, names),
                let common = parameters.variant(.common, depth.values),
                let rare = parameters.variant(.rare, depth.values), common.values != rare.values
            else { continue }
            for (variant, values) in [common, rare] {
                groups.append((place, variant, Explaining.group(candidate, values: values)))
            }
        }
        return groups
    }

    mutating func keep(_ json: String, as variant: PlanVariant, for job: ExplainJob) {
        guard let clean = texts.plan(json) else { return }
        var variant = variant
        variant.json = clean
        for place in job.statements { snapshot.statementStatistics?.statements[place].variants.append(variant) }
    }
}
