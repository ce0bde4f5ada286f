import Foundation

/// The programs that were built with the tests.
package enum BuiltProgram {
    /// pgmedic: it lies beside the test bundle.
    package static let pgmedic: String = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        return [bundle, root + "/.build/debug"].map { $0 + "/pgmedic" }
            .first { FileManager.default.isExecutableFile(atPath: $0) } ?? root + "/.build/debug/pgmedic"
    }()
}
