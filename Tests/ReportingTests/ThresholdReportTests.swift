import Diagnosing
import Foundation
import Model
import Recommending
import Reporting
import Testing

/// Every format says which thresholds are not the documented ones, and what is silent for that.
@Suite struct ThresholdReportTests {
    private static let evil = "<b>&\"|*`\u{1B}[31m"

    /// A sequence with 8 % of its numbers left, where 20 % and 5 % are documented.
    private func observation(_ share: Double?) throws -> Observation {
        var snapshot = Snapshot.healthyExample
        snapshot.catalogs[0].sequences = [
            .make {
                $0.name = QualifiedName("public", "orders_id_seq")
                $0.type = "bigint"
                $0.lastValue = 92
                $0.maximum = 100
            }
        ]
        let adjusted = try share.map { share in
            let rule = try RuleMetadata.adjustable("capacity.sequence-exhaustion")
            return try rule.threshold(named: "share of numbers left").adjusted(
                to: share, in: rule.id, at: "p.yaml:3 \(Self.evil)")
        }
        return Observation(snapshot, thresholds: ThresholdAdjustments([adjusted].compactMap(\.self)))
    }

    private func report(_ share: Double?, verbose: Bool = false) throws -> Report {
        Report(Diagnosis(judging: try observation(share)), options: ReportOptions(verbose: verbose))
    }

    @Test func allFormatsNameThemAndWhatIsSilent() throws {
        let report = try report(0.06)
        let line = "capacity.sequence-exhaustion: share of numbers left 6 % instead of 20 % (p.yaml:3"
        for text in [report.terminal(), report.markdown(), report.html()] {
            let plain = text.replacing(/\s+/, with: " ").replacing("\\", with: "")
            #expect(plain.contains("1 threshold was adjusted, 1 finding is silent for that"), "\(text)")
            #expect(plain.contains(line) && !text.contains("\u{1B}"), "\(text)")
        }
        #expect(!report.html().contains("<b>&"))
        for text in [report.markdown(), report.html(), try self.report(0.06, verbose: true).terminal()] {
            let plain = text.replacing(/\s+/, with: " ").replacing("\\", with: "")
            #expect(plain.contains("orders_id_seq") && plain.contains("by the documented thresholds"), "\(text)")
        }
        #expect(!report.terminal().contains("orders_id_seq"), "the first screen counts, --verbose tells")
        #expect(try Schema.complaints([report.json()]) == "")
        let json = try #require(JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
        let told = try #require(json["thresholds"] as? [String: [[String: Any]]])
        #expect(told["adjusted"]?.first?["value"] as? Double == 0.06 && told["silenced"]?.count == 1)
        let headline = try #require(json["headline"] as? String)
        #expect(headline.hasPrefix("Nothing that hurts now, by the thresholds as they were adjusted. Looked at "))
        #expect(headline.hasSuffix("1 finding is silent by adjusted thresholds."))
    }

    /// Nothing was cleared that the documented threshold would have found.
    @Test func whatIsSilentClearsNoSuspect() throws {
        let (quiet, well) = try (
            Diagnosis(judging: observation(0.06)), Diagnosis(judging: Observation(.healthyExample))
        )
        #expect(quiet.findings.isEmpty && well.cleared.contains("sequences"))
        #expect(!quiet.cleared.contains("sequences"))
        let other = try Diagnosis(judging: observation(0.1))
        #expect(other.findings.count == 1 && other.judgement.silenced.isEmpty && other.judgement.adjusted.count == 1)
    }

    @Test func withoutAdjustmentsNothingIsSaid() throws {
        for share in [nil, 0.2] {
            let report = try report(share)
            for text in [report.terminal(), report.markdown(), report.html(), report.json()] {
                #expect(!text.contains("adjusted") && !text.contains("\"thresholds\""))
            }
        }
    }

    @Test(arguments: [
        (0.034, "share", "3.4 %"), (0.5, "share", "50 %"), (104_857_600, "bytes", "100 MB"),
        (1000, "bytes", "1,000 bytes"),
        (1_000_000, "bytes", "1,000,000 bytes"), (10_737_418_240, "bytes", "10 GB"), (1800, "s", "1,800 s"),
        (0.5, "ms", "0.5 ms"), (20_000, "rows", "20,000 rows"),
    ])
    func numbersAreNotRounded(value: Double, unit: String, text: String) {
        #expect(WrittenQuantity.text(value, unit) == text)
    }
}
