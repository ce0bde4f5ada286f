import Foundation
import Testing

@testable import Reporting

@Suite("The page's templates are in the program")
struct TemplateFilesTests {
    private static let reports = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Reports").standardized
    private static let files = [
        ("action", "action.mustache"), ("finding", "finding.mustache"), ("page", "page.mustache"),
        ("style", "style.css"),
    ]

    @Test func theEmbeddedTextsAreThoseOfTheFolder() throws {
        let folder = Self.reports.appending(path: "Templates")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(names) == Set(Self.files.map(\.1)))
        var text = """
            // Written by TemplateFilesTests from Reports/Templates: RECORD=1 swift test --filter TemplateFilesTests

            /// The templates and the stylesheet of the page, so that the program is one file.
            enum TemplateFiles {

            """
        let constants = try Self.files.map { name, file in
            let content = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            return "    // swift-format-ignore\n    static let \(name) = #\"\"\"\n\(content)\n\"\"\"#\n"
        }
        text += constants.joined(separator: "\n") + "}\n"
        let embedded = Self.reports.appending(path: "HTML/TemplateFiles.generated.swift")
        let current = try String(contentsOf: embedded, encoding: .utf8)
        guard text != current else { return }
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try Data(text.utf8).write(to: embedded)
            Issue.record("recorded the templates: build again")
        } else {
            Issue.record("the templates changed: RECORD=1 swift test --filter TemplateFilesTests, then build again")
        }
    }
}
