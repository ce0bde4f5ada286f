import Diagnosing
import Foundation
import Model
import Testing

@testable import Recommending

/// What is accepted is left out and counted; what could hide more than was accepted hides nothing.
@Suite struct SuppressionTests {
    private static let key = LinkKey.relation(QualifiedName("public", "items"), database: "shop")
    private static let statement = LinkKey.statement("f1", database: "shop")

    /// A missing index makes a statement slow, on which others wait.
    private static let chain = [
        finding(Chain.MissingIndex.self, "public.items", .notice, .sessions(1), explains: [key]),
        finding(
            Chain.Slow.self, "f1", .warning, .sessions(3), explains: [statement], symptomOf: [key]),
        finding(Chain.Waits.self, "public.orders", .critical, .sessions(5), symptomOf: [statement]),
    ]

    private func judged(
        _ findings: [Finding] = chain, _ entries: [Suppression], evaluated: [String] = [], at moment: Date? = nil
    ) -> Diagnosis {
        var snapshot = Snapshot.healthyExample
        if let moment { snapshot.takenAt = moment }
        var judgement = Judgement()
        judgement.findings = findings
        judgement.evaluated = evaluated
        return Diagnosis(
            observation: Observation(snapshot), judgement: judgement, rules: Chain.rules, suppressions: entries)
    }

    private func entry(
        _ finding: Finding, as severity: Severity, until: String? = nil, rule: String? = nil
    ) -> Suppression {
        Suppression(
            .fingerprint(finding.fingerprint, rule: rule), severity: severity, reason: "known", owner: "ann",
            until: until, place: "f.yaml:1")
    }

    @Test func whatIsAcceptedIsCountedAndFailsNothing() {
        let alone = finding(Chain.Waits.self, "public.orders", .critical)
        let diagnosis = judged([alone], [entry(alone, as: .critical)])
        #expect(diagnosis.findings.isEmpty && diagnosis.plan.isEmpty)
        #expect(diagnosis.suppressions.suppressed.map(\.finding.fingerprint) == [alone.fingerprint])
        #expect(!diagnosis.reaches(failOn: .notice))
        #expect(diagnosis.headline.contains("1 finding is suppressed"))
        #expect(!diagnosis.headline.hasPrefix("Nothing that hurts now. "), "it hurts, and was accepted")
        #expect(diagnosis.cleared.isEmpty)
    }

    @Test func theSymptomsOfAnAcceptedCauseStandForThemselves() {
        let root = Self.chain[0]
        let diagnosis = judged([entry(root, as: .critical)])
        #expect(diagnosis.ranked.map(\.finding.rule) == ["workload.slow"])
        #expect(diagnosis.ranked[0].symptoms.map(\.rule) == ["locks.waits"])
        #expect(diagnosis.suppressions.suppressed[0].shown.map(\.rule) == ["workload.slow"])
        #expect(diagnosis.reaches(failOn: .critical), "nobody accepted that sessions wait")
    }

    @Test func whatStandsInTheMiddleLeavesItsSymptomsUnderTheRoot() throws {
        let diagnosis = judged([entry(Self.chain[1], as: .critical)])
        #expect(diagnosis.ranked.map(\.finding.rule) == ["index.missing"])
        #expect(diagnosis.ranked[0].symptoms.map(\.rule) == ["locks.waits"])
        #expect(diagnosis.ranked[0].finding.severity == .critical, "it is as grave as what it still explains")
        let tree = try #require(diagnosis.causes.first)
        #expect(tree.all.count == 2)
    }

    @Test func anAcceptedSymptomDoesNotMakeItsCauseGrave() {
        let diagnosis = judged([entry(Self.chain[2], as: .critical)])
        #expect(diagnosis.findings.map(\.rule) == ["index.missing", "workload.slow"])
        #expect(diagnosis.findings.map(\.severity) == [.warning, .warning])
        #expect(!diagnosis.reaches(failOn: .critical))
    }

    @Test func allOfAChainCanBeAccepted() {
        let diagnosis = judged(Self.chain.map { entry($0, as: .critical) })
        #expect(diagnosis.findings.isEmpty)
        #expect(diagnosis.suppressions.suppressed.allSatisfy { $0.shown.isEmpty })
        #expect(diagnosis.suppressions.suppressed.first?.finding.severity == .critical)
    }

    @Test func graverThanAcceptedIsShownAgain() {
        // By itself a notice; what it explains is critical.
        let diagnosis = judged([entry(Self.chain[0], as: .warning)])
        #expect(diagnosis.findings.count == 3)
        #expect(diagnosis.suppressions.told.map(\.trouble) == [.graver(.critical)])
        let calm = judged([Self.chain[0]], [entry(Self.chain[0], as: .warning)])
        #expect(calm.findings.isEmpty && calm.suppressions.told.isEmpty, "less grave than accepted is accepted")
    }

    @Test func thePromisedSeverityIsTheOneThatIsPrinted() {
        let root = judged([]).ranked[0].finding
        let again = judged([entry(root, as: root.severity)])
        #expect(again.suppressions.suppressed.map(\.finding.fingerprint) == [root.fingerprint])
    }

    @Test(arguments: [("2026-03-04", true), ("2026-03-03", false)])
    func theLastDayCountsWhole(until: String, isHidden: Bool) throws {
        let evening = try #require(CalendarDay.end(of: "2026-03-04")).addingTimeInterval(-60)
        let alone = Self.chain[2]
        let diagnosis = judged([alone], [entry(alone, as: .critical, until: until)], at: evening)
        #expect(diagnosis.findings.isEmpty == isHidden)
        #expect(diagnosis.suppressions.told.map(\.trouble) == (isHidden ? [] : [.lapsed(stillThere: true)]))
        #expect(diagnosis.suppressions.lapsingSoon.count == (isHidden ? 1 : 0))
    }

    @Test func whatAnswersToNothingIsTold() {
        let gone = finding(Chain.Waits.self, "public.gone")
        let evaluated = ["locks.waits"]
        let trouble = { (entry: Suppression) in
            judged([Self.chain[2]], [entry], evaluated: evaluated).suppressions.told.map(\.trouble)
        }
        #expect(trouble(entry(gone, as: .warning, rule: "locks.waits")) == [.unmatched(near: nil)])
        #expect(trouble(entry(gone, as: .warning, until: "2020-01-01")) == [.lapsed(stillThere: false)])
        #expect(trouble(entry(gone, as: .warning, rule: "index.missing")) == [], "that rule did not judge")
        let object = Suppression(
            .object("orders", rule: "locks.waits", database: nil), severity: .critical, reason: "r", owner: "o",
            place: "f.yaml:1")
        #expect(trouble(object) == [.unmatched(near: "public.orders")], "a bare name is no identity")
    }

    @Test func anEntryThatMeetsSeveralHidesNone() {
        var twins = [finding(Chain.Waits.self, "public.orders"), finding(Chain.Waits.self, "public.orders")]
        twins[1].identity = ["billing"]
        let object = { (database: String?) in
            Suppression(
                .object("public.orders", rule: "locks.waits", database: database), severity: .critical, reason: "r",
                owner: "o", place: "f.yaml:1")
        }
        let both = judged(twins, [object(nil)])
        #expect(both.findings.count == 2)
        #expect(both.suppressions.told.map(\.trouble) == [.ambiguous(twins.map(\.fingerprint))])
        twins[1].objects[0].database = "other"
        twins[1].identity = []
        #expect(judged(twins, [object(nil)]).findings.count == 2)
        #expect(judged(twins, [object("other")]).findings.count == 1)
    }

    @Test func aFingerprintOfAnotherRuleMeansNothing() {
        let alone = Self.chain[2]
        let diagnosis = judged(
            [alone], [entry(alone, as: .critical, rule: "workload.slow")], evaluated: ["workload.slow"])
        #expect(diagnosis.findings.count == 1)
        #expect(diagnosis.suppressions.told.count == 1)
    }

    @Test func daysAreThoseOfTheCalendar() {
        #expect(CalendarDay.end(of: "2026-02-28").map(CalendarDay.text) == "2026-03-01")
        for text in ["2026-02-29", "2026-13-01", "2026-1-1", "tomorrow", "2026-00-10", "2026-04-31"] {
            #expect(CalendarDay.end(of: text) == nil, "\(text)")
        }
    }

    private func judged(_ entries: [Suppression]) -> Diagnosis { judged(Self.chain, entries) }
}
