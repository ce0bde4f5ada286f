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

    /// Bytes up to which a text is parsed on the caller's own thread, since the other thread costs two switches a text. With a level
    /// every two bytes, each has 8 KiB of the stack: a debug build needs under 2 (measured).
    static let shortText = longestShortText(stack: threadStack)

    static func longestShortText(stack: Int) -> Int { min(2_000, stack / 4096) }

    /// Bytes that threads have: the soft limit of `ulimit -s`, of which glibc makes 2 MiB where there is none.
    private static let threadStack: Int = {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(3), &limit) == 0, limit.rlim_cur < 1 << 40 else { return 2 << 20 }
        return Int(limit.rlim_cur)
    }()

    /// The statement's tree.
    static func tree(of text: String) throws(ParsingError) -> Node {
        try check(text)
        guard text.utf8.count > shortText else { return try TreeReader.read(JSONTree(of: text)) }
        return try TreeReader.read(ParsingThread.shared.run { JSONTree(of: text) })
    }

    /// Sixteen hexadecimal digits: equal for statements that differ only in constants, aliases' spelling, lengths of
    /// lists and white space.
    static func fingerprint(of text: String) throws(ParsingError) -> String {
        try check(text)
        guard text.utf8.count > shortText else { return try fingerprintHere(of: text).get() }
        return try ParsingThread.shared.run { fingerprintHere(of: text) }.get()
    }

    private static func check(_ text: String) throws(ParsingError) {
        guard text.utf8.count <= longestText else { throw .tooLong(text.utf8.count) }
        guard !text.utf8.contains(0) else { throw .notText }
    }

    static func fingerprintHere(of text: String) -> Result<String, ParsingError> {
        let result = pg_query_fingerprint(text)
        defer { pg_query_free_fingerprint_result(result) }
        if let error = result.error { return .failure(.syntax(position: Int(error.pointee.cursorpos))) }
        guard let digits = result.fingerprint_str else { return .failure(.notOneStatement(0)) }
        return .success(String(cString: digits))
    }
}

/// libpg_query's JSON of a text, for as long as it is read.
final class JSONTree: @unchecked Sendable {
    private let result: PgQueryParseResult

    init(of text: String) { result = pg_query_parse(text) }

    deinit { pg_query_free_parse_result(result) }

    /// Ends with a zero byte.
    func bytes() throws(ParsingError) -> UnsafePointer<UInt8> {
        if let error = result.error { throw .syntax(position: Int(error.pointee.cursorpos)) }
        guard let tree = result.parse_tree else { throw .notOneStatement(0) }
        return UnsafeRawPointer(tree).assumingMemoryBound(to: UInt8.self)
    }
}
