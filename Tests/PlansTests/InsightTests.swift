import Diagnosing
import Plans
import Testing

@Suite struct InsightTests {
    private func rules(_ file: String) throws -> [String: [Finding]] {
        let findings = try Corpus.plans(file).flatMap { MeasuredPlan($0).findings }
        return Dictionary(grouping: findings, by: \.rule)
    }

    @Test(arguments: [
        ("pg15/misestimate.json", "plan.row-misestimate"), ("pg15/sort-disk.txt", "plan.spilled-to-disk"),
        ("pg18/sort-disk.json", "plan.spilled-to-disk"), ("pg15/hash-batches.json", "plan.spilled-to-disk"),
        ("pg17/seq-scan-filter.txt", "plan.filter-discards-rows"), ("pg15/bitmap-lossy.txt", "plan.lossy-bitmap"),
        ("pg18/workers-missing.json", "plan.workers-not-launched"),
        ("pg15/nested-loop-seq.txt", "plan.repeated-inner-side"),
        ("pg15/jit.json", "plan.jit-share"), ("pg15/insert.json", "plan.trigger-time"),
        ("pg17/walk.json", "plan.walk-under-limit"), ("pg15/heap-fetches.txt", "plan.heap-fetches"),
        ("pg18/heap-fetches.json", "plan.heap-fetches"), ("pg17/planning.json", "plan.planning-time"),
        ("pg15/uneven-workers.txt", "plan.uneven-workers"), ("pg18/uneven-workers.json", "plan.uneven-workers"),
    ])
    func itIsFound(file: String, rule: String) throws {
        let found = try rules(file)
        #expect(found[rule] != nil, "\(found.keys.sorted())")
    }

    @Test(arguments: [
        ("pg15/index-scan-backward.json", "plan.row-misestimate"), ("pg15/never-executed.json", "plan.row-misestimate"),
        ("pg18/sort-memory.json", "plan.spilled-to-disk"), ("pg15/walk.json", "plan.filter-discards-rows"),
        ("pg15/nested-loop.json", "plan.repeated-inner-side"), ("pg15/parallel-scan.json", "plan.workers-not-launched"),
        ("pg15/init-plan.txt", "plan.row-misestimate"), ("pg15/memoize.json", "plan.repeated-inner-side"),
        ("pg15/index-only-scan.json", "plan.heap-fetches"), ("pg15/index-scan.json", "plan.planning-time"),
        ("pg15/parallel-verbose.json", "plan.uneven-workers"), ("pg15/parallel-hash.json", "plan.uneven-workers"),
    ])
    func itIsNot(file: String, rule: String) throws {
        #expect(try rules(file)[rule] == nil)
    }

    @Test func aMisestimateIsTracedToWhereItBegins() throws {
        let found = try rules("pg15/misestimate.json")["plan.row-misestimate"] ?? []
        #expect(found.map(\.title) == ["Seq Scan on skewed s returns 100 times more rows than planned"])
        #expect(found.first?.actions.first?.sql == ["ANALYZE skewed;"])
        #expect(
            found.first?.actions.last?.sql == [
                "CREATE STATISTICS skewed_b_a_stat (dependencies) ON b, a FROM skewed;", "ANALYZE skewed;",
            ])
    }

    @Test(arguments: Corpus.files)
    func everyFindingCanBeRead(file: String) throws {
        for plan in try Corpus.plans(file) {
            let judged = MeasuredPlan(plan)
            for finding in judged.findings {
                #expect(!finding.title.contains("inf") && !finding.title.contains("nan"))
                #expect((0...1).contains(finding.impact.value))
                #expect(!finding.summary.isEmpty && finding.notIf != nil && !finding.actions.isEmpty)
            }
            let impacts = judged.findings.map(\.impact.value)
            #expect(impacts == impacts.sorted(by: >))
            #expect(plan.isTimed || judged.findings.isEmpty)
        }
    }

    @Test func identitiesAreUniqueAndThresholdsHaveSources() {
        let insights = MeasuredPlan.insights.map { $0.metadata }
        #expect(Set(insights.map(\.id)).count == insights.count)
        #expect(Set(insights.map(\.id)).isDisjoint(with: allRules.map { $0.metadata.id }))
        for threshold in insights.flatMap(\.thresholds) {
            #expect(!threshold.source.isEmpty && !threshold.unit.isEmpty)
        }
    }
}
