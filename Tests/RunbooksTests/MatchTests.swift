import Foundation
import History
import Model
import Testing

@testable import Runbooks

@Suite struct MatchTests {
    private static let subject = RunbookSubject(
        rule: "index.missing",
        objects: ["relation:public.orders", "column:public.orders.Status", "statement:00c0ffee00c0ffee"],
        database: "shop_eu")

    /// A runbook, and why it fits the subject; nil: it does not.
    static let table: [(Runbook, String?)] = [
        (Sample.runbook(), "same rule and relation"),
        (Sample.runbook { $0.relation = "public.order" }, nil),
        (Sample.runbook { $0.rule = "index.unused" }, nil),
        (Sample.runbook { ($0.appliesTo, $0.relation) = (.rule, nil) }, "same rule"),
        (
            Sample.runbook { ($0.appliesTo, $0.relation, $0.statement) = (.statement, nil, "00c0ffee00c0ffee") },
            "same rule and statement"
        ),
        (Sample.runbook { ($0.appliesTo, $0.relation, $0.statement) = (.statement, nil, "00c0ffee00c0ffe0") }, nil),
        (Sample.runbook { $0.database = "shop_eu" }, "same rule and relation, in database shop_eu"),
        (Sample.runbook { $0.database = "shop_*" }, "same rule and relation, database shop_eu is one of shop_*"),
        (Sample.runbook { $0.database = "crm*" }, nil),
    ]

    @Test(arguments: table.indices)
    func saysWhyItFits(_ number: Int) {
        let (runbook, why) = Self.table[number]
        #expect(RunbookMatch.all(of: [runbook], for: Self.subject).map(\.why) == (why.map { [$0] } ?? []))
    }

    @Test func aColumnStandsForItsRelation() {
        let subject = RunbookSubject(rule: "index.missing", objects: ["column:public.orders.status"], database: nil)
        #expect(RunbookMatch.all(of: [Sample.runbook()], for: subject).count == 1)
        // Of what belongs to no database nobody knows whether it fits a pattern.
        #expect(RunbookMatch.all(of: [Sample.runbook { $0.database = "*" }], for: subject).isEmpty)
    }

    @Test(arguments: [
        ("shop", "shop", true), ("shop", "s*p", true), ("shop", "*", true), ("", "*", true), ("shop", "sh?p", true),
        ("shop", "sh?", false), ("shop", "*x", false), ("shop_eu_1", "shop_*_?", true), ("aab", "*ab", true),
        ("a", "", false),
        ("a.b", "a[.]b", false),
    ])
    func patterns(_ name: String, _ pattern: String, _ expected: Bool) {
        #expect(RunbookMatch.isMatch(name, pattern) == expected)
    }

    @Test func aPatternOfStarsTakesNoTime() {
        let pattern = String(repeating: "*a", count: 100)
        #expect(!RunbookMatch.isMatch(String(repeating: "a", count: 399) + "b", pattern))
    }

    private func record(applied: Int, worked: Int) -> RunbookRecord {
        .make {
            $0.applied = applied
            $0.worked = worked
            $0.withoutEffect = applied - worked
        }
    }

    @Test func theClosestAndTheProvenComeFirstAndTheBadLast() {
        func named(_ id: String, _ scope: Runbook.Scope, later seconds: Double = 0) -> Runbook {
            Sample.runbook {
                $0.id = id
                $0.appliesTo = scope
                $0.relation = scope == .relation ? "public.orders" : nil
                $0.statement = scope == .statement ? "00c0ffee00c0ffee" : nil
                $0.writtenAt += seconds
            }
        }
        let runbooks = [
            named("rule", .rule), named("old", .relation), named("new", .relation, later: 9),
            named("proven", .relation),
            named("weak", .relation), named("statement", .statement), named("bad", .statement),
        ]
        let matches = RunbookMatch.all(
            of: runbooks, for: Self.subject,
            records: [
                "proven": record(applied: 4, worked: 3), "weak": record(applied: 4, worked: 1),
                "bad": record(applied: 3, worked: 0),
            ])
        #expect(matches.map(\.runbook.id) == ["statement", "proven", "new", "old", "weak", "rule", "bad"])
        #expect(matches[1].text == "same rule and relation; applied 4 times, worked 3")
        #expect(matches.last?.caution == "it was tried 3, worked 0: look for another cause first")
        #expect(matches.allSatisfy { $0.tier == .fix })
    }

    @Test func anotherObjectsNamesArePutIn() {
        let runbook = Sample.runbook {
            ($0.appliesTo, $0.relation) = (.rule, nil)
            $0.fix = Instruction(sql: "CREATE INDEX CONCURRENTLY ON {{relation}} ({{ column }}); -- in {{database}}")
            $0.undo = Instruction(markdown: "Drop the index on {{relation}}.")
        }
        let match = RunbookMatch.all(of: [runbook], for: Self.subject).first
        #expect(match?.fix.sql == ["CREATE INDEX CONCURRENTLY ON public.orders (\"Status\"); -- in shop_eu"])
        #expect(match?.undo?.markdown == "Drop the index on public.orders." && match?.caution == nil)
        let bare = RunbookSubject(rule: "index.missing", objects: ["relation:public.Order"], database: nil)
        let open = RunbookMatch.all(of: [runbook], for: bare).first
        #expect(open?.fix.sql == ["CREATE INDEX CONCURRENTLY ON public.\"Order\" ({{ column }}); -- in {{database}}"])
        #expect(open?.caution == "put in {{column}} yourself: the finding names none")
        let fixed = Sample.runbook { ($0.appliesTo, $0.relation) = (.rule, nil) }
        #expect(
            RunbookMatch.all(of: [fixed], for: bare).first?.caution
                == "its SQL names the objects that it was written for: put in your own")
    }

    @Test func whoWroteItBoundsWhoMayApplyIt() {
        #expect(Sample.runbook { ($0.tier, $0.delegatedTo) = (.cure, .containment) }.shownAt == .containment)
        #expect(Sample.runbook { ($0.tier, $0.delegatedTo) = (.cure, nil) }.shownAt == .cure)
        #expect(Sample.runbook { ($0.tier, $0.delegatedTo) = (.fix, .cure) }.shownAt == .fix)
    }
}

@Suite struct RunbookRecordTests {
    private func finding(_ fixes: [(String?, FixRecord.Verdict)], _ change: (inout FixRecord) -> Void = { _ in })
        -> FindingRecord
    {
        .make {
            $0.fixes = fixes.map { runbook, verdict in
                .make {
                    $0.runbook = runbook
                    $0.verdict = verdict
                    $0.appliedAt = Sample.moment
                    change(&$0)
                }
            }
        }
    }

    @Test func isCountedOverAllFindings() {
        let records = RunbookRecord.counted([
            finding([("a", .verified), ("a", .noEffect)]), finding([("a", .gone), (nil, .verified)]),
            finding([("a", .verified), ("b", .pending)]), FindingRecord(), finding([("c", .unclear)]),
        ])
        #expect(records["a"]?.text == "applied 4 times, worked 3")
        #expect(records["b"]?.text == "applied once, 1 not judged yet" && records["c"]?.text == "applied once")
        #expect(records["a"]?.lastApplied == Sample.moment && records.count == 3)
        #expect(RunbookRecord().text == "not applied yet")
    }

    @Test func whatNeverWorkedIsBad() {
        let records = RunbookRecord.counted((0..<3).map { _ in finding([("a", .noEffect), ("b", .superseded)]) })
        #expect(records["a"]?.isBad == true && records["a"]?.text == "tried 3, worked 0")
        #expect(records["b"]?.isBad == false)
    }

    @Test func sideEffectsAndReturnsAreSaid() {
        let records = RunbookRecord.counted([
            finding([("a", .verified)]) {
                $0.cameBackAt = Sample.moment
                $0.worsened = [Worsened()]
            }
        ])
        #expect(records["a"]?.text == "applied once, worked once, came back after 1, made something else worse once")
    }
}
