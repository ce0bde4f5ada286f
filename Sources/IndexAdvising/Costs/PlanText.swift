import Statements

/// Conditions and keys as EXPLAIN prints them, read by the grammar.
enum PlanText {
    /// The function that stands for a subplan.
    static let subplan = "subplan"

    /// The expression; nil for what the grammar does not take.
    static func expression(_ text: String) -> Node? {
        guard let parsed = try? ParsedStatement(parsing: "SELECT " + readable(text)) else { return nil }
        return parsed.root.list("targetList").first?.node("val")
    }

    /// `(SubPlan 1)` and `(InitPlan 2).col1` are no SQL: a function stands for what runs for each row, a parameter for what runs once,
    /// as EXPLAIN itself has it up to 16. From 17 on it also prints `(ANY (a = (hashed SubPlan 1).col1))`.
    static func readable(_ text: String) -> String {
        guard text.contains("Plan ") else { return text }
        var made = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "(") {
            made += rest[..<open]
            rest = rest[open...]
            if let end = afterPlan(rest) {
                made += rest.hasPrefix("(InitPlan ") ? "($0)" : "(\(subplan)())"
                rest = rest[end...]
            } else if rest.hasPrefix("(ANY (") || rest.hasPrefix("(ALL (") {
                made += "("
                rest = rest.dropFirst(5)
            } else {
                made += "("
                rest = rest.dropFirst()
            }
        }
        return made + rest
    }

    /// Behind `(hashed SubPlan 1)`; nil where none begins.
    private static func afterPlan(_ text: Substring) -> Substring.Index? {
        for word in ["(SubPlan ", "(hashed SubPlan ", "(InitPlan ", "(rescan SubPlan "] where text.hasPrefix(word) {
            return text.firstIndex(of: ")").map(text.index(after:))
        }
        return nil
    }
}
