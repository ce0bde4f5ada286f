import Foundation
import Reporting
import Testing

@Suite("Reports are byte for byte what they were")
struct GoldenFileTests {
    @Test(arguments: Sample.all)
    func terminalIsUnchanged(_ sample: Sample) throws {
        try Golden.check(Sample.report(sample).terminal(), "\(sample.name).txt")
    }

    @Test(arguments: Sample.all)
    func markdownIsUnchanged(_ sample: Sample) throws {
        try Golden.check(Sample.report(sample).markdown(), "\(sample.name).md")
    }

    @Test(arguments: Sample.all)
    func htmlIsUnchanged(_ sample: Sample) throws {
        try Golden.check(Sample.report(sample).html(), "\(sample.name).html")
    }

    @Test(arguments: Sample.all)
    func jsonIsUnchanged(_ sample: Sample) throws {
        try Golden.check(Sample.report(sample).json(), "\(sample.name).json")
    }

    @Test func quietVerboseAndColouredTerminalAreUnchanged() throws {
        try Golden.check(Sample.report(.sick, quiet: true).terminal(), "sick.quiet.txt")
        try Golden.check(Sample.report(.sick, verbose: true).terminal(), "sick.verbose.txt")
        try Golden.check(Sample.report(.sick, quiet: true, color: true).terminal(), "sick.color.txt")
    }
}

/// Expected outputs, beside the tests. `RECORD=1 swift test --filter GoldenFileTests` writes them anew.
enum Golden {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    static func check(_ text: String, _ name: String, _ location: SourceLocation = #_sourceLocation) throws {
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try Data(text.utf8).write(to: file)
            Issue.record("recorded \(name): look at the difference, then run without RECORD", sourceLocation: location)
            return
        }
        let expected = try String(decoding: Data(contentsOf: file), as: UTF8.self)
        guard text != expected else { return }
        let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let new = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line =
            zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(old.count, new.count)
        Issue.record(
            """
            \(name) differs from line \(line + 1):
            - \(line < old.count ? old[line] : "(end)")
            + \(line < new.count ? new[line] : "(end)")
            RECORD=1 swift test --filter GoldenFileTests writes it anew.
            """, sourceLocation: location)
    }
}
