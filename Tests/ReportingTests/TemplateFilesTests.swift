import Foundation
import Testing

@testable import Reporting

@Suite("The page's templates are in the program")
struct TemplateFilesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Reports/Templates").standardized
    private static let embedded = [
        "action.mustache": TemplateFiles.action, "finding.mustache": TemplateFiles.finding,
        "page.mustache": TemplateFiles.page, "style.css": TemplateFiles.style,
        "plan.mustache": TemplateFiles.plan, "planStyle.css": TemplateFiles.planStyle,
        "indexes.mustache": TemplateFiles.indexes, "indexStyle.css": TemplateFiles.indexStyle,
        "fleet.mustache": TemplateFiles.fleet, "fleetStyle.css": TemplateFiles.fleetStyle,
        "fleetMail.mustache": TemplateFiles.fleetMail,
        "locks.mustache": TemplateFiles.locks, "history.mustache": TemplateFiles.history,
        "trendStyle.css": TemplateFiles.trendStyle,
        "caseSummary.mustache": TemplateFiles.caseSummary, "caseStyle.css": TemplateFiles.caseStyle,
    ]

    @Test func theEmbeddedTextsAreThoseOfTheFolder() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(names) == Set(Self.embedded.keys))
        for (name, text) in Self.embedded {
            let file = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
            #expect(text == file, "\(name): run make generate")
        }
    }
}
