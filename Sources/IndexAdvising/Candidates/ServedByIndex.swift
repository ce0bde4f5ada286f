import Model
import Statements

/// A valid index of the catalog with its texts as signatures, read once.
struct ExistingIndex: Sendable {
    var index: Index
    var predicate: String?
    /// Of each key; nil of a column.
    var expressions: [String?]

    init(_ index: Index) {
        self.index = index
        predicate = index.predicate.flatMap(IndexCandidate.signature)
        expressions = index.keys.map { $0.expression.flatMap(IndexCandidate.signature) }
    }
}

extension IndexCandidate {
    /// An index of the catalog does the same for a statement: its keys begin with these ones under the same operator classes, in any
    /// order where all are compared for equality, else in the same order or all of it mirrored; it holds all our columns, and the
    /// rows that the statement asks for.
    ///
    /// - Parameters:
    ///   - equalities: so many of the first keys are compared for equality.
    ///   - given: signatures of the statement's conditions, which imply an index's predicate.
    func isServed(by existing: ExistingIndex, equalities: Int, given: Set<String>) -> Bool {
        let index = existing.index
        guard index.relation == relation, index.isValid, index.isReady, index.isLive,
            index.accessMethod == method.rawValue, Self.holdsRows(existing, given),
            // A collation that is not the column's own: another order.
            !(index.definition?.contains(" COLLATE ") ?? false)
        else { return false }
        let present = Array(zip(index.keys, existing.expressions))
        switch method {
        case .gin, .brin: return keys.allSatisfy { key in present.contains { Self.isSame(key, $0) } }
        case .gist: return present.count >= keys.count && zip(keys, present).allSatisfy(Self.isSame)
        case .btree: break
        }
        guard present.count >= keys.count else { return false }
        let (head, tail) = (keys.prefix(equalities), keys.dropFirst(equalities))
        let first = present.prefix(equalities)
        guard head.allSatisfy({ key in first.contains { Self.isSame(key, $0) } }) else { return false }
        let pairs = Array(zip(tail, present.dropFirst(equalities)))
        guard pairs.allSatisfy({ Self.isSame($0, $1) }),
            pairs.allSatisfy({ $0.order == $1.0.order }) || pairs.allSatisfy({ $0.order == $1.0.order.map { !$0 } })
        else { return false }
        let held = Set(index.columns.compactMap(\.name))
        return included.allSatisfy(held.contains)
    }

    private static func holdsRows(_ existing: ExistingIndex, _ given: Set<String>) -> Bool {
        guard existing.index.predicate != nil else { return true }
        // Its literals were taken out: what it holds is not known.
        return !existing.index.hasLiterals && existing.predicate.map(given.contains) ?? false
    }

    private static func isSame(_ key: Key, _ present: (column: IndexColumn, expression: String?)) -> Bool {
        let column = present.column
        let operatorClass = key.operatorClass?.split(separator: ".").last.map(String.init)
        // jsonb_ops serves all that jsonb_path_ops does.
        guard
            operatorClass == column.operatorClassName
                || operatorClass == "jsonb_path_ops" && column.operatorClassName == nil
        else { return false }
        switch key.key {
        case .column(let name): return column.name == name
        case .expression(let text, _):
            return present.expression != nil && present.expression == signature(text)
        }
    }

    static func signature(_ expression: String) -> String? {
        (try? ParsedStatement(parsing: "SELECT " + expression))?.root.list("targetList").first?.node("val")?.signature
    }
}

extension IndexCandidate.Key {
    /// Descending, and NULLs first.
    fileprivate var order: [Bool] { [isDescending, nullsFirst ?? isDescending] }
}

extension IndexColumn {
    fileprivate var order: [Bool] { [isDescending, isNullsFirst] }
}
