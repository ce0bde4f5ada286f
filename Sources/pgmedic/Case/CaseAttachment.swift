import Foundation
import Redacting

/// A file that the user puts into a case.
struct CaseAttachment: Sendable {
    let name: String
    private let text: String
    private let isRedacted: Bool

    /// Bytes; a longer log is better cut to the hour that matters.
    private static let limit = 32 << 20

    /// - Parameter isRedacted: values in it are replaced, which only a text allows.
    /// - Throws: `Failure` when it cannot be read, or is no text.
    init(_ path: String, isRedacted: Bool) throws {
        name = path == "-" ? "stdin.txt" : (path as NSString).lastPathComponent
        text = try InputFile(path: path).text(limit: Self.limit)
        self.isRedacted = isRedacted
    }

    /// What goes into the case.
    ///
    /// - Parameter names: replaces names and addresses.
    func content(_ names: (String) -> String) -> Data {
        Data((isRedacted ? names(AttachedText.redacted(text)) : text).utf8)
    }

    var about: String { isRedacted ? "attached by hand, values replaced" : "attached by hand, as it was" }
}
