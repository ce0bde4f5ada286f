/// One SQL statement with its parse tree.
package struct ParsedStatement: Sendable {
    package enum Kind: String, Sendable {
        case select, insert, update, delete, merge
        /// Everything that EXPLAIN does not take: DDL, COPY, SET, transaction control, `SELECT … INTO`.
        case utility
    }

    package let text: String
    /// The statement's node: `SelectStmt`, `UpdateStmt`, …
    package let root: Node
    package let kind: Kind

    /// Throws where the text is not exactly one statement of PostgreSQL 15's grammar, or is too long or too deep.
    package init(parsing text: String) throws(ParsingError) {
        let tree = try Parser.tree(of: text)
        let statements = tree.list("stmts")
        guard statements.count == 1, let root = statements[0].node("stmt") else {
            throw .notOneStatement(statements.count)
        }
        self.text = text
        self.root = root
        kind = Self.kind(of: root)
    }

    private static func kind(of root: Node) -> Kind {
        switch root.kind {
        case "SelectStmt": root.node("intoClause") == nil ? .select : .utility
        case "InsertStmt": .insert
        case "UpdateStmt": .update
        case "DeleteStmt": .delete
        case "MergeStmt": .merge
        default: .utility
        }
    }

    /// libpg_query's fingerprint of a text, sixteen hexadecimal digits: equal for statements that differ in constants,
    /// white space, comments and lengths of value lists only. Of a utility statement the values count too: take it of
    /// the *redacted* text, so that a password leaves no trace.
    package static func fingerprint(of text: String) throws(ParsingError) -> String { try Parser.fingerprint(of: text) }

    /// The highest `$n`; 0 without parameters.
    package var parameterCount: Int {
        var highest = 0
        root.walk {
            if $0.kind == "ParamRef" { highest = max(highest, $0.integer("number")) }
            return true
        }
        return highest
    }

    /// Changes rows: INSERT, UPDATE, DELETE, MERGE, also in a CTE.
    package var writes: Bool {
        var found = false
        root.walk {
            if ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"].contains($0.kind) { found = true }
            return !found
        }
        return found
    }

    /// `FOR UPDATE`, `FOR NO KEY UPDATE`, `FOR SHARE` or `FOR KEY SHARE` anywhere: EXPLAIN then needs the write right.
    package var locksRows: Bool { !root.all("LockingClause").isEmpty }

    package var isSelectForUpdate: Bool { kind == .select && locksRows }

    /// Names of the functions that are called by name, as written (`lower`, `app.price_of`), each once, in order.
    /// Operators and casts call functions too, which no text shows.
    package var functions: [String] {
        var seen: Set<String> = []
        return root.all("FuncCall").map { $0.strings("funcname").joined(separator: ".") }
            .filter { seen.insert($0).inserted }
    }

    /// Functions written with a schema that is not `pg_catalog`, or that are not in `known`, pg_catalog's own functions:
    /// the planner may execute them as our role.
    package func functions(outside known: Set<String>) -> [String] {
        functions.filter { name in
            if name.hasPrefix("pg_catalog.") { return false }
            return !known.contains(name)
        }
    }
}
