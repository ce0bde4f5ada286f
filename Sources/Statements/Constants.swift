import Model

/// A constant of a statement, with what its place says about it.
package struct SQLConstant: Sendable, Equatable {
    package enum Kind: Sendable, Equatable { case string, bitString, integer, decimal }

    /// Where it stands.
    package enum Place: Sendable, Equatable {
        /// In a list, a CASE, a target list.
        case plain
        /// Of an operator, by its name without its schema: `~~`.
        case operand(String)
        /// Of a function, by its name without its schema; from 0.
        case argument(String, Int)
        /// LIMIT, OFFSET, TABLESAMPLE, an array's subscript, `ORDER BY 2`: no data.
        case count
        /// Of `SET name`, also of a function.
        case setting(String)
        /// Of a partition's bounds: which part of the key, from 0; the partitioned table.
        case bound(Int, of: QualifiedName)
        /// `AS '…'` of CREATE FUNCTION.
        case body(FunctionHead)
        /// No part of an expression (labels of enums, storage options, numbers of sequences), by the statement's node.
        case option(String)
    }

    package struct FunctionHead: Sendable, Equatable {
        /// Lower case.
        package var language = "sql"
        package var returnsSet = false
        /// `void`, or nothing is returned.
        package var returnsNothing = false
    }

    package enum Replacement: Sendable, Equatable {
        case kept
        /// A value, which is quoted as its place wants it.
        case value(String)
        /// `NULL` in place of the constant.
        case null
    }

    package var kind = Kind.string
    /// Of strings what they hold; of numbers as written, with their sign.
    package var text = ""
    /// The type that it is cast to right there, or that its column has: `pg_catalog.int4`, `public.email`; nil: none is told.
    package var type: String?
    /// `type` is that of the elements.
    package var isArray = false
    package var place = Place.plain
}

extension SQLConstant {
    /// The text with other constants and without comments; nil where it does not parse, before or after. What holds no constant is
    /// handed through though it does not parse: newer versions have words that our grammar does not know.
    ///
    /// - Parameter replacement: called for each constant but NULL, TRUE and FALSE, in the text's order; what it throws is thrown.
    package static func replacing(
        in text: String, by replacement: (SQLConstant) throws -> Replacement
    ) rethrows -> String? {
        guard let tokens = try? Scanner.tokens(of: text) else { return nil }
        guard let tree = try? Parser.tree(of: text) else {
            return ConstantSource(bytes: Array(text.utf8), tokens: tokens).withoutConstants
        }
        var places = ConstantPlaces()
        places.visit(tree, ConstantContext())
        let source = ConstantSource(bytes: Array(text.utf8), tokens: tokens)
        var result: [UInt8] = []
        var position = 0
        for index in tokens.indices {
            let token = tokens[index]
            guard token.start >= position else { continue }
            var end = token.end
            let new: String?
            if token.kind == .comment {
                new = " "
            } else if let number = places.number(source, index) {
                guard let constant = places.constant(source, index, number) else { return nil }
                end = source.end(ofConstant: number)
                new = source.written(try replacement(constant), constant, index)
            } else {
                continue
            }
            guard let new else { continue }
            result += source.bytes[position..<token.start]
            result += Array(new.utf8)
            position = end
        }
        result += source.bytes[position...]
        let replaced = String(decoding: result, as: UTF8.self)
        return (try? Parser.tree(of: replaced)) == nil ? nil : replaced
    }

    /// The value of one string token: `'it''s'`, `E'\n'`, `$$…$$`.
    static func value(ofToken token: String) -> String? {
        guard let tree = try? Parser.tree(of: "SELECT " + token) else { return nil }
        let constants = tree.all("A_Const")
        guard constants.count == 1 else { return nil }
        return constants[0].node("sval").map { $0.string("sval") ?? "" }
    }
}

/// A text with its tokens.
struct ConstantSource {
    let bytes: [UInt8]
    let tokens: [Token]

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    func text(of index: Int) -> String { text(tokens[index].start..<tokens[index].end) }

    /// The text without comments; nil where it has constants, lengths of types (`numeric(10,2)`) left aside.
    var withoutConstants: String? {
        var result: [UInt8] = []
        var position = 0
        for index in tokens.indices {
            let token = tokens[index]
            if token.kind == .comment {
                result += bytes[position..<token.start] + [UInt8(ascii: " ")]
                position = token.end
            } else if token.isConstant {
                let isLength =
                    token.kind == .integer && token.end - token.start <= 3 && index > 1 && index + 1 < tokens.count
                    && "(,".contains(text(of: index - 1)) && "),".contains(text(of: index + 1))
                guard isLength else { return nil }
            }
        }
        return String(decoding: result + bytes[position...], as: UTF8.self)
    }

    /// Bytes: strings go on in those that follow right behind, and in `UESCAPE '!'`.
    func end(ofConstant index: Int) -> Int {
        var last = index
        while tokens[index].kind == .string, last + 1 < tokens.count {
            let next = tokens[last + 1]
            let isEscape = text(of: last + 1).lowercased() == "uescape"
            guard next.kind == .string || isEscape else { break }
            last += 1
        }
        return tokens[last].end
    }

    /// nil: it stays as it is.
    func written(_ replacement: SQLConstant.Replacement, _ constant: SQLConstant, _ index: Int) -> String? {
        switch replacement {
        case .kept: return nil
        case .null: return " NULL"
        case .value(let value):
            let isNumber = constant.kind == .integer || constant.kind == .decimal
            // A word may stand right before a string, and before a number's sign another sign.
            if isNumber, Self.isNumber(value) { return value.hasPrefix("-") ? " " + value : value }
            if case .body = constant.place, !value.contains("$body$") { return "$body$" + value + "$body$" }
            return SQL.literal(value)
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        return digits.utf8.first.map { $0 >= 0x30 && $0 <= 0x39 } ?? false
            && digits.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ".eE+-".utf8.contains($0) }
    }
}
