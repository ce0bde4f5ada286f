import Foundation
import History
import Model
import Testing

@Suite struct FixLifecycleTests {
    @Test func aFixIsVerifiedByTheThirdWholeSweep() {
        var sweeps = Sweeps()
        sweeps.sweep([400, 420, 380, 410])
        sweeps.resolve()
        // The first reading is partly of the time before.
        sweeps.sweep([200, 12, 11])
        #expect(sweeps.fix.verdict == .pending)
        sweeps.sweep([13])
        #expect(sweeps.fix.verdict == .verified && sweeps.events.last == .verified)
        #expect(sweeps.fix.text == "verified, −97 % over 3 sweeps")
        #expect(sweeps.fix.effect?.chance.map { abs($0 - 1 / 35) < 1e-9 } == true)
        #expect(sweeps.fix.judgedAt == Sweeps.start.addingTimeInterval(7 * 300))
        #expect(sweeps.record.tier == "L2" && sweeps.record.escalation == nil)
    }

    @Test func aFindingThatIsGoneIsVerifiedAfterItIsResolved() {
        var sweeps = Sweeps()
        sweeps.sweep([5, 6, 5, 7, 6])
        sweeps.resolve()
        sweeps.sweep([nil, nil, nil])
        #expect(sweeps.record.state == .resolved && sweeps.fix.verdict == .pending)
        sweeps.sweep([nil])
        #expect(sweeps.events == [.opened, .resolved, .verified])
        #expect(sweeps.fix.text == "verified, −100 % over 3 sweeps")
        let readings = sweeps.record.impacts?.count
        sweeps.sweep([nil, nil])
        #expect(sweeps.record.impacts?.count == readings, "a resolved finding is not written at each sweep")
    }

    @Test func withoutEffectItIsReopenedAndRaised() {
        var sweeps = Sweeps()
        sweeps.sweep([400, 420, 380, 410])
        sweeps.resolve(what: "an index on orders (status)")
        sweeps.sweep([390, 405, 400, 395])
        #expect(sweeps.events.last == .reopened && sweeps.record.tier == "L3" && sweeps.record.state == .open)
        #expect(sweeps.fix.text == "no effect (−1 % over 3 sweeps): reopened and raised to L3")
        #expect(sweeps.record.escalation == "L2 tried an index on orders (status) without effect, now L3")
        sweeps.sweep([400, 400])
        #expect(sweeps.record.tier == "L3" && sweeps.events.filter { $0 == .reopened }.count == 1)
    }

    @Test func aCertainButSmallFallIsNoEffect() {
        var sweeps = Sweeps()
        sweeps.sweep([400, 401, 402, 403, 404])
        sweeps.resolve()
        sweeps.sweep([370, 361, 360, 359])
        #expect(sweeps.fix.verdict == .noEffect && sweeps.fix.effect?.chance.map { $0 < 0.03 } == true)
    }

    @Test func aFallThatChanceMayDoGetsMoreSweeps() {
        var sweeps = Sweeps()
        sweeps.sweep([100, 900, 120, 800, 150])
        sweeps.resolve()
        sweeps.sweep([100, 110, 100, 100])
        #expect(sweeps.fix.verdict == .pending)
        sweeps.sweep([115, 90, 98])
        #expect(sweeps.fix.verdict == .verified && sweeps.fix.effect?.sweeps == 6)

        var unclear = Sweeps()
        unclear.sweep([100, 900, 120, 800, 150])
        unclear.resolve()
        unclear.sweep([100, 110, 100, 130, 140, 90, 98])
        #expect(unclear.fix.verdict == .unclear && unclear.fix.text.contains("which chance may do too (p = 0."))
        #expect(unclear.record.tier == "L2" && !unclear.events.contains(.reopened))
    }

    @Test func withTooFewBeforeItIsGoneAfterThreeCleanSweeps() {
        var sweeps = Sweeps()
        sweeps.sweep([5, 6])
        sweeps.resolve()
        sweeps.sweep([nil, nil, nil, nil])
        #expect(sweeps.fix.verdict == .gone)
        #expect(sweeps.fix.text == "gone for 3 sweeps, too few before to test")
        #expect(sweeps.fix.worked && !sweeps.events.contains(.verified))
    }

    @Test func withTooFewBeforeWhatIsThereAsBeforeHadNoEffect() {
        var sweeps = Sweeps()
        sweeps.sweep([5, 6], tier: "L1")
        sweeps.resolve()
        sweeps.sweep([5, 5, 6, 6], tier: "L1")
        #expect(sweeps.fix.verdict == .noEffect && sweeps.record.tier == "L2" && sweeps.fix.raisedTo == "L2")
    }

    @Test func sweepsThatDidNotJudgeTheRuleCountForNothing() {
        var sweeps = Sweeps()
        sweeps.sweep([5, 6, 5, 6])
        sweeps.resolve()
        sweeps.sweep([nil, nil, nil, nil, nil, nil, nil], judged: false)
        #expect(sweeps.fix.verdict == .pending && sweeps.record.impacts?.count == 4)
        sweeps.sweep([nil, nil, nil, nil])
        #expect(sweeps.fix.verdict == .verified)
    }

    @Test func aRuleWithoutANumberCountsAsThereOrNot() {
        var sweeps = Sweeps()
        sweeps.sweep([0, 0, 0, 0])
        #expect(sweeps.record.impacts?.map(\.value) == [1, 1, 1, 1])
        sweeps.resolve()
        sweeps.sweep([nil, nil, nil, nil])
        #expect(sweeps.fix.verdict == .verified)
    }

    @Test func whatComesAndGoesIsJudgedLater() {
        var sweeps = Sweeps()
        for _ in 0..<8 { sweeps.sweep([5, nil, nil]) }
        #expect(sweeps.record.isFlapping)
        sweeps.resolve()
        sweeps.sweep([nil, nil, nil, nil, nil, nil, nil])
        #expect(sweeps.fix.verdict == .pending)
        sweeps.sweep([nil, nil, nil, nil, nil, nil, nil])
        #expect([.gone, .verified].contains(sweeps.fix.verdict))
    }

    @Test func toldWhenItWasGoneAlreadyTheFixIsWhereItWent() {
        var sweeps = Sweeps()
        sweeps.sweep([5, 6, 5, 6])
        sweeps.sweep([nil, nil])
        sweeps.resolve()
        #expect(sweeps.fix.appliedAfter == sweeps.record.lastSeen)
        sweeps.sweep([nil, nil])
        #expect(sweeps.fix.verdict == .verified && sweeps.fix.effect?.before == 5.5)
    }

    @Test func aSweepThatSeesTheFixKnowsTheMomentAndAPersonTheRest() {
        var sweeps = Sweeps()
        sweeps.sweep([400, 420, 380, 410])
        // Told before it is deployed.
        sweeps.resolve(tier: "L3", runbook: "r1")
        sweeps.sweep([400])
        sweeps.sweep([300], indexed: true)
        #expect(sweeps.record.fixes?.count == 1 && sweeps.fix.appliedAt == sweeps.moment(less: 300))
        #expect(sweeps.fix.runbook == "r1" && sweeps.fix.tier == "L3")
        sweeps.sweep([10, 10, 10], indexed: true)
        #expect(sweeps.fix.verdict == .verified && sweeps.fix.effect?.readingsBefore == 5)
        #expect(sweeps.fix.what == "an index on orders (status)" && sweeps.fix.source == .resolve)
    }

    @Test func whatAppearsAfterItWasGoneIsNoFixOfIt() {
        var sweeps = Sweeps()
        sweeps.sweep([5, 5, 5, 5, nil, nil])
        sweeps.sweep([nil, nil], indexed: true)
        #expect(sweeps.record.state == .resolved && sweeps.record.fixes == nil)
    }

    @Test func whoTellsOfAVerifiedFixIsAddedToIt() {
        var sweeps = Sweeps()
        sweeps.sweep([400, 420, 380, 410])
        sweeps.sweep([300], indexed: true)
        sweeps.sweep([10, 10, 10], indexed: true)
        #expect(sweeps.fix.verdict == .verified && sweeps.fix.source == .seen)
        sweeps.resolve(runbook: "r7")
        #expect(sweeps.record.fixes?.count == 1 && sweeps.fix.runbook == "r7" && sweeps.fix.verdict == .verified)
    }

    @Test func anotherFixBeforeTheVerdictReplacesTheFirst() {
        var sweeps = Sweeps()
        sweeps.sweep([400, 420, 380, 410])
        sweeps.resolve(runbook: "r1")
        sweeps.sweep([400])
        sweeps.resolve(runbook: "r2")
        #expect(sweeps.record.fixes?.map(\.verdict) == [.superseded, .pending])
        sweeps.sweep([400, 10, 10, 10])
        #expect(sweeps.record.fixes?.map(\.verdict) == [.superseded, .verified])
    }

    @Test func whatOpensOnTheSameRelationIsNamed() {
        var sweeps = Sweeps()
        sweeps.sweep([400, 420, 380, 410])
        sweeps.resolve()
        let elsewhere = Sweeps.finding(1, rule: "elsewhere", on: ["relation:public.customers"])
        let column = Sweeps.finding(1, rule: "slower-writes", on: ["column:public.orders.status"])
        // Its share grew because the other's shrank.
        var share = Sweeps.finding(1, rule: "share", on: ["relation:public.orders"])
        share.impactUnit = "shareOfTime"
        sweeps.sweep([100, 10, 10, 10], also: [elsewhere, column, share])
        #expect(sweeps.fix.worsened.map(\.finding) == ["slower-writes"])
        #expect(sweeps.fix.worsened.first?.object == "relation:public.orders")
        #expect(
            sweeps.fix.text == "verified, −98 % over 3 sweeps; made something else worse: slower-writes hurts")
        // What comes after the verdict is not of it.
        sweeps.sweep([10], also: [Sweeps.finding(1, rule: "later", on: ["relation:public.orders"])])
        #expect(sweeps.fix.worsened.count == 1)
    }

    @Test func statementsThatGotSlowerAreNamedTogether() {
        func times(_ name: String, _ before: Double, _ after: Double) -> FixVerification.StatementTimes {
            let noise = [0.9, 1, 1.1, 1.05, 0.95, 1.02]
            return .init(
                name, title: "INSERT \(name)", object: "relation:public.orders", before: noise.map { $0 * before },
                after: noise.map { $0 * after })
        }
        let found = FixVerification.slower(
            [times("same", 5, 5), times("slower", 5, 7), times("little", 5, 5.8), times("worst", 5, 50)],
            at: Sweeps.start)
        #expect(found.map(\.statement) == ["worst", "slower"])
        #expect(found.last?.text == "INSERT slower (+40 % a call)")
        var sweeps = Sweeps()
        sweeps.sweep([1])
        sweeps.resolve()
        var record = sweeps.record
        record.note(found)
        record.note(found)
        #expect(record.fixes?.last?.worsened.count == 2)
    }
}
