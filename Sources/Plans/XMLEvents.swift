/// Reads the part of XML that EXPLAIN writes: elements and texts. A document type, the door to entities that blow up, is
/// refused.
struct XMLEvents {
    private let bytes: [UInt8]
    private let lineNumbers: [Int]
    private var position = 0
    private var row = 0
    private var sink = StructuredPlan()
    /// Open elements; the last may turn out to be a leaf.
    private var names: [String] = []
    private var isLeaf = false
    private var text: [UInt8] = []

    static func read(_ text: String, lines: [Int]) throws(ExplainError) -> StructuredPlan {
        var reader = XMLEvents(text, lines)
        try reader.run()
        return reader.sink
    }

    private init(_ text: String, _ lines: [Int]) {
        bytes = Array(text.utf8)
        lineNumbers = lines
    }

    private var line: Int { row < lineNumbers.count ? lineNumbers[row] : (lineNumbers.last ?? 1) }

    private mutating func run() throws(ExplainError) {
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "<") else {
                step()
                continue
            }
            guard let end = bytes[position...].firstIndex(of: UInt8(ascii: ">")) else {
                throw ExplainError(line: line, "a tag of the XML is cut off")
            }
            let tag = bytes[position + 1..<end]
            try take(tag)
            row += tag.count { $0 == UInt8(ascii: "\n") }
            position = end + 1
        }
        guard names.isEmpty else { throw ExplainError(line: line, "the XML ends before it is closed: it was cut off") }
    }

    private mutating func step() {
        if bytes[position] == UInt8(ascii: "\n") { row += 1 }
        text.append(bytes[position])
        position += 1
    }

    private mutating func take(_ tag: ArraySlice<UInt8>) throws(ExplainError) {
        switch tag.first {
        case UInt8(ascii: "?"): break
        case UInt8(ascii: "!"):
            throw ExplainError(line: line, "the XML has a document type or a comment: EXPLAIN writes none")
        case UInt8(ascii: "/"): try end(Self.name(tag.dropFirst()))
        default:
            let name = Self.name(tag)
            guard !name.isEmpty else { throw ExplainError(line: line, "a tag of the XML has no name") }
            try openLeaf(around: name)
            names.append(name)
            isLeaf = true
            text = []
            if tag.last == UInt8(ascii: "/") { try end(name) }
        }
    }

    /// An element that holds another is an object or a list: `explain` of queries, but auto_explain's is of one alone.
    private mutating func openLeaf(around child: String) throws(ExplainError) {
        guard isLeaf, let name = names.last else { return }
        try sink.open(name, isList: name == "explain" && child == "Query", line: line)
        isLeaf = false
    }

    private mutating func end(_ name: String) throws(ExplainError) {
        guard names.popLast() == name else {
            throw ExplainError(line: line, "a tag of the XML closes what was not opened")
        }
        if isLeaf { sink.scalar(name, Self.plain(text), line: line) } else { sink.close() }
        isLeaf = false
    }

    /// `Node-Type` → `Node Type`; attributes are passed over.
    private static func name(_ tag: ArraySlice<UInt8>) -> String {
        let name = tag.prefix { $0 > 0x20 && $0 != UInt8(ascii: "/") }
        let key = String(decoding: name, as: UTF8.self).replacing("-", with: " ")
        return renamed[key] ?? key
    }

    /// Where an XML name cannot have the hyphen of the key.
    private static let renamed = ["One Time Filter": "One-Time Filter"]

    private static let entities: [String: String] = [
        "lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'", "#xd": "\r", "#x0d": "\r",
    ]

    private static func plain(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("&") else { return text }
        var plain = ""
        var rest = text[...]
        while let ampersand = rest.firstIndex(of: "&") {
            plain += rest[..<ampersand]
            rest = rest[ampersand...].dropFirst()
            guard let end = rest.prefix(8).firstIndex(of: ";") else { continue }
            plain += entities[rest[..<end].lowercased()] ?? ""
            rest = rest[end...].dropFirst()
        }
        return plain + rest
    }
}
