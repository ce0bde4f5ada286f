import Diagnosing
import Foundation
import Model
import Recommending
import Reporting
import Testing

@Suite("The workload as a table")
struct StatementsReportTests {
    private func report(_ sample: Sample, _ configure: (inout StatementSelection) -> Void = { _ in })
        -> StatementsReport
    {
        var selection = StatementSelection()
        configure(&selection)
        return StatementsReport(sample.make(), selection, options: ReportOptions(width: 80))
    }

    @Test(arguments: [Sample.sick, .healthy, .hostile, .degraded])
    func jsonKeepsWhatTheSchemaPromises(sample: Sample) throws {
        #expect(try Schema.complaints([report(sample).json()], of: "statements-1") == "")
    }

    @Test(arguments: [Sample.sick, .healthy, .hostile, .degraded])
    func linesFitTheTerminalAndNothingHiddenIsPrinted(sample: Sample) {
        let text = report(sample).terminal()
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(!text.unicodeScalars.contains { $0 != "\n" && $0.isInvisible })
    }

    @Test func theLimitIsTold() {
        #expect(report(.sick) { $0.limit = 1 }.terminal().contains("1 of "))
        #expect(report(.sick) { $0.text = "no such text" }.terminal().contains("No statement matches."))
    }
}
