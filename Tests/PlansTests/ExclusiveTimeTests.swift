import Plans
import Testing

/// Own times worked out by hand.
@Suite struct ExclusiveTimeTests {
    /// Own times, rounded to µs, of a plan in the text format without costs.
    private func times(_ text: String) throws -> [Double] {
        let plan = try #require(try ExplainReader.read(text).first)
        let measures = ExclusiveMeasures(plan)
        return try #require(measures.times).map { ($0 * 1000).rounded() / 1000 }
    }

    @Test func loopsAreMultiplied() throws {
        let text = """
            Nested Loop (actual time=0.1..100.0 rows=10 loops=1)
              ->  Seq Scan on a (actual time=0.1..20.0 rows=10 loops=1)
              ->  Index Scan using i on b (actual time=0.1..7.0 rows=1 loops=10)
            """
        #expect(try times(text) == [10, 20, 70])
    }

    @Test func belowAGatherTimesAreOfTheWallClock() throws {
        let text = """
            Gather (actual time=1.0..100.0 rows=10 loops=1)
              Workers Planned: 2
              Workers Launched: 2
              ->  Nested Loop (actual time=0.1..90.0 rows=10 loops=3)
                    ->  Parallel Seq Scan on a (actual time=0.1..30.0 rows=10 loops=3)
                    ->  Index Scan using i on b (actual time=0.1..1.5 rows=1 loops=90)
            """
        // 90 loops of 1.5 ms are spread over three processes.
        #expect(try times(text) == [10, 15, 30, 45])
    }

    @Test func aGatherWithoutItsLeader() throws {
        let text = """
            Gather (actual time=1.0..100.0 rows=10 loops=1)
              Workers Planned: 2
              Workers Launched: 2
              ->  Parallel Seq Scan on a (actual time=0.1..90.0 rows=10 loops=2)
            """
        #expect(try times(text) == [10, 90])
    }

    @Test func aGatherThatIsRunAgain() throws {
        let text = """
            Nested Loop (actual time=1.0..100.0 rows=10 loops=1)
              ->  Seq Scan on a (actual time=0.1..10.0 rows=5 loops=1)
              ->  Gather (actual time=1.0..16.0 rows=10 loops=5)
                    Workers Planned: 1
                    Workers Launched: 1
                    ->  Parallel Seq Scan on b (actual time=0.1..12.0 rows=10 loops=10)
            """
        #expect(try times(text) == [10, 10, 20, 60])
    }

    @Test func aCTEIsPaidByItsScansOnce() throws {
        let text = """
            Hash Join (actual time=1.0..100.0 rows=10 loops=1)
              CTE x
                ->  Seq Scan on a (actual time=0.1..60.0 rows=10 loops=1)
              ->  CTE Scan on x x1 (actual time=0.1..70.0 rows=10 loops=1)
              ->  Hash (actual time=5.0..5.0 rows=1 loops=1)
                    ->  CTE Scan on x x2 (actual time=0.1..3.0 rows=10 loops=1)
            """
        #expect(try times(text) == [25, 60, 10, 2, 3])
    }

    @Test func anInitPlanIsPaidByWhoAsks() throws {
        let text = """
            Limit (actual time=1.0..100.0 rows=10 loops=1)
              InitPlan 1 (returns $0)
                ->  Seq Scan on a (actual time=0.1..60.0 rows=10 loops=1)
              ->  Seq Scan on b (actual time=0.1..99.0 rows=10 loops=1)
                    Filter: (v > $0)
            """
        #expect(try times(text) == [1, 60, 39])
    }

    @Test func aSubPlanIsPaidByItsParent() throws {
        let text = """
            Seq Scan on a (actual time=1.0..100.0 rows=10 loops=1)
              SubPlan 1
                ->  Index Scan using i on b (actual time=0.1..8.0 rows=1 loops=10)
            """
        #expect(try times(text) == [20, 80])
    }

    @Test func roundingNeverMakesLessThanNothing() throws {
        let text = """
            Nested Loop (actual time=1.0..60.0 rows=10 loops=1)
              ->  Seq Scan on a (actual time=0.1..10.0 rows=100000 loops=1)
              ->  Index Scan using i on b (actual time=0.001..0.001 rows=1 loops=100000)
            """
        #expect(try times(text) == [0, 10, 50])
    }

    @Test func blocksAreTheNodesOwn() throws {
        let plan = try #require(try Corpus.plans("pg15/hash-join.json").first)
        let buffers = try #require(ExclusiveMeasures(plan).buffers)
        #expect(buffers.reduce(0) { $0 + $1[.sharedHit] } == plan.root.buffers?[.sharedHit])
    }

    @Test func whatWasNotTimedHasNoTimes() throws {
        for file in ["pg15/no-timing.json", "pg15/estimate-only.txt"] {
            #expect(ExclusiveMeasures(try Corpus.plans(file)[0]).times == nil)
        }
    }
}
