/// Why a file cannot be used: where, what is wrong, and how to mend it. Holds no value of the file that may be a secret.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package var file: String
    /// From 1; nil: the whole file.
    package var line: Int?
    /// `targets.shop.hostFacts.cores`; empty: the whole file.
    package var key: String
    package var problem: String
    /// What to write instead.
    package var remedy: String?

    package var description: String {
        let place = file + (line.map { ":\($0)" } ?? "")
        let text = key.isEmpty ? problem : "\(key): \(problem)"
        return "\(place): \(text)" + (remedy.map { "; \($0)" } ?? "")
    }
}
