extension ParsedStatement {
    /// The SELECT that finds the same rows as an UPDATE, DELETE, MERGE, INSERT … SELECT or SELECT … FOR UPDATE, for
    /// EXPLAIN without write rights. Parameters are numbered anew from `$1`, since those of SET are gone.
    ///
    /// nil where there is none: INSERT … VALUES, WHERE CURRENT OF, writes in a CTE.
    package var equivalentSelect: String? {
        guard let tokens = try? Scanner.tokens(of: text), root.all("CurrentOfExpr").isEmpty, !writesBelowTop else {
            return nil
        }
        let words = TokenText(text, tokens)
        guard let assembled = assemble(words), let unlocked = TokenText(assembled)?.withoutLocking,
            let numbered = TokenText(unlocked)?.renumbered, let parsed = try? ParsedStatement(parsing: numbered),
            parsed.kind == .select, !parsed.writes, !parsed.locksRows
        else { return nil }
        return numbered
    }

    /// The statement itself where it is a SELECT that only reads, else `equivalentSelect`.
    package var selectForExplain: String? {
        kind == .select && !writes && !locksRows ? text : equivalentSelect
    }

    private var writesBelowTop: Bool {
        root.children.contains { child in
            ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"].contains { !child.all($0).isEmpty }
        }
    }

    private func assemble(_ words: TokenText) -> String? {
        switch kind {
        case .select: return text
        case .update: return update(words)
        case .delete: return delete(words)
        case .merge: return merge(words)
        case .insert: return insert(words)
        case .utility: return nil
        }
    }

    private func update(_ words: TokenText) -> String? {
        guard let verb = words.first("update"), let set = words.first("set", after: verb) else { return nil }
        let from = words.first("from", after: set) { !words.isWord("distinct", $0 - 1) }
        let condition = words.first("where", after: set)
        let end = words.first("returning", after: set) ?? words.count
        let sources = from.map { ", " + words.text($0 + 1..<(condition ?? end)) } ?? ""
        let filter = condition.map { " " + words.text($0..<end) } ?? ""
        return words.text(0..<verb) + " SELECT 1 FROM " + words.text(verb + 1..<set) + sources + filter
    }

    private func delete(_ words: TokenText) -> String? {
        guard let verb = words.first("delete") else { return nil }
        let using = words.first("using", after: verb)
        let condition = words.first("where", after: verb)
        let end = words.first("returning", after: verb) ?? words.count
        let target = words.text(verb + 2..<(using ?? condition ?? end))
        let sources = using.map { ", " + words.text($0 + 1..<(condition ?? end)) } ?? ""
        let filter = condition.map { " " + words.text($0..<end) } ?? ""
        return words.text(0..<verb) + " SELECT 1 FROM " + target + sources + filter
    }

    private func merge(_ words: TokenText) -> String? {
        guard let verb = words.first("merge"), let using = words.first("using", after: verb),
            let on = words.first("on", after: using), let when = words.first("when", after: on)
        else { return nil }
        let target = words.text(verb + 2..<using)
        return words.text(0..<verb) + " SELECT 1 FROM " + words.text(using + 1..<on) + " LEFT JOIN " + target + " "
            + words.text(on..<when)
    }

    private func insert(_ words: TokenText) -> String? {
        guard let source = root.node("selectStmt"), source["valuesLists"] == nil, let verb = words.first("insert"),
            let start = words.first("select", after: verb) ?? words.first("with", after: verb)
        else { return nil }
        let begin = words.first("with", after: verb).map { min($0, start) } ?? start
        let conflict = words.first("on", after: begin) { words.isWord("conflict", $0 + 1) }
        let end = conflict ?? words.first("returning", after: begin) ?? words.count
        return words.text(0..<verb) + " " + words.text(begin..<end)
    }
}

/// A text by its tokens, comments and the closing `;` left out.
struct TokenText {
    let bytes: [UInt8]
    let tokens: [Token]
    /// How many parentheses and brackets are open before each token.
    let depths: [Int]

    init?(_ text: String) {
        guard let tokens = try? Scanner.tokens(of: text) else { return nil }
        self.init(text, tokens)
    }

    init(_ text: String, _ all: [Token]) {
        let bytes = Array(text.utf8)
        var tokens = all.filter { $0.kind != .comment }
        if let last = tokens.last, bytes[last.start] == UInt8(ascii: ";") { tokens.removeLast() }
        var depth = 0
        var depths: [Int] = []
        for token in tokens {
            let byte = token.kind == .symbol ? bytes[token.start] : 0
            if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") { depth -= 1 }
            depths.append(depth)
            if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { depth += 1 }
        }
        self.bytes = bytes
        self.tokens = tokens
        self.depths = depths
    }

    var count: Int { tokens.count }

    func string(_ index: Int) -> String {
        String(decoding: bytes[tokens[index].start..<tokens[index].end], as: UTF8.self)
    }

    func isWord(_ word: String, _ index: Int) -> Bool {
        guard tokens.indices.contains(index), case .keyword = tokens[index].kind else { return false }
        return string(index).lowercased() == word
    }

    /// The first keyword outside all parentheses.
    func first(_ word: String, after start: Int = -1, where condition: (Int) -> Bool = { _ in true }) -> Int? {
        tokens.indices.dropFirst(start + 1).first { depths[$0] == 0 && isWord(word, $0) && condition($0) }
    }

    /// The text of some tokens, spaced as it was.
    func text(_ range: Range<Int>) -> String {
        guard !range.isEmpty else { return "" }
        return String(decoding: bytes[tokens[range.lowerBound].start..<tokens[range.upperBound - 1].end], as: UTF8.self)
    }

    /// Without `FOR UPDATE …` at every level.
    var withoutLocking: String {
        var kept: [String] = []
        var index = 0
        var begin = 0
        while index < count {
            guard isLocking(index) else {
                index += 1
                continue
            }
            kept.append(text(begin..<index))
            let depth = depths[index]
            while index < count, depths[index] >= depth,
                !(depths[index] == depth && ["limit", "offset", "fetch"].contains { isWord($0, index) })
            { index += 1 }
            begin = index
        }
        kept.append(text(begin..<count))
        return kept.joined(separator: " ")
    }

    /// The FOR of a locking clause.
    func isLocking(_ index: Int) -> Bool {
        guard isWord("for", index) else { return false }
        if isWord("update", index + 1) || isWord("share", index + 1) { return true }
        return isWord("no", index + 1) && isWord("key", index + 2)
            || isWord("key", index + 1) && isWord("share", index + 2)
    }

    /// Parameters numbered from `$1` in the order of their numbers.
    var renumbered: String {
        var numbers: Set<Int> = []
        for index in tokens.indices where tokens[index].kind == .parameter { numbers.insert(number(index)) }
        let order = numbers.sorted()
        var result: [UInt8] = []
        var position = tokens.first?.start ?? 0
        for index in tokens.indices where tokens[index].kind == .parameter {
            result += bytes[position..<tokens[index].start]
            result += Array("$\((order.firstIndex(of: number(index)) ?? 0) + 1)".utf8)
            position = tokens[index].end
        }
        if let last = tokens.last { result += bytes[position..<last.end] }
        return String(decoding: result, as: UTF8.self)
    }

    private func number(_ index: Int) -> Int { Int(string(index).dropFirst()) ?? 0 }
}
