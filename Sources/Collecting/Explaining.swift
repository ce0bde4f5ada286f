import Model
import Statements

/// The statements that explain one other. The prepared statement's name is always the same: pg_stat_statements makes an
/// entry of every other.
enum Explaining {
    static let name = "pgmedic"

    static func setSearchPath(_ schemas: [String]) -> String {
        let names = schemas.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ", ")
        return "SET LOCAL search_path = " + (names.isEmpty ? "''" : names)
    }

    static let planSettings = ["SET LOCAL plan_cache_mode = force_generic_plan"]

    static func prepare(_ candidate: Eligibility.Candidate) -> String { "PREPARE \(name) AS " + candidate.text }

    static func explain(_ candidate: Eligibility.Candidate) -> String {
        let nulls = Array(repeating: "NULL", count: candidate.parameterCount).joined(separator: ", ")
        return "EXPLAIN (FORMAT JSON) EXECUTE \(name)" + (nulls.isEmpty ? "" : "(\(nulls))")
    }

    static let deallocate = "DEALLOCATE \(name)"

    /// Why the server did not plan a statement, without its message: that may quote users' data.
    static func note(sqlState: String?) -> String {
        switch sqlState {
        case "42501": "our role may not read its tables (pg_read_all_data would do)"
        case "42P18": "PostgreSQL cannot tell the type of one of its parameters"
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
