/// Why a text has no tree. Descriptions hold nothing of the text: it may carry users' data.
package enum ParsingError: Error, Equatable, CustomStringConvertible {
    /// Bytes; see `Parser.longestText`.
    case tooLong(Int)
    case tooDeep
    /// The grammar is PostgreSQL 15's: newer syntax (`JSON_TABLE`, `MERGE … RETURNING`) ends here as well as typing
    /// errors. `position` counts characters from 1.
    case syntax(position: Int)
    /// No statement, or several: a message of the extended protocol takes one.
    case notOneStatement(Int)
    /// The text holds a NUL byte.
    case notText

    package var description: String {
        switch self {
        case .tooLong(let bytes): "the statement is too long to parse (\(bytes) bytes, at most \(Parser.longestText))"
        case .tooDeep: "the statement is nested too deeply to parse"
        case .syntax(let position):
            "the statement does not parse with PostgreSQL 15's grammar (at character \(position)): it was cut off, or uses newer syntax"
        case .notOneStatement(0): "the text holds no statement"
        case .notOneStatement(let count): "the text holds \(count) statements instead of one"
        case .notText: "the text holds a NUL byte"
        }
    }
}
