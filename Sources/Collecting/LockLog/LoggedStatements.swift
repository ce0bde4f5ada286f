import Model
import Statements

/// Statements of a log, redacted, each text once.
struct LoggedStatements {
    /// What a statement is about.
    struct Read: Hashable {
        var statement: LoggedStatement
        /// The table that it writes or locks; nil where the text does not tell, and for INSERT, whose rows are its own.
        var relation: LoggedRelation?
    }

    /// Characters of a text that is kept.
    private static let textLimit = 2_000

    private let redaction: TextRedaction
    private var known: [String: Read?] = [:]

    init(_ redaction: TextRedaction) { self.redaction = redaction }

    /// nil: there is none, or it cannot be shown.
    mutating func read(_ text: String?) -> Read? {
        guard let text, !text.isEmpty, !text.hasPrefix("<") else { return nil }
        if let read = known[text] { return read }
        // Literals make every call's text another.
        if known.count > 10_000 { known = [:] }
        let read = readAnew(text)
        known[text] = .some(read)
        return read
    }

    private func readAnew(_ text: String) -> Read? {
        var end = text[...]
        while let last = end.last, last == ";" || last.isWhitespace { end.removeLast() }
        let text = String(end)
        guard let redacted = Redactor.statement(text)?.text, let shown = redaction.statement(text) else { return nil }
        var statement = LoggedStatement()
        statement.text = shown.count > Self.textLimit ? shown.prefix(Self.textLimit) + " …" : shown
        statement.fingerprint = try? ParsedStatement.fingerprint(of: redacted)
        let parsed = try? ParsedStatement(parsing: redacted)
        return Read(statement: statement, relation: parsed.flatMap(Self.relation))
    }

    private static func relation(_ parsed: ParsedStatement) -> LoggedRelation? {
        let tables = parsed.root.all("RangeVar")
        switch parsed.kind {
        case .insert: return nil
        case .update, .delete, .merge: return parsed.root.node("relation").flatMap(name)
        case .select:
            guard parsed.locksRows, tables.count == 1 else { return nil }
            return name(tables[0])
        case .utility:
            let locked = parsed.root.node("relation").map { [$0] } ?? tables
            return locked.count == 1 ? name(locked[0]) : nil
        }
    }

    private static func name(_ table: Node) -> LoggedRelation? {
        guard let name = table.string("relname") else { return nil }
        return table.string("schemaname").map { .qualified(QualifiedName($0, name)) } ?? .named(name)
    }
}
