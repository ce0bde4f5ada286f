import Plans
import Statements

/// A statement of the workload that indexes are advised for.
package struct WorkloadStatement: Sendable {
    /// Its place in the workload.
    package var number: Int
    /// With `$n` for what is not known, or with literals (of a file or a log).
    package var text: String
    package var parsed: ParsedStatement
    package var shape: StatementShape
    package var searchPath: [String]
    /// Calls in the window, or the weight that a file gives it.
    package var calls: Double
    /// ms a call; nil where nothing was measured.
    package var meanTime: Double?
    /// Rows returned or written a call; nil where nothing was measured.
    package var rowsPerCall: Double?
    /// As it is planned now, without any hypothetical index; nil where it could not be planned.
    package var plan: Plan?

    package init(
        number: Int, parsed: ParsedStatement, names: CatalogNames, searchPath: [String], calls: Double
    ) {
        self.number = number
        text = parsed.text
        self.parsed = parsed
        shape = StatementShape(parsed, names: names, searchPath: searchPath)
        self.searchPath = searchPath
        self.calls = calls
    }
}
