import Model
import Statements

/// A valid index of the catalog with its texts as signatures, read once.
struct ExistingIndex: Sendable {
    var index: Index
    var predicate: String?
    /// Of each key; nil of a column.
    var expressions: [String?]

    /// A snapshot has the texts without their literals.
    init(_ index: Index) {
        self.index = index
        func signature(_ text: String) -> String? { IndexCandidate.signature(text, isRedacted: index.hasLiterals) }
        predicate = index.predicate.flatMap(signature)
        expressions = index.keys.map { $0.expression.flatMap(signature) }
    }
}

/// What of a statement says which indexes serve it.
struct StatementFacts: Sendable {
    /// Signatures of conditions that every row which is asked for fulfils.
    var given: Set<String>
    /// The same without the values of their literals.
    var redacted: Set<String> = []
    /// Names of the indexes that its plan uses; nil where there is no plan.
    var used: Set<String>?
}

extension IndexCandidate {
    /// An index of the catalog does the same for a statement: its keys begin with these ones under the same operator
    /// classes, in any order where all are compared for equality, else in the same order or all of it mirrored; it
    /// holds
    /// all our columns, and the rows that the statement asks for.
    ///
    /// - Parameter equalities: so many of the first keys are compared for equality.
    func isServed(by existing: ExistingIndex, equalities: Int, _ statement: StatementFacts) -> Bool {
        let index = existing.index
        guard index.relation == relation, index.accessMethod == method.rawValue,
            Self.holdsRows(existing, statement),
            // A collation that is not the column's own: another order.
            !(index.definition?.contains(" COLLATE ") ?? false)
        else { return false }
        // Texts without their literals look the same: the planner, which saw them, tells. Without a plan we rather
        // leave
        // out an index than advise a copy.
        if index.hasLiterals, let used = statement.used, !used.contains(index.name.name) { return false }
        let present = Array(zip(index.keys, existing.expressions))
        func isSame(_ key: Key, _ other: (column: IndexColumn, expression: String?)) -> Bool {
            Self.isSame(key, other.column, other.expression, isRedacted: index.hasLiterals)
        }
        switch method {
        case .gin, .brin: return keys.allSatisfy { key in present.contains { isSame(key, $0) } }
        case .gist: return present.count >= keys.count && zip(keys, present).allSatisfy(isSame)
        case .btree: break
        }
        guard present.count >= keys.count else { return false }
        let (head, tail) = (keys.prefix(equalities), keys.dropFirst(equalities))
        let first = present.prefix(equalities)
        guard head.allSatisfy({ key in first.contains { isSame(key, $0) } }) else { return false }
        let pairs = Array(zip(tail, present.dropFirst(equalities)))
        guard pairs.allSatisfy({ isSame($0, $1) }),
            pairs.allSatisfy({ $0.order == $1.0.order })
                || pairs.allSatisfy({ $0.order == $1.0.order.map { !$0 } })
        else { return false }
        let held = Set(index.columns.compactMap(\.name))
        return included.allSatisfy(held.contains)
    }

    private static func holdsRows(_ existing: ExistingIndex, _ statement: StatementFacts) -> Bool {
        guard existing.index.predicate != nil else { return true }
        let given = existing.index.hasLiterals ? statement.redacted : statement.given
        return existing.predicate.map(given.contains) ?? false
    }

    private static func isSame(_ key: Key, _ column: IndexColumn, _ expression: String?, isRedacted: Bool) -> Bool {
        let operatorClass = key.operatorClass?.split(separator: ".").last.map(String.init)
        // jsonb_ops serves all that jsonb_path_ops does.
        guard
            operatorClass == column.operatorClassName
                || operatorClass == "jsonb_path_ops" && column.operatorClassName == nil
        else { return false }
        switch key.key {
        case .column(let name): return column.name == name
        case .expression(let text, _):
            return expression != nil && expression == signature(text, isRedacted: isRedacted)
        }
    }

    static func signature(_ expression: String, isRedacted: Bool = false) -> String? {
        let parsed = try? ParsedStatement(parsing: "SELECT " + expression)
        let node = parsed?.root.list("targetList").first?.node("val")
        return isRedacted ? node?.redactedSignature : node?.signature
    }
}

extension IndexCandidate.Key {
    /// Descending, and NULLs first.
    fileprivate var order: [Bool] { [isDescending, nullsFirst ?? isDescending] }
}

extension IndexColumn {
    fileprivate var order: [Bool] { [isDescending, isNullsFirst] }
}
