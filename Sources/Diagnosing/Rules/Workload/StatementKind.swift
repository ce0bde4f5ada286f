import Model
import Statements

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

    /// The parse tree; nil where the text is missing, cut off or newer than our grammar.
    var parsed: ParsedStatement? { text.flatMap { try? ParsedStatement(parsing: $0) } }

    /// Reads or writes rows for an application: no maintenance, backup, DDL or transaction control. Without a text
    /// nothing is known, and the statement is taken for one of an application.
    var isQuery: Bool {
        if let parsed {
            return parsed.kind != .utility || ["ExecuteStmt", "CallStmt", "FetchStmt"].contains(parsed.root.kind)
        }
        guard let verb else { return true }
        return ["select", "insert", "update", "delete", "merge", "with", "values", "execute", "call", "fetch"]
            .contains(verb)
    }

    /// Names of the tables that stand in the text, with the schema that was written or the first of the search_path
    /// that has such a table.
    func relations(in snapshot: Snapshot) -> Set<QualifiedName> {
        guard let catalog = snapshot.catalogs.first(where: { $0.database == database }), let parsed else { return [] }
        let known = Set(catalog.relations.map(\.name))
        let path = representative.searchPath.isEmpty ? ["public"] : representative.searchPath
        let named = parsed.root.all("RangeVar").compactMap { variable -> QualifiedName? in
            guard let name = variable.string("relname") else { return nil }
            let schemas = variable.string("schemaname").map { [$0] } ?? path
            return schemas.lazy.map { QualifiedName($0, name) }.first(where: known.contains)
        }
        return Set(named)
    }

    /// What it could be a symptom of: a cause found for the statement itself, or for one of its tables.
    func links(in snapshot: Snapshot) -> Set<LinkKey> {
        Set(relations(in: snapshot).map { .relation($0, database: database) }).union([link])
    }
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
