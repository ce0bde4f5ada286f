/// Why a text cannot be read as a plan. Holds nothing of the text.
package struct ExplainError: Error, Equatable, CustomStringConvertible {
    /// From 1; nil where it is about the whole.
    package var line: Int?
    package var reason: String

    package init(line: Int? = nil, _ reason: String) {
        self.line = line
        self.reason = reason
    }

    package var description: String { (line.map { "line \($0): " } ?? "") + reason }
}

/// How much is read: what is larger is no plan that a person looks at.
package enum ExplainLimits {
    package static let bytes = 64 << 20
    /// Levels of nodes.
    package static let depth = 2000
    package static let nodes = 20_000
}
