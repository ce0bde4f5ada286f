import Model

extension StatementLoad {
    /// The first word of the statement in lower case, past comments and opening brackets; nil without a text.
    var verb: String? {
        guard let text else { return nil }
        var rest = Substring(text)
        while let first = rest.first {
            if first.isWhitespace || first == "(" {
                rest = rest.dropFirst()
            } else if rest.hasPrefix("--") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*") {
                rest = pastBlockComment(rest)
            } else {
                break
            }
        }
        let word = rest.prefix { $0.isLetter }
        return word.isEmpty ? nil : word.lowercased()
    }

    /// Reads or writes rows for an application: no maintenance, backup, DDL or transaction control. Without a text
    /// nothing is known, and the statement is taken for one of an application.
    var isQuery: Bool {
        guard let verb else { return true }
        return ["select", "insert", "update", "delete", "merge", "with", "values", "execute", "table", "call"]
            .contains(verb)
    }

    /// A `SELECT`, `WITH`, `VALUES` or `TABLE`.
    var isRead: Bool { ["select", "with", "values", "table"].contains(verb ?? "") }
}

/// Block comments nest: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-COMMENTS
private func pastBlockComment(_ text: Substring) -> Substring {
    var rest = text
    var depth = 0
    repeat {
        if rest.hasPrefix("/*") {
            depth += 1
            rest = rest.dropFirst(2)
        } else if rest.hasPrefix("*/") {
            depth -= 1
            rest = rest.dropFirst(2)
        } else {
            rest = rest.dropFirst()
        }
    } while depth > 0 && !rest.isEmpty
    return rest
}
