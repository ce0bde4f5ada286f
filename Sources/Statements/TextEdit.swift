/// A change of a text: bytes of its UTF-8 and what stands there instead.
struct TextEdit {
    var bytes: Range<Int>
    var text: String

    init(_ bytes: Range<Int>, _ text: String) {
        self.bytes = bytes
        self.text = text
    }
}

extension ParsedStatement {
    /// The statement's tokens; nil where it has comments, whose place in a new text nobody knows, or cannot be scanned.
    var words: TokenText? {
        guard let tokens = try? Scanner.tokens(of: text), !tokens.contains(where: { $0.kind == .comment }) else {
            return nil
        }
        return TokenText(text, tokens)
    }

    /// The statement as a server takes it. (pg_stat_statements writes `interval $1` for `interval '1 h'`.)
    package var preparable: String {
        guard parameterCount > 0, let text = words?.castingTypedParameters, text != self.text,
            let cast = try? ParsedStatement(parsing: text), cast.kind == kind, cast.parameterCount == parameterCount
        else { return text }
        return text
    }

    /// The statement with these changes, which do not overlap, ended with `;`; nil where the result does not parse.
    func applying(_ edits: [TextEdit], to words: TokenText) -> String? {
        guard let last = words.tokens.last else { return nil }
        var result: [UInt8] = []
        var position = words.tokens[0].start
        for edit in edits.sorted(by: { $0.bytes.lowerBound < $1.bytes.lowerBound }) {
            guard edit.bytes.lowerBound >= position, edit.bytes.upperBound <= last.end else { return nil }
            result += words.bytes[position..<edit.bytes.lowerBound]
            result += Array(edit.text.utf8)
            position = edit.bytes.upperBound
        }
        result += words.bytes[position..<last.end]
        guard let text = TokenText(String(decoding: result, as: UTF8.self))?.castingTypedParameters else { return nil }
        let whole = text + ";"
        return (try? ParsedStatement(parsing: whole)) == nil ? nil : whole
    }
}

extension TokenText {
    /// `$1::interval` for `interval $1`: so pg_stat_statements writes `interval '1 h'`, and no server takes it.
    fileprivate var castingTypedParameters: String {
        var result: [UInt8] = []
        var position = tokens.first?.start ?? 0
        for index in tokens.indices where tokens[index].kind == .parameter {
            guard let type = typeBefore(index) else { continue }
            result += bytes[position..<tokens[type.lowerBound].start]
            result += Array("\(string(index))::\(text(type))".utf8)
            position = tokens[index].end
        }
        if let last = tokens.last { result += bytes[position..<last.end] }
        return String(decoding: result, as: UTF8.self)
    }

    /// The name of a type that ends before a token where only a constant could stand.
    private func typeBefore(_ index: Int) -> Range<Int>? {
        guard index > 0 else { return nil }
        var start = index - 1
        if isWord("zone", start), isWord("time", start - 1), isWord("with", start - 2) || isWord("without", start - 2) {
            start -= 3
        }
        if tokens.indices.contains(start), tokens[start].kind == .identifier {
            while start >= 2, string(start - 1) == "." { start -= 2 }
            return start..<index
        }
        return ["interval", "timestamp", "time"].contains { isWord($0, start) } ? start..<index : nil
    }

    /// The token that begins at a byte.
    func token(at location: Int?) -> Int? {
        location.flatMap { place in tokens.firstIndex { $0.start == place } }
    }

    /// The parenthesis that closes the one at `open`.
    func closing(_ open: Int) -> Int? {
        tokens.indices.dropFirst(open + 1).first { depths[$0] == depths[open] && string($0) == ")" }
    }

    /// The first such word of a query whose tokens are `range`, not of a query within it.
    func first(_ word: String, in range: Range<Int>) -> Int? {
        guard let depth = range.first.map({ depths[$0] }) else { return nil }
        return range.first { depths[$0] == depth && isWord(word, $0) }
    }

    func bytes(of range: Range<Int>) -> Range<Int> { tokens[range.lowerBound].start..<tokens[range.upperBound - 1].end }

    /// Where the clause that begins at `start` ends: at the next clause of the same query.
    func clauseEnd(_ start: Int, in range: Range<Int>) -> Int {
        let next = [
            "from", "where", "group", "having", "window", "union", "intersect", "except", "order", "limit", "offset",
            "fetch", "for",
        ]
        return range.first { index in
            index > start && depths[index] == depths[start] && next.contains { isWord($0, index) }
                // IS DISTINCT FROM
                && !(isWord("from", index) && isWord("distinct", index - 1))
        } ?? range.upperBound
    }

    /// Where the query that a token stands in ends: at its closing parenthesis, or with the text.
    func queryEnd(_ index: Int) -> Int {
        tokens.indices.dropFirst(index + 1).first { depths[$0] < depths[index] } ?? count
    }

    /// The nearest such word before a token, not within parentheses that it stands outside of.
    func last(_ word: String, before index: Int) -> Int? {
        tokens.indices.prefix(index).last { depths[$0] <= depths[index] && isWord(word, $0) }
    }
}
