import Model
import Statements

/// An index as pricing sees it: a candidate, or one that is there.
struct AccessIndex: Sendable {
    struct Key: Sendable {
        /// As `ExpressionText` spells it.
        var text: String
        /// The bare column; nil for an expression.
        var column: String?
        var isDescending = false
        var nullsFirst = false
        /// `text_pattern_ops`, `gin_trgm_ops`, without its schema; nil for the type's default.
        var operatorClass: String?
    }

    var method: IndexCandidate.Method
    var keys: [Key]
    /// Columns that an index-only scan gives.
    var columns: Set<String>
    var predicate: [Qual]
    var pages: Double
    var rows: Double
    var height: Int
    /// Entries of a row; more than one in GIN.
    var entriesPerRow = 1.0
    var isUnique = false

    /// - Parameter relation: the candidate's, or one of its partitions.
    init?(
        _ candidate: IndexCandidate, on relation: QualifiedName, _ names: CatalogNames,
        distributions: [ColumnReference: ColumnDistribution]
    ) {
        var own = candidate
        own.relation = relation
        guard let size = IndexSize.estimate(own, names, distributions: distributions) else { return nil }
        method = candidate.method
        keys = candidate.keys.map { key in
            var made = Key(text: Self.text(key.key), column: nil)
            if case .column(let name) = key.key { made.column = name }
            made.isDescending = key.isDescending
            made.nullsFirst = key.nullsFirst ?? key.isDescending
            made.operatorClass = key.operatorClass.map { String($0.split(separator: ".").last ?? "") }
            return made
        }
        columns = candidate.method == .btree ? Set(keys.compactMap(\.column) + candidate.included) : []
        predicate = candidate.predicate.map { Qual.read($0, aliases: [relation.name]) } ?? []
        pages = size.pages
        rows = max(1, size.rows)
        height = size.height
        if candidate.method == .gin {
            let columns = candidate.keys.compactMap { IndexedColumn($0.key, of: relation, rows: rows, names) }
            entriesPerRow = GINSize(own, columns, names).entriesPerRow
        }
    }

    /// One of the catalog; nil for what is not a whole B-tree.
    init?(_ index: Index, _ table: TableSize) {
        guard index.accessMethod == "btree", index.predicate == nil, index.isValid, index.isReady else { return nil }
        method = .btree
        var keys: [Key] = []
        for column in index.keys {
            guard let text = column.name ?? column.expression.flatMap(ExpressionText.of) else { return nil }
            keys.append(
                Key(
                    text: text, column: column.name, isDescending: column.isDescending,
                    nullsFirst: column.isNullsFirst, operatorClass: column.operatorClassName))
        }
        self.keys = keys
        columns = Set(index.columns.compactMap(\.name))
        predicate = []
        pages = max(1, Double(index.sizeOrEstimate) / Double(IndexSize.page))
        rows = table.rows
        height = pages > 300 ? 2 : pages > 1 ? 1 : 0
        isUnique = index.isUnique
    }

    private static func text(_ key: ScanCondition.Key) -> String {
        switch key {
        case .column(let name): name
        case .expression(let text, _): ExpressionText.of(text) ?? text
        }
    }

    /// Every statement that has these conditions may use it.
    func isImplied(by quals: [Qual]) -> Bool {
        predicate.allSatisfy { wanted in
            quals.contains { qual in
                if qual.text == wanted.text { return true }
                // Whatever compares a column leaves NULLs out.
                if wanted.operation == .isNotNull, qual.key == wanted.key {
                    return qual.operation != .isNull && qual.operation != .other
                }
                return false
            }
        }
    }
}
