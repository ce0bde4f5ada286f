import Diagnosing
import Model
import Testing

@testable import Recommending

@Suite struct FirstScreenTests {
    private func action(_ tier: Tier, _ title: String) -> Action {
        Action(tier, title, steps: ["do it"], gain: Gain("gains", .measured))
    }

    @Test func thePlanTakesTheFirstActionOfEachTierFromTheTop() {
        let diagnosis = diagnosis([
            finding(
                Chain.Slow.self, "second", .warning,
                actions: [action(.containment, "later"), action(.cure, "rewrite")]),
            finding(Chain.Blocker.self, "first", .critical, actions: [action(.containment, "end it")]),
            finding(Chain.Waits.self, "note", .notice, actions: [action(.fix, "not for a notice")]),
        ])
        #expect(diagnosis.plan.map(\.title) == ["end it", "rewrite"])
        #expect(diagnosis.plan.map(\.when) == ["now", "cure"])
        #expect(diagnosis.plan[0].finding == diagnosis.ranked[0].finding.fingerprint)
    }

    @Test func nextIsTheFixThatRemovesACause() {
        let ladder = [action(.containment, "end it"), action(.fix, "set a timeout"), action(.cure, "commit early")]
        let blocker = finding(Chain.Blocker.self, "first", .critical, tier: .containment, actions: ladder)
        let index = finding(
            Chain.Slow.self, "second", .warning, tier: .fix, actions: [action(.fix, "create the index")])
        #expect(diagnosis([blocker, index]).plan.map(\.title) == ["end it", "create the index", "commit early"])
        #expect(diagnosis([blocker]).plan.map(\.title) == ["end it", "set a timeout", "commit early"])
    }

    @Test func aHealthyServerHasTwoSentences() {
        #expect(
            diagnosis([], evaluated: ["a.b", "a.c"]).headline == "Nothing that hurts now. Looked at 2 rules.")
    }

    @Test func whatCouldNotBeJudgedIsSaid() {
        let diagnosis = diagnosis(
            [], evaluated: ["a.b"],
            inconclusive: [.init(rule: "index.unused", title: "Unused", reason: "statistics cover 3 days")])
        #expect(
            diagnosis.headline
                == "Nothing that hurts now. Looked at 1 rule, 1 more could not be judged (statistics cover 3 days).")
    }

    @Test(arguments: [EvidenceKind.statements, .backendDetails, .locks, .backends])
    func nothingIsCalledWellThatWasNotSeen(_ kind: EvidenceKind) {
        let note = CollectionNote.make {
            $0.evidence = kind; $0.text = "no right"
        }
        let calm = diagnosis([]) { $0.notes = [note] }
        #expect(!calm.headline.contains("Nothing that hurts now"))
        #expect(calm.headline.contains("not seen"))
        let trouble = diagnosis([finding(Chain.Slow.self, "slow", .critical, summary: "One. Two. Three.")]) {
            $0.notes = [note]
        }
        #expect(trouble.headline.hasPrefix("One. Two. Not seen: "))
    }

    @Test func theWorstFindingSpeaks() {
        let diagnosis = diagnosis([
            finding(Chain.Slow.self, "b", .warning, summary: "Slow."),
            finding(Chain.Blocker.self, "a", .critical, summary: "31 sessions wait. End 4127."),
        ])
        #expect(diagnosis.headline == "31 sessions wait. End 4127.")
    }

    @Test func namesAndNumbersEndNoSentence() {
        let text = "Table public.orders has 4.1 GB, 2 min. of it late. It grows. \"Order\" too."
        #expect(Headline.sentences(text).count == 2)
        #expect(Headline.sentences(text).joined(separator: " ") == text)
    }

    @Test func loadIsAveragedOverSamplesByWaitClass() throws {
        let diagnosis = diagnosis([]) {
            func busy(_ type: String?, _ event: String?) -> ActiveBackend {
                .make {
                    $0.waitEventType = type; $0.waitEvent = event
                }
            }
            $0.server.cores = 2
            $0.activitySamples = [
                .make { $0.active = [busy("Lock", "transactionid"), busy("Lock", "tuple"), busy(nil, nil)] },
                .make { $0.active = [busy("Lock", "transactionid"), busy("Activity", "WalWriterMain")] },
            ]
        }
        let load = try #require(diagnosis.load)
        #expect(load.samples == 2 && load.cores == 2 && load.total == 2)
        #expect(load.byClass.map(\.name) == ["Lock", "CPU*"] && load.byClass.map(\.average) == [1.5, 0.5])
        #expect(load.byEvent.first?.name == "Lock:transactionid" && load.byEvent.first?.average == 1)
        #expect(Diagnosing.Load(.healthyExample) == nil)
    }

    @Test func aShareOfTimeIsWorthItsPartOfTheLoad() {
        let busy = ActivitySample.make { sample in sample.active = (0..<10).map { _ in ActiveBackend() } }
        let diagnosis = diagnosis([finding(Chain.Slow.self, "slow", .warning, .share(0.5))]) {
            $0.activitySamples = [busy]
        }
        #expect(diagnosis.ranked[0].score == 5)
    }
}

@Suite struct CoverageTests {
    @Test func rulesThatWantTheSameRightAreOneLine() {
        let grant = "GRANT pg_monitor TO monitor;"
        let diagnosis = diagnosis(
            [], inconclusive: [.init(rule: "index.unused", title: "Unused index", reason: "too young")],
            skipped: ["plan.a", "plan.b", "locks.c"].map {
                .init(rule: $0, title: $0, reason: "no right", remedy: grant)
            })
        #expect(
            diagnosis.notJudged == [
                NotJudged(
                    what: "3 rules (locks, plan)", reason: "no right", remedy: grant,
                    rules: ["plan.a", "plan.b", "locks.c"]),
                NotJudged(what: "Unused index", reason: "too young", remedy: nil, rules: ["index.unused"]),
            ])
    }

    @Test func aSubjectIsClearedOnlyWhenAllOfItWasSeenAndWell() {
        let all = ["configuration.checkpoints-requested", "capacity.replication-lag", "capacity.sequence-exhaustion"]
        #expect(diagnosis([], evaluated: all).cleared == ["checkpoints", "replication", "sequences"])
        let partly = diagnosis(
            [], evaluated: all, skipped: [.init(rule: "capacity.slot-retains-wal", title: "", reason: "no right")])
        #expect(partly.cleared == ["checkpoints", "sequences"])
        #expect(diagnosis([finding(Chain.Slow.self, "a")], evaluated: []).cleared.isEmpty)
    }

    @Test func aSubjectIsNotClearedWhereEvidenceIsMissingInPart() {
        var snapshot = Snapshot.healthyExample
        #expect(Diagnosis(judging: Observation(snapshot)).cleared.contains("sequences"))
        snapshot.notes = [
            .make {
                $0.evidence = .sequences; $0.isTotal = false; $0.text = "some are hidden"
            }
        ]
        #expect(!Diagnosis(judging: Observation(snapshot)).cleared.contains("sequences"))
    }

    @Test(arguments: [(2, true), (4, false), (10, false)])
    func processorsAreClearedByTheirNumber(_ sessions: Int, _ isCleared: Bool) {
        // Ten readings: too few sightings for the rule to be sure of four on two cores, and no reason to clear them.
        let diagnosis = diagnosis([], evaluated: ["waits.more-active-than-cores"]) {
            $0.server.cores = 2
            $0.activitySamples = (1...10).map { _ in
                .make { sample in sample.active = (0..<sessions).map { _ in ActiveBackend() } }
            }
        }
        #expect(diagnosis.cleared.contains("CPU") == isCleared)
    }

    @Test func whatIsNotThereIsNotCleared() {
        var snapshot = Snapshot.healthyExample
        let alone = Diagnosis(judging: Observation(snapshot)).cleared
        #expect(Set(alone).isDisjoint(with: ["replication", "checksums"]))
        snapshot.databases[0].counters.checksumFailures = 0
        snapshot.standbys = [.make { $0.state = "streaming" }]
        #expect(Set(Diagnosis(judging: Observation(snapshot)).cleared).isSuperset(of: ["replication", "checksums"]))
    }

    @Test func everySubjectIsJudgedBySomeRule() {
        let ids = allRules.map { $0.metadata.id }
        let areas = Set(allRules.map { $0.metadata.area })
        for subject in Coverage.subjects where areas.isSuperset(of: [subject.area ?? .vacuum]) {
            #expect(ids.contains(where: subject.covers), "no rule judges \(subject.name)")
        }
    }

    @Test func theHealthyExampleIsHealthy() {
        let diagnosis = Diagnosis(judging: Observation(.healthyExample))
        #expect(diagnosis.headline.hasPrefix("Nothing that hurts now. Looked at "))
        #expect(diagnosis.plan.isEmpty && !diagnosis.reaches(failOn: .notice))
        #expect(diagnosis.cleared.contains("checkpoints"))
    }
}

@Suite struct RuleSelectionTests {
    @Test func choosesByRuleAndArea() throws {
        #expect(try RuleSelection(of: Chain.rules).rules.count == 4)
        #expect(try ids(only: ["locks"]) == ["locks.blocker", "locks.waits"])
        #expect(
            try ids(only: ["locks", "index.missing"], skip: ["locks.waits"]) == ["locks.blocker", "index.missing"])
        #expect(try ids(skip: ["locks"]) == ["index.missing", "workload.slow"])
    }

    @Test(arguments: [
        ("index.mising", "index.missing"), ("lock", "locks"), ("missing", "index.missing"),
        ("Locks.Waits", "locks.waits"),
    ])
    func anUnknownNameIsAnsweredWithTheNearest(_ typed: String, _ nearest: String) {
        #expect(throws: RuleSelectionError.unknown(typed, nearest: nearest)) {
            try RuleSelection(only: [typed], of: Chain.rules)
        }
    }

    @Test func nothingNearIsNotGuessed() {
        let error = #expect(throws: RuleSelectionError.self) { try RuleSelection(skip: ["qqqqqq"], of: Chain.rules) }
        #expect(error == .unknown("qqqqqq", nearest: nil))
        #expect("\(error!)".contains("rules list"))
    }

    @Test func anEmptySelectionIsRefused() {
        #expect(throws: RuleSelectionError.nothingLeft) {
            try RuleSelection(only: ["locks"], skip: ["locks"], of: Chain.rules)
        }
    }

    private func ids(only: [String] = [], skip: [String] = []) throws -> [String] {
        try RuleSelection(only: only, skip: skip, of: Chain.rules).rules.map { $0.metadata.id }
    }
}
