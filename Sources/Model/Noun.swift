/// A plain value that names a thing of PostgreSQL: everything has a default, so that a collector or a test sets
/// only what it knows.
package protocol Noun: Codable, Sendable, Equatable {
    init()
}

extension Noun {
    /// Makes a value with the given properties set.
    package static func make(_ configure: (inout Self) -> Void) -> Self {
        var value = Self()
        configure(&value)
        return value
    }
}
