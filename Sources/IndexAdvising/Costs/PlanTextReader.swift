import Model
import Plans
import Statements

/// Reads scans of a plan against the catalog.
struct PlanTextReader: Sendable {
    private let statement: WorkloadStatement
    private let names: CatalogNames
    private let settings: CostSettings
    private let workers: Int

    init(_ statement: WorkloadStatement, _ names: CatalogNames, _ settings: CostSettings, workers: Int) {
        self.statement = statement
        self.names = names
        self.settings = settings
        self.workers = workers
    }

    private static let scans: Set<String> = ["Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"]

    func scan(_ node: PlanNode) -> PlannedScan? {
        guard Self.scans.contains(node.type), let name = node.relation,
            let relation = names.relation(name, schema: node.schema, searchPath: statement.searchPath)
        else { return nil }
        let aliases = Set([node.alias, node.relation].compactMap(\.self))
        let texts = [node.filter, node.indexCondition, node.type == "Bitmap Heap Scan" ? node.recheckCondition : nil]
        var quals: [Qual] = []
        for qual in texts.compactMap(\.self).flatMap({ Qual.read($0, aliases: aliases) }) where !quals.contains(qual) {
            quals.append(qual)
        }
        return PlannedScan(
            relation: relation.name, partitionRoot: relation.partitionRoot, aliases: aliases,
            table: TableSize(relation, names), quals: quals, rows: node.rows,
            needed: needed(of: node.alias ?? name, relation.name))
    }

    /// `cost_seqscan`
    func sequentialCost(_ scan: PlannedScan, isPartial: Bool) -> Double {
        let processor = scan.table.rows * (settings.tuple + Double(scan.quals.count) * settings.operator)
        return scan.table.pages * settings.sequentialPage
            + (isPartial ? processor / settings.divisor(workers: workers) : processor)
    }

    /// Columns that the statement names under the alias, or without one; nil where it reads all, or writes or locks the row.
    private func needed(of alias: String, _ relation: QualifiedName) -> Set<String>? {
        guard statement.parsed.kind == .select, !statement.parsed.locksRows else { return nil }
        for level in statement.shape.levels where !isExistence(level) {
            for place in level.starRelations where level.relations.indices.contains(place) {
                let use = level.relations[place]
                if use.alias == alias || use.target == relation { return nil }
            }
            // A view's or subquery's columns are not followed.
            if level.selectsStar && level.starRelations.isEmpty { return nil }
        }
        var found: Set<String> = []
        for reference in statement.parsed.root.all("ColumnRef") {
            let fields = reference.strings("fields")
            switch fields.count {
            case 1 where fields[0] == alias: if names.column(fields[0], of: relation) == nil { return nil }
            case 1: break
            case 2 where fields[0] != alias: continue
            case 3 where fields[1] != alias: continue
            default: break
            }
            guard let name = fields.last, names.column(name, of: relation) != nil else { continue }
            found.insert(name)
        }
        return found
    }

    private func isExistence(_ level: QueryLevel) -> Bool {
        guard case .sublink(let place) = level.role, let parent = level.parent else { return false }
        let uses = statement.shape.levels[parent].sublinks
        return uses.indices.contains(place) && uses[place].kind == .exists
    }
}
