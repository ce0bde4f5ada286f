/// Why there is no lab, or it could not do what was asked.
package struct LabError: Error, Sendable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}

/// A statement that the lab's server refused.
package struct LabRefusal: Error, Sendable, CustomStringConvertible {
    /// nil: the connection was lost.
    package var sqlState: String?
    /// The server's words; they may quote the statement.
    package var message: String

    package var description: String { message }
}
