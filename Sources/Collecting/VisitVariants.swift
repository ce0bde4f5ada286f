import Model
import Plans
import PostgresClient
import Queries
import Statements

/// Plans of one statement under different parameters: a common value and a rare one. Where they differ, the statement is slow
/// sometimes.
///
/// The values come from the column statistics, go back to the server as bound parameters, and are forgotten: the snapshot has
/// the plans, without literals, and how frequent the values are.
extension Visit {
    /// Statements that are planned anew; two plans each.
    static let variantLimit = 10

    /// What the statistics know of a column's values.
    struct ColumnValues: Sendable {
        var common: String?
        var commonFrequency: Double?
        var rare: String?
        var rareFrequency: Double?
    }

    /// `relation.column = $n`, for every parameter of the statement; nil where one stands elsewhere.
    static func parameterColumns(
        of text: String, searchPath: [String], _ names: CatalogNames
    ) -> [Int: ColumnReference]? {
        guard let parsed = try? ParsedStatement(parsing: text), parsed.kind == .select, parsed.parameterCount > 0 else {
            return nil
        }
        let shape = StatementShape(parsed, names: names, searchPath: searchPath)
        var found: [Int: ColumnReference] = [:]
        for predicate in shape.levels.flatMap(\.predicates) {
            guard case .parameter(let number) = predicate.operand, predicate.operation == .equality,
                predicate.wrapper == nil, shape.origin(of: predicate.column) == predicate.column,
                let relation = shape.relation(of: predicate.column)
            else { continue }
            found[number] = ColumnReference(relation, predicate.column.name)
        }
        for number in limitParameters(parsed) { found[number] = .some(Self.limit) }
        return found.count == parsed.parameterCount ? found : nil
    }

    /// Stands for a LIMIT: no column.
    private static let limit = ColumnReference(QualifiedName("", ""), "")
    /// Rows that a page has.
    private static let limitValue = "20"

    private static func limitParameters(_ parsed: ParsedStatement) -> [Int] {
        parsed.root.all("SelectStmt").compactMap { $0.node("limitCount") }
            .flatMap { $0.all("ParamRef") }.map { $0.integer("number") }
    }

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
            let columns = Self.parameterColumns(of: select, searchPath: statement.searchPath, names) ?? [:]
            wanted.formUnion(columns.values.filter { $0 != Self.limit })
        }
        let listed = wanted.compactMap { column in
            names.relation(column.relation).map { (oid: $0.oid, name: column.column) }
        }
        .sorted { ($0.oid, $0.name) < ($1.oid, $1.name) }
        guard !listed.isEmpty else { return nil }
        return (
            .columnValues, major, [.oids("relations", listed.map(\.oid)), .names("columns", listed.map(\.name))]
        )
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
            guard let columns = Self.parameterColumns(of: candidate.text, searchPath: candidate.searchPath, names)
            else {
                continue
            }
            for kind in PlanVariant.Kind.allCases {
                if let (variant, values) = variant(kind, columns, depth) {
                    groups.append((place, variant, Explaining.group(candidate, values: values)))
                }
            }
        }
        return groups
    }

    /// The variant without its plan, and the parameters in order; nil where no value of a column is known.
    private func variant(
        _ kind: PlanVariant.Kind, _ columns: [Int: ColumnReference], _ depth: DepthDraft
    ) -> (PlanVariant, [String])? {
        var values: [String] = []
        var frequencies: [Double] = []
        var hasColumn = false
        for number in columns.keys.sorted() {
            guard let column = columns[number] else { return nil }
            if column == Self.limit {
                values.append(Self.limitValue)
                continue
            }
            guard let known = depth.values[column], let value = kind == .common ? known.common : known.rare else {
                return nil
            }
            hasColumn = true
            values.append(value)
            if let frequency = kind == .common ? known.commonFrequency : known.rareFrequency {
                frequencies.append(frequency)
            }
        }
        guard hasColumn else { return nil }
        var variant = PlanVariant()
        variant.kind = kind
        variant.columns = columns.sorted { $0.key < $1.key }.map(\.value).filter { $0 != Self.limit }
        variant.frequency = frequencies.count == variant.columns.count ? frequencies.reduce(1, *) : nil
        return (variant, values)
    }

    mutating func keep(_ json: String, as variant: PlanVariant, for job: ExplainJob) {
        guard let clean = texts.plan(json) else { return }
        var variant = variant
        variant.json = clean
        for place in job.statements { snapshot.statementStatistics?.statements[place].variants.append(variant) }
    }
}

extension Dictionary<ColumnReference, Visit.ColumnValues> {
    init(_ rows: [Row], names: (Int64) -> QualifiedName?) throws {
        self.init()
        for row in rows {
            guard let relation = names(try row.int64("relation")) else { continue }
            self[ColumnReference(relation, try row.string("name"))] = Visit.ColumnValues(
                common: try row.stringIfPresent("common_value"),
                commonFrequency: try row.doubleIfPresent("common_frequency"),
                rare: try row.stringIfPresent("rare_value"), rareFrequency: try row.doubleIfPresent("rare_frequency"))
        }
    }
}
