import Diagnosing
import Foundation
import Plans
import Reporting
import Testing

@Suite("Plans in JSON keep what the schema promises")
struct PlanSchemaTests {
    /// Real plans of PostgreSQL 15, 17 and 18.
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../PlansTests/Corpus").standardized

    @Test(arguments: ["pg15", "pg17", "pg18"])
    func everyPlanOfTheCorpusIsValid(version: String) throws {
        let folder = Self.corpus.appending(path: version)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
        #expect(files.count >= 50)
        let reports = try files.map { file in
            let plans = try ExplainReader.read(try String(contentsOf: file, encoding: .utf8))
            return PlanReport(plans.map { MeasuredPlan($0) }, options: ReportOptions(generator: "pgmedic 0.1.0")).json()
        }
        #expect(try Schema.complaints(reports, of: "plan-1") == "")
    }
}
