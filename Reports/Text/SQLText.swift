import Diagnosing

/// Tells SQL from prose in what a rule says about checking and undoing.
enum SQLText {
    /// The commands that rules advise, and psql's own that stand before them.
    private static let verbs: Set<Substring> = [
        "ALTER", "ANALYZE", "BEGIN", "CLUSTER", "COMMENT", "CREATE", "DELETE", "DO", "DROP", "EXPLAIN", "GRANT",
        "INSERT", "REINDEX", "RESET", "REVOKE", "ROLLBACK", "SELECT", "SET", "SHOW", "TABLE", "UPDATE", "VACUUM",
        "WITH",
    ]

    static func isSQL(_ text: String) -> Bool {
        guard text.contains(";"), let first = text.split(whereSeparator: { !$0.isLetter }).first else { return false }
        return text.hasPrefix(first) && verbs.contains(first)
    }

    /// Statements to be shown in one block: single lines stand together, longer ones apart.
    static func blocks(_ statements: [String]) -> [String] {
        statements.contains { $0.contains("\n") }
            ? statements : statements.isEmpty ? [] : [statements.joined(separator: "\n")]
    }
}

extension Finding {
    /// The statement written anew, where the cure prints it.
    var rewrite: String? {
        curingSteps.first(where: SQLText.isSQL)
    }

    /// What is said before it: where it is good, and what to check (`check: differs when …`).
    var rewriteNote: String? {
        let steps = curingSteps
        guard let place = steps.firstIndex(where: SQLText.isSQL), place > 0 else { return nil }
        return steps[place - 1]
    }

    private var curingSteps: [String] { actions.filter { $0.tier == .cure }.flatMap(\.steps) }
}
