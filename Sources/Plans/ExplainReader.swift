/// Reads EXPLAIN's output in any format, as people paste it: out of psql, out of a log, several in one text.
package enum ExplainReader {
    /// All plans of the text, at least one. PostgreSQL 14 to 18.
    package static func read(_ text: String) throws(ExplainError) -> [ExplainedPlan] {
        let size = text.utf8.count
        guard size <= ExplainLimits.bytes else {
            throw ExplainError("the input is larger than \(ExplainLimits.bytes >> 20) MB, which no plan is")
        }
        guard text.contains(where: { !$0.isWhitespace }) else { throw ExplainError("the input is empty") }
        if text.utf8.contains(0) { throw ExplainError("the input is binary, not a text") }
        var plans: [ExplainedPlan] = []
        var failure: ExplainError?
        for piece in PastedText(text).pieces {
            do throws(ExplainError) {
                plans += try read(piece)
            } catch {
                // Text around a plan (a prompt, other messages of a log) is no error while a plan is found.
                if failure == nil || failure!.reason == noPlan { failure = error }
            }
        }
        if let failure, failure.reason != noPlan { throw failure }
        guard !plans.isEmpty else {
            throw ForeignPlan.database(of: text).map {
                ExplainError(line: $0.line, "this is a plan of \($0.name), not of PostgreSQL")
            } ?? failure ?? ExplainError(noPlan)
        }
        return plans
    }

    /// Plans of a message of the server's log, `duration: 812.345 ms  plan:` and what follows; none of any other message.
    ///
    /// - Parameter line: of the log, at which the message begins; errors name it.
    package static func read(message: String, line: Int) throws(ExplainError) -> [ExplainedPlan] {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
        guard let duration = lines.first.flatMap(PastedText.logged) else { return [] }
        let body = lines.dropFirst().map { PastedLine(number: line, text: $0) }
        return try read(PastedText.Piece(lines: body, duration: duration))
    }

    static let noPlan = "no plan of PostgreSQL was found: EXPLAIN prints one"

    private static func read(_ piece: PastedText.Piece) throws(ExplainError) -> [ExplainedPlan] {
        guard let first = piece.lines.first(where: { !$0.text.allSatisfy(\.isWhitespace) }) else { return [] }
        let start = first.text.drop(while: \.isWhitespace)
        var plans: [ExplainedPlan]
        switch start.first {
        case "{", "[": plans = try structured(JSONEvents.read(joined(piece), lines: piece.lines.map(\.number)), piece)
        case "<": plans = try structured(XMLEvents.read(joined(piece), lines: piece.lines.map(\.number)), piece)
        default:
            if start.hasPrefix("- Plan:") || start.hasPrefix("- Query Text:") || start.hasPrefix("Plan:")
                || start.hasPrefix("Query Text: \"") && piece.lines.contains(where: { $0.text.hasPrefix("Plan:") })
            {
                plans = try structured(YAMLEvents.read(piece.lines), piece)
            } else {
                plans = try PlanText.read(piece.lines)
            }
        }
        if let duration = piece.duration { for place in plans.indices { plans[place].duration = duration } }
        return plans
    }

    private static func joined(_ piece: PastedText.Piece) -> String {
        piece.lines.map(\.text).joined(separator: "\n")
    }

    private static func structured(_ read: StructuredPlan, _ piece: PastedText.Piece) throws(ExplainError)
        -> [ExplainedPlan]
    {
        var plans = read.plans
        for message in read.messages {
            plans += try Self.read(message: message.text, line: message.line)
        }
        for plan in plans where plan.root.type.isEmpty {
            throw ExplainError(line: plan.line, "the plan has no Node Type")
        }
        guard !plans.isEmpty else { throw ExplainError(line: piece.lines.first?.number, noPlan) }
        return plans
    }
}

/// Plans of other databases, told by words that PostgreSQL's never have.
enum ForeignPlan {
    private static let marks: [(word: String, name: String)] = [
        ("query_block", "MySQL or MariaDB"), ("| id | select_type", "MySQL or MariaDB"), ("-> Table scan on", "MySQL"),
        ("-> Index lookup on", "MySQL"), ("-> Nested loop inner join", "MySQL"), ("Plan hash value:", "Oracle"),
        ("| Id  | Operation", "Oracle"), ("ShowPlanXML", "SQL Server"), ("StmtText", "SQL Server"),
        ("|--Clustered Index", "SQL Server"), ("|--SCAN", "SQLite"), ("|--SEARCH", "SQLite"),
        ("queryPlanner", "MongoDB"),
        ("distribution: ", "CockroachDB"),
    ]

    static func database(of text: String) -> (name: String, line: Int)? {
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).prefix(2000) {
            number += 1
            if let mark = marks.first(where: { line.contains($0.word) }) { return (mark.name, number) }
        }
        return nil
    }
}
