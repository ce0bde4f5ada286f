import Foundation
import Reporting
import Testing

@Suite("The terminal report fits the screen")
struct TerminalTests {
    /// SQL is left unbroken, so that it can be pasted; everything else fits.
    @Test(arguments: [72, 80, 100])
    func linesFitTheWidth(_ width: Int) {
        for sample in [Sample.sick, .healthy, .degraded] {
            let report = Report(sample.make(), options: ReportOptions(verbose: true, width: width))
            for line in report.terminal().split(separator: "\n") where !line.contains(";") {
                #expect(DisplayWidth.of(line) <= width, "\(line)")
            }
        }
    }

    @Test func theFirstScreenIsOneScreen() {
        let lines = Sample.report(.sick, quiet: true).terminal().split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 40)
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= 80 })
    }

    @Test func quietIsTheBeginningOfTheWhole() {
        let quiet = Sample.report(.sick, quiet: true).terminal()
        #expect(Sample.report(.sick).terminal().hasPrefix(quiet))
    }

    @Test func noticesAreOpenedOnlyWhenAsked() {
        #expect(!Sample.report(.sick).terminal().contains("customers_phone_idx"))
        #expect(Sample.report(.sick).terminal().contains("+ 5 notices"))
        #expect(Sample.report(.sick, verbose: true).terminal().contains("customers_phone_idx"))
    }

    @Test func whatWasNotLookedAtIsSaidOnTheFirstScreen() {
        let text = Sample.report(.degraded, quiet: true).terminal()
        #expect(text.contains("not judged"))
        #expect(text.contains("GRANT pg_monitor TO monitor;"))
    }
}
