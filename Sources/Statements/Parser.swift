import CPgQuery
import Foundation

/// libpg_query behind four functions. The only place that calls it.
///
/// Goes in: SQL text. Comes out: its tree as JSON, its fingerprint, its tokens, or a tree as text again. Its grammar is
/// PostgreSQL 15's, and it reads strings as `standard_conforming_strings = on` has them.
enum Parser {
    /// Bytes. The densest nesting is `1+1+…`, a level every two bytes: 32,768 levels fit the parsing thread's stack
    /// with room to spare (a test parses exactly that).
    static let longestText = 65_536

    /// The tree as libpg_query's JSON.
    static func tree(of text: String) throws(ParsingError) -> [UInt8] {
        try check(text)
        return try ParsingThread.shared.run { treeHere(of: text) }.get()
    }

    /// Sixteen hexadecimal digits: equal for statements that differ only in constants, aliases' spelling, lengths of
    /// lists and white space.
    static func fingerprint(of text: String) throws(ParsingError) -> String {
        try check(text)
        return try ParsingThread.shared.run { fingerprintHere(of: text) }.get()
    }

    private static func check(_ text: String) throws(ParsingError) {
        guard text.utf8.count <= longestText else { throw .tooLong(text.utf8.count) }
        guard !text.utf8.contains(0) else { throw .notText }
    }

    private static func treeHere(of text: String) -> Result<[UInt8], ParsingError> {
        let result = pg_query_parse(text)
        defer { pg_query_free_parse_result(result) }
        if let error = result.error { return .failure(.syntax(position: Int(error.pointee.cursorpos))) }
        guard let tree = result.parse_tree else { return .failure(.notOneStatement(0)) }
        let length = strlen(tree)
        return .success(
            tree.withMemoryRebound(to: UInt8.self, capacity: length) {
                Array(UnsafeBufferPointer(start: $0, count: length))
            })
    }

    private static func fingerprintHere(of text: String) -> Result<String, ParsingError> {
        let result = pg_query_fingerprint(text)
        defer { pg_query_free_fingerprint_result(result) }
        if let error = result.error { return .failure(.syntax(position: Int(error.pointee.cursorpos))) }
        guard let digits = result.fingerprint_str else { return .failure(.notOneStatement(0)) }
        return .success(String(cString: digits))
    }
}
