import CPgQuery

/// A lexical token of SQL text: bytes `start ..< end` of its UTF-8.
struct Token: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case string, bitString, integer, decimal, parameter, comment, identifier, symbol
        /// Reserved words are those that a bare name cannot be.
        case keyword(isReserved: Bool)
    }

    var kind: Kind
    var start: Int
    var end: Int

    var isConstant: Bool {
        switch kind {
        case .string, .bitString, .integer, .decimal: true
        default: false
        }
    }
}

/// PostgreSQL's scanner: works on texts that do not parse, and does not recurse.
enum Scanner {
    struct Failure: Error {
        /// Characters from 1; 0 where the scanner does not say.
        var position: Int
    }

    static func tokens(of text: String) throws(Failure) -> [Token] {
        guard !text.utf8.contains(0) else { throw Failure(position: 0) }
        let result = pg_query_scan(text)
        defer { pg_query_free_scan_result(result) }
        if let error = result.error { throw Failure(position: Int(error.pointee.cursorpos)) }
        guard let data = result.pbuf.data else { return [] }
        let packed = UnsafeRawBufferPointer(start: data, count: result.pbuf.len)
        var reader = ProtobufReader(bytes: packed)
        var tokens: [Token] = []
        while let field = reader.nextField() {
            // ScanResult: 1 version, 2 tokens.
            guard field.number == 2, let message = field.bytes else { continue }
            if let token = token(UnsafeRawBufferPointer(rebasing: message)) { tokens.append(token) }
        }
        return try withoutGaps(tokens, in: Array(text.utf8))
    }

    /// Between tokens only white space may stand. `U&'…'` comes without its width (libpg_query 15-4.0.0): it reaches to
    /// the next token. Anything else that no token covers could be data: the text then counts as unreadable.
    private static func withoutGaps(_ tokens: [Token], in bytes: [UInt8]) throws(Failure) -> [Token] {
        var tokens = tokens
        var position = 0
        for index in tokens.indices {
            if tokens[index].end == tokens[index].start {
                var end = index + 1 < tokens.count ? tokens[index + 1].start : bytes.count
                while end > tokens[index].start, isSpace(bytes[end - 1]) { end -= 1 }
                tokens[index].end = end
            }
            let (start, end) = (tokens[index].start, tokens[index].end)
            guard start >= position, end <= bytes.count, bytes[position..<start].allSatisfy(isSpace) else {
                throw Failure(position: 0)
            }
            position = end
        }
        guard bytes[position...].allSatisfy(isSpace) else { throw Failure(position: 0) }
        return tokens
    }

    /// White space of scan.l: `[ \t\n\r\f]`, and `\v` of PostgreSQL 16.
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

    /// ScanToken: 1 start, 2 end, 4 token, 5 keyword kind (pg_query.proto).
    private static func token(_ message: UnsafeRawBufferPointer) -> Token? {
        var reader = ProtobufReader(bytes: message)
        var (start, end, code, keyword) = (0, 0, 0, 0)
        while let field = reader.nextField() {
            switch field.number {
            case 1: start = field.value
            case 2: end = field.value
            case 4: code = field.value
            case 5: keyword = field.value
            default: break
            }
        }
        guard end >= start, code != 0 else { return nil }
        return Token(kind: kind(code, keyword), start: start, end: end)
    }

    /// `Token` and `KeywordKind` of pg_query.proto.
    private static func kind(_ code: Int, _ keyword: Int) -> Token.Kind {
        switch code {
        case 258, 259: .identifier
        case 260: .decimal
        case 261, 262: .string
        case 263, 264: .bitString
        case 266: .integer
        case 267: .parameter
        case 275, 276: .comment
        default: keyword == 0 ? .symbol : .keyword(isReserved: keyword == 4)
        }
    }
}

/// Reads the two wire types that a scan result is made of: varints and length-delimited bytes.
private struct ProtobufReader {
    struct Field {
        var number: Int
        var value = 0
        var bytes: Slice<UnsafeRawBufferPointer>?
    }

    let bytes: UnsafeRawBufferPointer
    var position = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func nextField() -> Field? {
        guard position < bytes.count else { return nil }
        let tag = varint()
        switch tag & 7 {
        case 0: return Field(number: tag >> 3, value: varint())
        case 2:
            let length = varint()
            let end = min(position + length, bytes.count)
            defer { position = end }
            return Field(number: tag >> 3, bytes: bytes[position..<end])
        default: return nil
        }
    }

    private mutating func varint() -> Int {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { break }
            shift += 7
        }
        return Int(truncatingIfNeeded: value)
    }
}
