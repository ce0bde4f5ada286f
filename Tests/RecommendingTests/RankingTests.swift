import Diagnosing
import Model
import Testing

@testable import Recommending

@Suite struct RankingTests {
    static let table = LinkKey.relation(QualifiedName("public", "orders"), database: "shop")
    static let session = LinkKey.backend(4127)

    @Test func severityComesBeforeImpact() {
        let diagnosis = diagnosis([
            finding(Chain.Slow.self, "large", .warning, .sessions(50)),
            finding(Chain.Slow.self, "grave", .critical, .sessions(1)),
        ])
        #expect(diagnosis.ranked.map(\.finding.title) == ["grave", "large"])
    }

    @Test func doubtDiscountsImpact() {
        let diagnosis = diagnosis([
            finding(Chain.Slow.self, "doubtful", .warning, .sessions(5), .low),
            finding(Chain.Slow.self, "sure", .warning, .sessions(3), .high),
        ])
        #expect(diagnosis.ranked.map(\.finding.title) == ["sure", "doubtful"])
        #expect(diagnosis.ranked.map(\.score) == [3, 2])
    }

    @Test func unitsMeetOnOneScale() {
        let scale = ImpactScale(activeSessions: 8)
        #expect(scale.sessions(.share(0.5)) == 4)
        #expect(scale.sessions(.sessions(4)) == 4)
        #expect(abs(scale.sessions(.bytes(1_073_741_824, "kept")) - 0.1) < 1e-9)
        #expect(scale.sessions(.days(0)) > scale.sessions(.days(30)))
        #expect(scale.sessions(.none) == 0)
        #expect(scale.sessions(Impact(.nan, .sessions, "?")) == 0)
    }

    @Test func equalFindingsAlwaysComeInTheSameOrder() {
        let findings = (0..<20).map { finding(Chain.Slow.self, "table \($0)") }
        let forwards = diagnosis(findings).findings.map(\.title)
        #expect(forwards == diagnosis(findings.reversed()).findings.map(\.title))
        #expect(forwards == diagnosis(findings.shuffled()).findings.map(\.title))
        #expect(forwards == forwards.sorted(), "names decide, which a reader can follow")
    }

    @Test func aSymptomStandsUnderItsCauseAndLendsItsWeight() throws {
        let diagnosis = diagnosis([
            finding(Chain.Slow.self, "slow", .critical, .sessions(9), symptomOf: [Self.table]),
            finding(Chain.MissingIndex.self, "cause", .warning, .sessions(1), explains: [Self.table]),
            finding(Chain.Slow.self, "other", .critical, .sessions(5)),
        ])
        let first = try #require(diagnosis.ranked.first)
        #expect(diagnosis.ranked.map(\.finding.title) == ["cause", "other"])
        #expect(first.symptoms.map(\.title) == ["slow"])
        #expect(first.score == 9)
        #expect(first.finding.severity == .critical)
        #expect(diagnosis.findings.map(\.title) == ["cause", "slow", "other"])
        #expect(diagnosis.causes(of: first.symptoms[0]).map(\.title) == ["cause"])
        #expect(diagnosis.symptoms(of: first.finding).map(\.title) == ["slow"])
    }

    @Test func withoutACommonObjectNothingIsExplained() {
        let other = LinkKey.relation(QualifiedName("public", "customers"), database: "shop")
        let diagnosis = diagnosis([
            finding(Chain.MissingIndex.self, "cause", explains: [other]),
            finding(Chain.Slow.self, "slow", symptomOf: [Self.table]),
            finding(Chain.Waits.self, "not named by the rule", symptomOf: [other]),
        ])
        #expect(diagnosis.ranked.allSatisfy { $0.symptoms.isEmpty })
    }

    @Test func aChainIsFoldedUnderItsHead() throws {
        let diagnosis = diagnosis([
            finding(Chain.Waits.self, "waits", symptomOf: [Self.session, Self.table]),
            finding(Chain.Slow.self, "slow", explains: [Self.session], symptomOf: [Self.table]),
            finding(Chain.MissingIndex.self, "index", explains: [Self.table]),
        ])
        let head = try #require(diagnosis.ranked.first)
        #expect(diagnosis.ranked.count == 1)
        #expect(head.finding.title == "index")
        #expect(Set(head.symptoms.map(\.title)) == ["slow", "waits"])
        #expect(diagnosis.symptoms(of: head.finding).map(\.title) == ["slow"])
    }

    @Test func ofTwoCausesTheGreaterShowsTheSymptomAndBothAreNamed() throws {
        let diagnosis = diagnosis([
            finding(Chain.Blocker.self, "small", .warning, .sessions(1), explains: [Self.session]),
            finding(Chain.Slow.self, "great", .warning, .sessions(7), explains: [Self.session]),
            finding(Chain.Waits.self, "waits", .warning, .sessions(2), symptomOf: [Self.session]),
        ])
        #expect(diagnosis.ranked.map(\.finding.title) == ["great", "small"])
        #expect(diagnosis.ranked.map { $0.symptoms.count } == [1, 0])
        #expect(diagnosis.causes(of: diagnosis.ranked[0].symptoms[0]).map(\.title) == ["great", "small"])
    }

    @Test func aCircleIsBrokenAtTheGreaterCause() {
        let diagnosis = diagnosis([
            finding(
                Chain.Blocker.self, "blocker", .warning, .sessions(2), explains: [Self.table], symptomOf: [Self.table]),
            finding(
                Chain.MissingIndex.self, "index", .warning, .sessions(5), explains: [Self.table],
                symptomOf: [Self.table]),
        ])
        #expect(diagnosis.ranked.map(\.finding.title) == ["index"])
        #expect(diagnosis.findings.count == 2)
    }

    @Test func nothingExplainsItself() {
        let alone = finding(Chain.Blocker.self, "a", explains: [Self.table], symptomOf: [Self.table])
        #expect(diagnosis([alone]).ranked.count == 1)
    }

    @Test func failOnLooksAtAllFindings() {
        let diagnosis = diagnosis([finding(Chain.Slow.self, "slow", .warning)])
        #expect(diagnosis.reaches(failOn: .notice) && diagnosis.reaches(failOn: .warning))
        #expect(!diagnosis.reaches(failOn: .critical))
    }
}
