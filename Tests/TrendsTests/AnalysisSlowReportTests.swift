import Foundation
import History
import Testing
import Trends

@Suite struct AnalysisSlowReportTests {
    private static func report(
        _ cause: PlantedCause? = nil, seed: UInt64 = 21, roles: [String] = [], limit: Int = 20
    ) -> (SlowReport, PlantedHistory) {
        var planted = PlantedHistory(seed: seed, cause: cause)
        let timeline = planted.make()
        let window = planted.moment..<planted.moment + 6 * 3600
        return (TrendAnalysis(timeline).slowReport(window: window, roles: roles, limit: limit), planted)
    }

    @Test func rankingsDescendAndSharesSumUp() throws {
        let (report, _) = Self.report()
        #expect(report.rankings.map(\.order) == SlowReport.Order.allCases)
        for ranking in report.rankings {
            let values = ranking.entries.map(\.value)
            #expect(values == values.sorted(by: >))
            for entry in ranking.entries { #expect(report.statements.indices.contains(entry.statement)) }
        }
        let elapsed = try #require(report.rankings.first)
        #expect(elapsed.entries.count == 8)
        #expect(abs((elapsed.entries.last?.cumulative ?? 0) - 1) < 1e-9)
        #expect(elapsed.entries.map(\.statement) == Array(0..<8))
        let mean = try #require(report.rankings.first { $0.order == .mean })
        #expect(mean.entries.allSatisfy { $0.share == nil && $0.cumulative == nil })
    }

    @Test func whatIsCutOffKeepsItsPartOfTheWhole() throws {
        let (report, _) = Self.report(limit: 2)
        let elapsed = try #require(report.rankings.first)
        #expect(elapsed.entries.count == 2)
        #expect((elapsed.entries.last?.cumulative ?? 1) < 0.9)
    }

    @Test func aSlowerStatementIsToldAsSlower() throws {
        let (report, planted) = Self.report(.droppedIndex)
        let slow = try #require(
            report.statements.first { $0.statement.identity == PlantedHistory.fingerprint(planted.victim) })
        #expect(slow.news == .slower)
        #expect(slow.sentence.contains("as slow as in the window before"))
        #expect(report.statements.filter { $0.news == .slower }.count == 1)
        #expect(slow.trend.knownCount > 60)
    }

    @Test func deviationComesFromTheSquares() throws {
        let (report, _) = Self.report()
        // Squares are planted as if every call took its mean and once again as much: σ is as great as the mean.
        for one in report.statements {
            let mean = try #require(one.mean)
            let deviation = try #require(one.deviation)
            #expect(abs(deviation / mean - 1) < 0.1)
        }
    }

    @Test func reportingRolesStandByThemselves() throws {
        let (report, _) = Self.report(roles: ["reporting", "nobody"])
        let reporting = try #require(report.roles.first)
        #expect(!reporting.statements.isEmpty)
        #expect(reporting.statements.allSatisfy { $0.statement.role == "reporting" })
        #expect(abs((reporting.rankings.first?.entries.last?.cumulative ?? 0) - 1) < 1e-9)
        #expect(reporting.share > 0 && reporting.share < 1)
        #expect(report.roles.last?.sentence == "Role nobody ran no statement in this window.")
    }

    @Test func whatIsNotCalledAnyMoreIsGone() {
        var planted = PlantedHistory(seed: 22)
        var timeline = planted.make()
        for place in timeline.series.indices where timeline.series[place].key.name == "7001" {
            timeline.series[place].measures = timeline.series[place].measures.mapValues { series in
                series.within(PlantedHistory.start..<planted.moment)
            }
        }
        let report = TrendAnalysis(timeline).slowReport(window: planted.moment..<planted.moment + 6 * 3600)
        #expect(report.gone.map(\.statement.queryID) == ["7001"])
        #expect(report.headline.contains("1 gone"))
    }

    @Test func withoutAWindowBeforeNothingIsNew() {
        var planted = PlantedHistory(seed: 23)
        let report = TrendAnalysis(planted.make()).slowReport(
            window: PlantedHistory.start..<PlantedHistory.start + 6 * 3600)
        #expect(report.before == nil)
        #expect(report.statements.allSatisfy { $0.news == .unknown })
        #expect(report.notes == ["There is no history of the window before: what is new or slower is not known"])
    }
}
