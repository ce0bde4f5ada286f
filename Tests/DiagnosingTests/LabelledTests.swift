import Foundation
import Model
import Statements
import Testing

@testable import Diagnosing

/// Statements that a reviewer labelled, who knew the rules' descriptions but neither their code nor what they find: what is told of
/// them by the text and the schema alone, without a server.
@Suite struct LabelledTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Labelled"
    /// Of what is told, how much a reviewer would tell too; of what a reviewer would tell, how much is told.
    private static let (precision, recall) = (1.0, 0.87)

    struct Labelled {
        var text: String
        var line: Int
        var shapes: Set<String>
    }

    private static func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name).sql", encoding: .utf8)
    }

    /// A comment `-- harmful: shape.a, shape.b` or `-- harmless: …` before each.
    private static func labelled(_ name: String) throws -> [Labelled] {
        let lines = try read(name).components(separatedBy: "\n")
        return try SQLScript(lines.joined(separator: "\n")).statements.map { statement in
            let label = lines[..<(statement.line - 1)].last { $0.hasPrefix("-- \(name): ") } ?? ""
            let shapes = label.dropFirst("-- harmful: ".count).components(separatedBy: ", ")
            return Labelled(text: statement.text, line: statement.line, shapes: name == "harmful" ? Set(shapes) : [])
        }
    }

    private static func review() throws -> StatementReview {
        let schema = try SQLScript(try read("schema")).statements.map { try ParsedStatement(parsing: $0.text) }
        var snapshot = Snapshot()
        snapshot.catalogs = [ScriptCatalog(schema).catalog]
        return StatementReview(Observation(snapshot))
    }

    @Test func whatIsToldIsTrueAndWhatIsHarmlessIsSilent() throws {
        let review = try Self.review()
        let harmful = try Self.labelled("harmful")
        let harmless = try Self.labelled("harmless")
        #expect(harmful.count > 180 && harmless.count > 200)
        let known = Set(allRules.map { $0.metadata.id })
        #expect(harmful.flatMap(\.shapes).allSatisfy(known.contains))
        var (right, wrong, missed) = (0, 0, [String: Int]())
        for statement in harmful + harmless {
            let found = Set(review.judge(try ParsedStatement(parsing: statement.text)).findings.map(\.rule))
            right += found.intersection(statement.shapes).count
            wrong += found.subtracting(statement.shapes).count
            for shape in statement.shapes.subtracting(found) { missed[shape, default: 0] += 1 }
            if statement.shapes.isEmpty { #expect(found.isEmpty, "\(statement.line): \(statement.text)") }
        }
        let precision = Double(right) / Double(right + wrong)
        let recall = Double(right) / Double(right + missed.values.reduce(0, +))
        let figures = "precision \(precision), recall \(recall), missed \(missed.sorted { $0.key < $1.key })"
        #expect(precision >= Self.precision, "\(figures)")
        #expect(recall >= Self.recall, "\(figures)")
    }
}
