import Model

/// A write of one row, made a write of many.
extension ParsedStatement {
    /// The UPDATE or DELETE of one relation with one array for each of its parameters, joined by unnest.
    ///
    /// - Parameter types: of each parameter, as SQL names it; nil where one is not known.
    package func writingManyRows(types: [Int: String], columns: Set<String>) -> String? {
        guard let words, !types.isEmpty, types.count == parameterCount,
            types.keys.sorted() == Array(1...parameterCount), root["returningList"] == nil,
            root["withClause"] == nil, root.all("SubLink").isEmpty,
            let condition = words.first("where"), !words.isWord("current", condition + 1)
        else { return nil }
        // A name that no column of the relation has: bare names go on meaning the relation's.
        let name: String
        switch kind {
        case .update where root["fromClause"] == nil: name = "FROM"
        case .delete where root["usingClause"] == nil: name = "USING"
        default: return nil
        }
        let own = (1...parameterCount).map { "p\($0)" }
        guard columns.isDisjoint(with: own), !root.all("RangeVar").contains(where: \.isNamedV) else { return nil }
        let arrays = (1...parameterCount).map { "$\($0)::\(types[$0]!)[]" }.joined(separator: ", ")
        let place = words.tokens[condition].start
        var edits = [
            TextEdit(place..<place, "\(name) unnest(\(arrays)) AS v (\(own.joined(separator: ", "))) ")
        ]
        for index in words.tokens.indices where words.tokens[index].kind == .parameter {
            let number = words.string(index).dropFirst()
            edits.append(TextEdit(words.bytes(of: index..<index + 1), "v.p\(number)"))
        }
        return applying(edits, to: words)
    }

    /// Of an UPDATE or DELETE: the column that each parameter is assigned to, or compared with by `=`. None where one
    /// parameter stands for two columns, whose types may differ.
    package var parameterColumns: [Int: String] {
        var pairs: [(number: Int, column: String)] = []
        for target in kind == .update ? root.list("targetList") : [] where target["indirection"] == nil {
            if let column = target.string("name"), let number = target.node("val").flatMap(ShapeBuilder.parameter) {
                pairs.append((number, column))
            }
        }
        for comparison in root.node("whereClause")?.all("A_Expr") ?? [] {
            guard comparison.string("kind") == "AEXPR_OP", comparison.strings("name") == ["="],
                let left = comparison.node("lexpr"), let right = comparison.node("rexpr")
            else { continue }
            for (side, other) in [(left, right), (right, left)] where side.kind == "ColumnRef" {
                if let column = side.strings("fields").last, let number = ShapeBuilder.parameter(other) {
                    pairs.append((number, column))
                }
            }
        }
        let columns = Dictionary(grouping: pairs, by: \.number).mapValues { Set($0.map(\.column)) }
        return columns.values.allSatisfy { $0.count == 1 } ? columns.compactMapValues(\.first) : [:]
    }
}

extension Node {
    /// Its alias, or its name, is `v`.
    fileprivate var isNamedV: Bool { (node("alias")?.string("aliasname") ?? string("relname")) == "v" }
}
