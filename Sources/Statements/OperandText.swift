/// Where expressions end: the tree knows only where they begin.
extension TokenText {
    /// The tokens of `a.b.c`, of a parameter or of a constant, with the casts `::type` after it; nil for all else.
    func simpleOperand(at start: Int) -> Range<Int>? {
        guard tokens.indices.contains(start) else { return nil }
        var end = start + 1
        if case .parameter = tokens[start].kind {
        } else if tokens[start].isConstant {
            // Two strings on two lines are one constant.
            while end < count, tokens[end].kind == .string, tokens[start].kind == .string { end += 1 }
        } else if isNamePart(start) {
            while end + 1 < count, string(end) == ".", isNamePart(end + 1) { end += 2 }
            // A call, `interval '1 day'`, …
            guard end == count || string(end) != "(" && !tokens[end].isConstant else { return nil }
        } else {
            return nil
        }
        while end < count, string(end) == "::" {
            guard let type = typeName(at: end + 1) else { return nil }
            end = type.upperBound
        }
        // Subscripts and fields belong to it.
        return end < count && ["[", "."].contains(string(end)) ? nil : start..<end
    }

    /// `pg_catalog.int4`, `character varying(10)[]`, `timestamp(3) with time zone`
    private func typeName(at start: Int) -> Range<Int>? {
        guard isNamePart(start) else { return nil }
        var end = start + 1
        while end + 1 < count, string(end) == ".", isNamePart(end + 1) { end += 2 }
        if isWord("precision", end) || isWord("varying", end) { end += 1 }
        if end < count, string(end) == "(" {
            guard let close = closing(end) else { return nil }
            end = close + 1
        }
        if isWord("with", end) || isWord("without", end), isWord("time", end + 1), isWord("zone", end + 2) { end += 3 }
        while end < count, string(end) == "[" {
            let close = (end + 1..<count).first { depths[$0] == depths[end] && string($0) == "]" }
            guard let close else { return nil }
            end = close + 1
        }
        return start..<end
    }

    private func isNamePart(_ index: Int) -> Bool {
        guard tokens.indices.contains(index) else { return false }
        switch tokens[index].kind {
        case .identifier, .keyword: return true
        default: return false
        }
    }

    /// The smallest whole that holds two leaves, with the parentheses that open or close within it.
    func whole(from first: Int, through last: Range<Int>) -> Range<Int>? {
        guard first < last.upperBound, let level = depths[first..<last.upperBound].min() else { return nil }
        var start = first
        while depths[start] > level {
            guard start > 0, string(start - 1) == "(" else { return nil }
            start -= 1
        }
        var end = last.upperBound
        while depths[end - 1] > level {
            guard end < count, string(end) == ")" else { return nil }
            end += 1
        }
        return start..<end
    }

    /// The tokens of a call that begins with its name: `pg_catalog.random()`.
    func call(at start: Int) -> Range<Int>? {
        var open = start + 1
        while open + 1 < count, string(open) == ".", isNamePart(open + 1) { open += 2 }
        guard open < count, string(open) == "(", let close = closing(open) else { return nil }
        return start..<close + 1
    }
}

extension Node {
    /// Where a simple operand begins: a cast's own place is that of `::`.
    var beginning: Int? { kind == "TypeCast" ? node("arg").flatMap(\.beginning) : location }
}
