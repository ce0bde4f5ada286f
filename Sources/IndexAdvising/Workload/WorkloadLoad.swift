/// A statement of the workload with what it costs, wherever it came from.
package struct WorkloadLoad: Sendable {
    /// With `$n` for what is not known, or with literals.
    package var text = ""
    /// As a file calls it.
    package var name: String?
    package var fingerprint: String?
    package var queryIDs: [Int64] = []
    /// In the window, or the weight that a file gives it.
    package var calls = 1.0
    /// ms in the window; nil where nothing was measured.
    package var totalTime: Double?
    /// Returned or written in the window; nil where nothing was measured.
    package var rows: Double?
    /// nil: as our own role's.
    package var searchPath: [String]?
    /// The same statement with real values: calls that auto_explain logged.
    package var examples: [LoggedCall] = []

    package init() {}
}
