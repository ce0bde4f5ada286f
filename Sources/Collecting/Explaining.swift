import Model
import PostgresClient
import Queries
import Statements

/// The statements that explain one other. The prepared statement's name is always the same: pg_stat_statements makes an
/// entry of every other.
enum Explaining {
    static let name = "pgmedic"

    /// The statement's search_path, as the server parses it.
    static func settings(_ candidate: Eligibility.Candidate) -> [(name: String, value: String)] {
        let names = candidate.searchPath.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }
        return [("search_path", names.joined(separator: ", "))]
    }

    /// Explains in a fence of its own, and leaves nothing behind.
    static func group(_ candidate: Eligibility.Candidate) -> QueryGroup {
        QueryGroup(
            [prepare(candidate), explain(candidate)], settings: settings(candidate), cleanup: [deallocate])
    }

    /// Explains with these values: bound to the message, not written into it, so that pg_stat_statements makes no entry of each.
    static func group(_ candidate: Eligibility.Candidate, values: [String?]) -> QueryGroup {
        let explain = Query(
            "explain", "EXPLAIN (FORMAT JSON) \(CatalogQuery.mark) " + candidate.text, parameters: values)
        return QueryGroup([explain], settings: settings(candidate))
    }

    /// The plan that does not hang on parameters' values; within the transaction.
    static let planSettings = [(name: "plan_cache_mode", value: "force_generic_plan")]

    static func prepare(_ candidate: Eligibility.Candidate) -> Query {
        Query("prepare", "PREPARE \(name) AS " + candidate.text)
    }

    static func explain(_ candidate: Eligibility.Candidate) -> Query {
        let nulls = Array(repeating: "NULL", count: candidate.parameterCount).joined(separator: ", ")
        return Query("explain", "EXPLAIN (FORMAT JSON) EXECUTE \(name)" + (nulls.isEmpty ? "" : "(\(nulls))"))
    }

    static let deallocate = Query("deallocate", "DEALLOCATE \(name)")

    /// Why the server did not plan a statement, without its message: that may quote users' data.
    static func note(sqlState: String?) -> String {
        switch sqlState {
        case "42501": "our role may not read its tables (pg_read_all_data would do)"
        case "42P18", "42725": "PostgreSQL cannot tell the type of one of its parameters"
        case "42P01", "42883", "42703", "3F000":
            "a table, column or function that it names was not found under its role's search_path"
        case "55P03": "a lock that another session holds stood in the way"
        case "57014": "planning it took longer than the time allowed"
        case "42601": "its normalised text does not parse on the server"
        case let state?: "the server refused to plan it (SQLSTATE \(state))"
        case nil: "the connection was lost"
        }
    }
}
