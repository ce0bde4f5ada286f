/// Takes users' data out of SQL: every constant but NULL, TRUE and FALSE, and every comment, since both may hold data.
/// Names stay. White space and spelling stay as they are, so that a text is still recognised by who wrote it.
///
/// Where the constants stand is the scanner's word; the tree, where there is one, only tells which numbers are no data
/// (`varchar(40)`, `ORDER BY 2`) and which minus belongs to a number. So a text that does not parse (cut off, newer
/// syntax, a plan's own notation) is redacted just as safely. Strings are read as `standard_conforming_strings = on`
/// (the default since 9.1) has them.
package enum Redactor {
    package struct Redacted: Sendable, Equatable {
        package var text: String
        /// Constants were taken out.
        package var hasLiterals: Bool
    }

    /// What stands for a constant in an expression: a string, so that `'…'::text` still parses.
    package static let placeholder = "'…'"

    /// A whole statement. Constants become parameters, numbered after the highest `$n` of the text, as pg_stat_statements
    /// has them; where the grammar takes none (`COPY … DELIMITER`), strings become `'…'` and numbers `0`.
    /// A text that was cut off is redacted up to the last whole token and ends with ` …`.
    /// nil: not even the scanner can read it, the text must be dropped.
    package static func statement(_ text: String) -> Redacted? {
        guard let scanned = ScannedText(text) else { return nil }
        let exempt = scanned.isCut ? .none : Exemptions(statement: scanned.text)
        let highest = scanned.highestParameter
        let numbered = scanned.replacing(exempt) { "$\(highest + $0)" }
        guard numbered.hasLiterals, exempt.isParsed, !parses(numbered.text) else { return numbered }
        return scanned.replacing(exempt, string: placeholder, number: "0")
    }

    /// An expression: an index's predicate, a column's default, a condition in a plan. Constants become `'…'`.
    /// nil: not even the scanner can read it, the text must be dropped.
    package static func expression(_ text: String) -> Redacted? {
        guard let scanned = ScannedText(text), !scanned.isCut else { return nil }
        let prefix = "SELECT ("
        return scanned.replacing(Exemptions(statement: prefix + text + "\n)", offset: prefix.utf8.count)) { _ in
            placeholder
        }
    }

    /// A definition that the server printed (`pg_get_indexdef`): as an expression, but storage options stay.
    package static func definition(_ text: String) -> Redacted? {
        guard let scanned = ScannedText(text), !scanned.isCut else { return nil }
        return scanned.replacing(Exemptions(statement: text)) { _ in placeholder }
    }

    private static func parses(_ text: String) -> Bool { (try? Parser.tree(of: text)) != nil }
}

/// A text with its tokens.
private struct ScannedText {
    let text: String
    let bytes: [UInt8]
    let tokens: [Token]
    /// The end was cut off, by us or before.
    let isCut: Bool

    init?(_ original: String) {
        var text = original
        var isCut = false
        // An unterminated string or comment: the scanner says where it begins, and what stands before it is whole.
        for _ in 0..<3 {
            do throws(Scanner.Failure) {
                tokens = try Scanner.tokens(of: text)
                self.text = text
                bytes = Array(text.utf8)
                self.isCut = isCut
                return
            } catch {
                let length = error.position - 1
                guard length > 0, length < text.unicodeScalars.count else { return nil }
                text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(length)))
                isCut = true
            }
        }
        return nil
    }

    var highestParameter: Int {
        tokens.reduce(0) { highest, token in
            guard token.kind == .parameter else { return highest }
            return max(highest, Int(String(decoding: bytes[token.start + 1..<token.end], as: UTF8.self)) ?? 0)
        }
    }

    func replacing(_ exempt: Exemptions, string: String, number: String) -> Redactor.Redacted {
        splice(exempt) { token, _ in token.kind == .string || token.kind == .bitString ? string : number }
    }

    func replacing(_ exempt: Exemptions, by placeholder: (Int) -> String) -> Redactor.Redacted {
        splice(exempt) { _, count in placeholder(count) }
    }

    private func splice(_ exempt: Exemptions, by placeholder: (Token, Int) -> String) -> Redactor.Redacted {
        var spliced: [UInt8] = []
        spliced.reserveCapacity(bytes.count)
        var position = 0
        var count = 0
        for (index, token) in tokens.enumerated() {
            let replacement: String
            if token.kind == .comment {
                replacement = " "
            } else if continuesString(index) {
                replacement = ""
            } else if token.isConstant && !exempt.contains(token) && !isPlanReference(token, index) {
                count += 1
                replacement = placeholder(token, count)
            } else if exempt.words.contains(token.start) {
                count += 1
                replacement = placeholder(Token(kind: .string, start: token.start, end: token.end), count)
            } else if isSign(token, index, exempt) {
                replacement = ""
            } else {
                continue
            }
            spliced += bytes[position..<token.start]
            // Two constants, or a word and one, may touch: `'a''b'` is one token, but `1or` is two.
            if let last = spliced.last, isWordPart(last), !replacement.isEmpty { spliced.append(UInt8(ascii: " ")) }
            spliced += Array(replacement.utf8)
            position = token.end
            if position < bytes.count, isWordPart(bytes[position]), !replacement.isEmpty {
                spliced.append(UInt8(ascii: " "))
            }
        }
        spliced += bytes[position...]
        var text = String(decoding: spliced, as: UTF8.self)
        if tokens.contains(where: { $0.kind == .comment }) { text = text.trimmingSpaces() }
        if isCut { text = text.trimmingSpaces() + " …" }
        return Redactor.Redacted(text: text, hasLiterals: count > 0)
    }

    /// The minus of `-5`, which PostgreSQL's grammar makes part of the constant.
    private func isSign(_ token: Token, _ index: Int, _ exempt: Exemptions) -> Bool {
        exempt.signs.contains(token.start) && token.kind == .symbol && index + 1 < tokens.count
            && tokens[index + 1].isConstant
    }

    /// A part of the constant before it: `'a'` on a second line, `UESCAPE '!'`.
    private func continuesString(_ index: Int) -> Bool {
        guard index > 0, tokens[index - 1].kind == .string || isEscapeWord(index - 1) else { return false }
        return tokens[index].kind == .string || isEscapeWord(index)
    }

    private func isEscapeWord(_ index: Int) -> Bool {
        guard case .keyword = tokens[index].kind else { return false }
        return String(decoding: bytes[tokens[index].start..<tokens[index].end], as: UTF8.self).lowercased() == "uescape"
    }

    /// The number of `SubPlan 1` and `InitPlan 2` in a plan's conditions.
    private func isPlanReference(_ token: Token, _ index: Int) -> Bool {
        guard token.kind == .integer, index > 0, tokens[index - 1].kind == .identifier else { return false }
        let before = tokens[index - 1]
        return ["SubPlan", "InitPlan"].contains(String(decoding: bytes[before.start..<before.end], as: UTF8.self))
    }

    private func isWordPart(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
            || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    }
}

/// What the tree says about constants, by their place in the text.
private struct Exemptions {
    /// The text has a tree.
    var isParsed = false
    /// Numbers that are no data.
    var kept: Set<Int> = []
    /// Where a constant begins with its sign.
    var signs: Set<Int> = []
    /// Bare words that are values: `SET app.token = abc`.
    var words: Set<Int> = []

    static var none: Self { Self() }
    private init() {}

    /// `offset`: bytes put before the text so that it parses.
    init(statement text: String, offset: Int = 0) {
        guard let tree = try? Parser.tree(of: text) else { return }
        isParsed = true
        tree.walk { node in
            note(node, offset)
            return true
        }
    }

    func contains(_ token: Token) -> Bool { kept.contains(token.start) }

    private mutating func note(_ node: Node, _ offset: Int) {
        func locations(_ nodes: [Node]) -> [Int] {
            nodes.filter { $0.kind == "A_Const" && $0.node("ival") != nil }.compactMap(\.location).map { $0 - offset }
        }
        switch node.kind {
        case "TypeName": kept.formUnion(locations(node.list("typmods")))
        case "SortBy": kept.formUnion(locations([node.node("node")].compactMap(\.self)))
        case "SelectStmt":
            kept.formUnion(locations(node.list("groupClause") + node.list("distinctClause")))
        case "A_Const":
            if let location = node.location { signs.insert(location - offset) }
        case "VariableSetStmt" where node.string("name")?.contains(".") ?? false:
            words.formUnion(
                node.list("args").filter { $0.kind == "A_Const" }.compactMap(\.location).map { $0 - offset })
        default: break
        }
    }
}

extension String {
    fileprivate func trimmingSpaces() -> String {
        var view = self[...]
        while let first = view.first, first.isWhitespace { view.removeFirst() }
        while let last = view.last, last.isWhitespace { view.removeLast() }
        return String(view)
    }
}
