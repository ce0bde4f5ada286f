import CPgQuery
import Foundation

/// A file of SQL, statement by statement, with the places where they stand.
///
/// psql's own commands (`\set`, `\i`, the rows after `COPY … FROM stdin`) are passed over. Statements that do not parse are
/// among the others: whoever judges them finds out.
package struct SQLScript: Sendable {
    package struct Statement: Sendable {
        package var text: String
        /// From 1; of the first token that is no comment. Columns count characters.
        package var line: Int
        package var column: Int
        /// `-- pgmedic:ignore RULE reason` in or before the statement.
        package var ignored: [Ignored]
        /// In and before it, with their marks.
        package var comments: [Comment]
    }

    package struct Comment: Sendable, Equatable {
        package var text: String
        package var line: Int
    }

    package struct Ignored: Sendable, Equatable {
        /// A rule's identifier or an area.
        package var rule: String
        /// Empty where none was given.
        package var reason: String
        package var line: Int
    }

    /// Where a file cannot be told apart into statements.
    package struct Failure: Error, Sendable {
        package var line: Int
        package var reason: String
    }

    package let statements: [Statement]

    /// Bytes; larger files are dumps of data.
    package static let longestFile = 16 << 20

    package init(_ text: String) throws(Failure) {
        guard text.utf8.count <= Self.longestFile else {
            throw Failure(line: 1, reason: "it is larger than \(Self.longestFile >> 20) MB: not a file of statements")
        }
        guard !text.utf8.contains(0) else { throw Failure(line: 1, reason: "it holds a NUL byte: not a text") }
        let (sql, tokens) = try Self.scanned(String(decoding: Self.withoutPsqlCommands(text), as: UTF8.self))
        let bytes = Array(sql.utf8)
        let places = Places(bytes)
        statements = Self.split(tokens, bytes).compactMap { Self.statement($0, bytes, places) }
    }

    /// Numbers as PostgreSQL 16 brought them (`0xFFFF`, `1_000_000`), of which our scanner knows nothing, are made plain zeros of
    /// the same length: a constant is one like the other to all that judges statements.
    private static func scanned(_ text: String) throws(Failure) -> (String, [Token]) {
        var text = text
        for _ in 0...mostNumbers {
            do throws(Scanner.Failure) {
                return (text, try Scanner.tokens(of: text))
            } catch {
                if let plain = withPlainNumber(at: error.position, in: text) {
                    text = plain
                    continue
                }
                let line = error.position > 0 ? text.prefix(error.position).count { $0.isNewline } + 1 : 1
                throw Failure(line: line, reason: "a quoted text or a comment that begins before has no end")
            }
        }
        throw Failure(line: 1, reason: "it holds more than \(mostNumbers) numbers in the notation of PostgreSQL 16")
    }

    /// Each of them costs another scan of the file.
    private static let mostNumbers = 300

    /// - Parameter position: characters from 1, within the number.
    private static func withPlainNumber(at position: Int, in text: String) -> String? {
        var scalars = Array(text.unicodeScalars)
        guard scalars.indices.contains(position - 1) else { return nil }
        func isPart(_ scalar: Unicode.Scalar) -> Bool {
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_")
        }
        var start = position - 1
        while start > 0, isPart(scalars[start - 1]) { start -= 1 }
        var end = position - 1
        while end < scalars.count, isPart(scalars[end]) { end += 1 }
        guard start < end, scalars[start].properties.numericType != nil,
            scalars[start..<end].contains(where: { $0 == "_" || $0.properties.isAlphabetic })
        else { return nil }
        for place in start..<end { scalars[place] = "0" }
        return String(String.UnicodeScalarView(scalars))
    }

    /// At semicolons outside of brackets.
    private static func split(_ tokens: [Token], _ bytes: [UInt8]) -> [ArraySlice<Token>] {
        var found: [ArraySlice<Token>] = []
        var start = tokens.startIndex
        var depth = 0
        for place in tokens.indices {
            guard tokens[place].kind == .symbol else { continue }
            switch bytes[tokens[place].start] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth = max(0, depth - 1)
            case UInt8(ascii: ";") where depth == 0:
                found.append(tokens[start..<place])
                start = place + 1
            default: break
            }
        }
        return found + [tokens[start...]]
    }

    private static func statement(_ tokens: ArraySlice<Token>, _ bytes: [UInt8], _ places: Places) -> Statement? {
        guard let first = tokens.first(where: { $0.kind != .comment }),
            let last = tokens.last(where: { $0.kind != .comment })
        else { return nil }
        let (line, column) = places.place(of: first.start)
        let comments = tokens.filter { $0.kind == .comment }.map { comment in
            Comment(
                text: String(decoding: bytes[comment.start..<comment.end], as: UTF8.self),
                line: places.place(of: comment.start).line)
        }
        return Statement(
            text: String(decoding: bytes[first.start..<last.end], as: UTF8.self), line: line, column: column,
            ignored: comments.flatMap { marks(in: $0.text, line: $0.line) }, comments: comments)
    }

    private static func marks(in comment: String, line: Int) -> [Ignored] {
        comment.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { offset, text in
            guard let mark = text.range(of: "pgmedic:ignore") else { return nil }
            let words = text[mark.upperBound...].split(maxSplits: 1, whereSeparator: \.isWhitespace)
            guard let rule = words.first else { return nil }
            let reason = words.count > 1 ? words[1].trimmingCharacters(in: CharacterSet(charactersIn: " */\t")) : ""
            return Ignored(rule: String(rule), reason: reason, line: line + offset)
        }
    }

    /// The same bytes with psql's lines and COPY's rows blanked, so that every place stays what it was.
    private static func withoutPsqlCommands(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var isData = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let word = line.drop(while: \.isWhitespace)
            let isCommand = word.hasPrefix("\\")
            if isData || isCommand {
                bytes += repeatElement(UInt8(ascii: " "), count: line.utf8.count)
                if word.hasPrefix("\\.") { isData = false }
            } else {
                bytes += line.utf8
                let upper = word.uppercased()
                isData = upper.hasPrefix("COPY ") && upper.contains(" FROM STDIN") && upper.hasSuffix(";")
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        bytes.removeLast()
        return bytes
    }

    /// Lines and columns of bytes.
    private struct Places {
        private let bytes: [UInt8]
        private let lineStarts: [Int]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            lineStarts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
        }

        func place(of offset: Int) -> (line: Int, column: Int) {
            var (low, high) = (0, lineStarts.count)
            while high - low > 1 {
                let middle = (low + high) / 2
                if lineStarts[middle] <= offset { low = middle } else { high = middle }
            }
            return (low + 1, String(decoding: bytes[lineStarts[low]..<offset], as: UTF8.self).count + 1)
        }
    }
}
