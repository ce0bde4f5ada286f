import Model
import Statements

extension IndexCandidate {
    /// An index of the catalog does the same for a statement: its keys begin with these ones under the same operator classes, in any
    /// order where all are compared for equality, else in the same order or all of it mirrored; it holds all our columns, and the
    /// rows that the statement asks for.
    ///
    /// - Parameters:
    ///   - equalities: so many of the first keys are compared for equality.
    ///   - given: signatures of the statement's conditions, which imply an index's predicate.
    func isServed(by index: Index, equalities: Int, given: Set<String>) -> Bool {
        guard index.relation == relation, index.isValid, index.isReady, index.isLive,
            index.accessMethod == method.rawValue, holdsRows(index, given),
            // A collation that is not the column's own: another order.
            !(index.definition?.contains(" COLLATE ") ?? false)
        else { return false }
        let present = Array(index.keys)
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
            pairs.allSatisfy({ $0.order == $1.order }) || pairs.allSatisfy({ $0.order == $1.order.map { !$0 } })
        else { return false }
        let held = Set(index.columns.compactMap(\.name))
        return included.allSatisfy(held.contains)
    }

    private func holdsRows(_ index: Index, _ given: Set<String>) -> Bool {
        guard let text = index.predicate else { return true }
        // Its literals were taken out: what it holds is not known.
        guard !index.hasLiterals, let signature = Self.signature(text) else { return false }
        return given.contains(signature)
    }

    private static func isSame(_ key: Key, _ column: IndexColumn) -> Bool {
        let operatorClass = key.operatorClass?.split(separator: ".").last.map(String.init)
        // jsonb_ops serves all that jsonb_path_ops does.
        guard
            operatorClass == column.operatorClassName
                || operatorClass == "jsonb_path_ops" && column.operatorClassName == nil
        else { return false }
        switch key.key {
        case .column(let name): return column.name == name
        case .expression(let text, _):
            guard let other = column.expression, let signature = signature(other) else { return false }
            return signature == self.signature(text)
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
