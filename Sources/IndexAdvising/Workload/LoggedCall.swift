/// A call of a statement as auto_explain logged it. Users' data: to plan with, never to be kept or shown, and so of no kind that
/// could be written.
package struct LoggedCall: Sendable, Hashable {
    /// With the literals that it was called with, and `$n` for parameters.
    package var text: String
    /// Of its parameters, in their order; nil for NULL.
    package var values: [String?] = []

    package init(_ text: String, values: [String?] = []) {
        self.text = text
        self.values = values
    }
}
