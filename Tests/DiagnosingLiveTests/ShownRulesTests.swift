import Diagnosing
import Foundation
import Testing

/// Which rules were seen on a real server: those that a suite with a server of its own names.
@Suite("Rules shown live") struct ShownRulesTests {
    /// The suites that start servers and let the rules judge them.
    private static let folders = ["DiagnosingLiveTests", "EndToEndTests"]

    /// Suites by the rules that they name.
    static func shown() throws -> [String: [String]] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let ids = allRules.map { $0.metadata.id }
        var suites: [String: [String]] = [:]
        for folder in folders {
            let files = try FileManager.default.contentsOfDirectory(
                at: tests.appending(path: folder), includingPropertiesForKeys: nil)
            for file in files.sorted(by: { $0.path < $1.path }) where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                for id in ids where text.contains("\"\(id)\"") {
                    suites[id, default: []].append(file.deletingPathExtension().lastPathComponent)
                }
            }
        }
        return suites
    }

    @Test func halfOfTheRulesAndMoreAreShownOnARealServer() throws {
        let shown = try Self.shown()
        let missing = allRules.map { $0.metadata.id }.filter { shown[$0] == nil }
        #expect(shown.count >= 60, "not shown: \(missing)")
        #expect(shown.count * 2 >= allRules.count, "not shown: \(missing)")
    }
}
