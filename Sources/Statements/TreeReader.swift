/// Reads libpg_query's JSON into nodes. Knows only what that writer writes: no exponents, no surrogate pairs outside
/// `\u` escapes, keys without escapes.
struct TreeReader {
    /// Object levels; an operator costs two. Keeps recursion over trees within any thread's stack.
    static let deepest = 2000

    /// Ends with a zero byte.
    private let bytes: UnsafePointer<UInt8>
    private var position = 0
    private var depth = 0

    private init(_ bytes: UnsafePointer<UInt8>) { self.bytes = bytes }

    static func read(_ tree: JSONTree) throws(ParsingError) -> Node {
        defer { withExtendedLifetime(tree) {} }
        var reader = TreeReader(try tree.bytes())
        guard case .node(let node) = try reader.value(named: "") else { throw .syntax(position: 0) }
        return node
    }

    private mutating func value(named name: String) throws(ParsingError) -> Node.Value {
        switch bytes[position] {
        case UInt8(ascii: "{"): return .node(try object(named: name))
        case UInt8(ascii: "["): return .list(try array(named: name))
        case UInt8(ascii: "\""): return .string(string())
        case UInt8(ascii: "t"):
            position += 4
            return .flag(true)
        case UInt8(ascii: "f"):
            position += 5
            return .flag(false)
        case UInt8(ascii: "n"):
            position += 4
            return .flag(false)
        default: return .integer(integer())
        }
    }

    /// `{"Kind":{…}}` where the grammar allows any node, `{…}` where it allows one kind only.
    private mutating func object(named name: String) throws(ParsingError) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw .tooDeep }
        position += 1
        var fields: [(name: String, value: Node.Value)] = []
        while bytes[position] != UInt8(ascii: "}") {
            let isWrapper = isUpper(bytes[position + 1])
            let key = string()
            position += 1
            let value = try value(named: key)
            if isWrapper, case .node(let inner) = value {
                position += 1
                return Node(kind: key, fields: inner.fields)
            }
            fields.append((key, value))
            skipComma()
        }
        position += 1
        return Node(kind: Self.kinds[name] ?? "", fields: fields)
    }

    private mutating func array(named name: String) throws(ParsingError) -> [Node.Value] {
        position += 1
        var values: [Node.Value] = []
        while bytes[position] != UInt8(ascii: "]") {
            values.append(try value(named: name))
            skipComma()
        }
        position += 1
        return values
    }

    /// Kinds of the fields that hold one kind only, and are therefore written without it.
    private static let kinds = [
        "relation": "RangeVar", "typeName": "TypeName", "alias": "Alias", "withClause": "WithClause",
        "onConflictClause": "OnConflictClause", "larg": "SelectStmt", "rarg": "SelectStmt", "over": "WindowDef",
        "intoClause": "IntoClause", "rel": "RangeVar", "stmts": "RawStmt", "view": "RangeVar", "infer": "InferClause",
    ]

    private mutating func skipComma() {
        if bytes[position] == UInt8(ascii: ",") { position += 1 }
    }

    private mutating func integer() -> Int {
        var negative = false
        var number = 0
        if bytes[position] == UInt8(ascii: "-") {
            negative = true
            position += 1
        }
        while bytes[position] >= 0x30, bytes[position] <= 0x39 {
            number = number &* 10 &+ Int(bytes[position] - 0x30)
            position += 1
        }
        return negative ? -number : number
    }

    private mutating func string() -> String {
        position += 1
        let start = position
        while bytes[position] != UInt8(ascii: "\"") && bytes[position] != UInt8(ascii: "\\") { position += 1 }
        if bytes[position] == UInt8(ascii: "\"") {
            defer { position += 1 }
            return text(start..<position)
        }
        return stringWithEscapes(from: start)
    }

    private mutating func stringWithEscapes(from start: Int) -> String {
        var text = Array(UnsafeBufferPointer(start: bytes + start, count: position - start))
        while bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] == UInt8(ascii: "\\") else {
                text.append(bytes[position])
                position += 1
                continue
            }
            let escaped = bytes[position + 1]
            position += 2
            switch escaped {
            case UInt8(ascii: "n"): text.append(0x0a)
            case UInt8(ascii: "r"): text.append(0x0d)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0c)
            case UInt8(ascii: "u"):
                let digits = self.text(position..<position + 4)
                let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) ?? "\u{fffd}"
                text.append(contentsOf: Array(String(Character(scalar)).utf8))
                position += 4
            default: text.append(escaped)
            }
        }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count), as: UTF8.self)
    }

    private func isUpper(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
}
