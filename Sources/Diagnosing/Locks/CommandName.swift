import Model
import Statements

extension Backend {
    /// What its statement is: `ALTER TABLE`, `UPDATE`; nil where its text is hidden or cannot be read.
    package var command: String? {
        guard let query else { return nil }
        if let parsed = try? ParsedStatement(parsing: query) { return CommandName.of(parsed) }
        // Cut off by track_activity_query_size: the first word is enough.
        let word = query.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }
        return word.isEmpty ? nil : word.uppercased()
    }
}

/// A statement's command as its own completion tag has it.
enum CommandName {
    static func of(_ parsed: ParsedStatement) -> String {
        switch parsed.root.kind {
        case "SelectStmt": return "SELECT" + (rowLock(parsed).map { " … FOR \($0)" } ?? "")
        case "IndexStmt": return parsed.root.flag("concurrent") ? "CREATE INDEX CONCURRENTLY" : "CREATE INDEX"
        case "VacuumStmt": return parsed.root.flag("is_vacuumcmd") ? "VACUUM" : "ANALYZE"
        case let kind: return names[kind] ?? kind.spelledOut(without: "Stmt")
        }
    }

    /// https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
    private static func rowLock(_ parsed: ParsedStatement) -> String? {
        let strengths = [
            "LCS_FORUPDATE": "UPDATE", "LCS_FORNOKEYUPDATE": "NO KEY UPDATE", "LCS_FORSHARE": "SHARE",
            "LCS_FORKEYSHARE": "KEY SHARE",
        ]
        return parsed.root.list("lockingClause").first?.string("strength").flatMap { strengths[$0] }
    }

    private static let names = [
        "AlterTableStmt": "ALTER TABLE", "RenameStmt": "ALTER … RENAME", "LockStmt": "LOCK TABLE",
        "CreateTrigStmt": "CREATE TRIGGER", "RefreshMatViewStmt": "REFRESH MATERIALIZED VIEW",
        "ViewStmt": "CREATE VIEW",
        "CreateStmt": "CREATE TABLE", "CreateTableAsStmt": "CREATE TABLE AS", "CreatedbStmt": "CREATE DATABASE",
        "DropdbStmt": "DROP DATABASE", "CreateSchemaStmt": "CREATE SCHEMA", "CreateFunctionStmt": "CREATE FUNCTION",
        "AlterObjectSchemaStmt": "ALTER … SET SCHEMA", "AlterOwnerStmt": "ALTER … OWNER", "TransactionStmt": "COMMIT",
        "CreateExtensionStmt": "CREATE EXTENSION", "AlterSeqStmt": "ALTER SEQUENCE", "RuleStmt": "CREATE RULE",
        "AlterEnumStmt": "ALTER TYPE", "CreateEnumStmt": "CREATE TYPE",
    ]
}
