import IndexAdvising
import Model
import TestKit
import Testing

/// The search alone, over costs that are made up: each statement has plans, each plan needs some candidates.
@Suite struct SelectionTests {
    /// Random plans over a few candidates, so that every set can be tried.
    struct Market: Sendable {
        var plans: [[(needs: [Int], cost: Double)]] = []
        var sizes: [Int64] = []
        var upkeep: [Double] = []
        let loads: [Double]

        init(seed: UInt64, candidates: Int = 9, statements: Int = 6) {
            var random = SeededGenerator(seed: seed)
            var loads: [Double] = []
            for _ in 0..<candidates {
                sizes.append(Int64.random(in: 1...20, using: &random) * 1_000_000)
                upkeep.append(Double.random(in: 0...0.02, using: &random))
            }
            for _ in 0..<statements {
                let base = Double.random(in: 1_000...50_000, using: &random)
                var some: [(needs: [Int], cost: Double)] = [([], base)]
                for _ in 0..<5 {
                    let needs = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                        Int.random(in: 0..<candidates, using: &random)
                    }
                    some.append((Set(needs).sorted(), base * Double.random(in: 0.01...0.9, using: &random)))
                }
                plans.append(some)
                loads.append(Double.random(in: 0.1...1, using: &random))
            }
            let total = loads.reduce(0, +)
            self.loads = loads.map { $0 / total }
        }

        func cost(_ statement: Int, _ set: [Int]) -> (cost: Double, used: [Int]) {
            let best = plans[statement].filter { Set($0.needs).isSubset(of: set) }.min { $0.cost < $1.cost }!
            return (best.cost, best.needs)
        }

        func problem(_ budget: IndexBudget) -> SelectionProblem {
            let offers = sizes.indices.map { place in
                SelectionProblem.Offer(
                    candidate: IndexCandidate(
                        relation: QualifiedName("public", "t\(place)"), keys: [.init(key: .column("c\(place)"))]),
                    size: sizes[place], upkeep: upkeep[place])
            }
            return SelectionProblem(
                demands: plans.indices.map { statement in
                    .init(
                        load: loads[statement], cost: plans[statement][0].cost,
                        candidates: Set(plans[statement].flatMap(\.needs)).sorted())
                },
                offers: offers, budget: budget,
                price: { SelectionProblem.Offer(candidate: $0, size: 1, upkeep: 0) }, served: { _ in [] })
        }

        /// What the search maximises: load and mean cut saved, less the upkeep.
        func value(_ set: [Int]) -> Double {
            var value = -set.reduce(0) { $0 + upkeep[$1] }
            for statement in plans.indices {
                let cut = 1 - cost(statement, set).cost / plans[statement][0].cost
                value += (loads[statement] + 1 / Double(plans.count)) * cut
            }
            return value
        }

        func best(within storage: Int64?) -> Double {
            (0..<(1 << sizes.count)).map { bits in sizes.indices.filter { bits >> $0 & 1 == 1 } }
                .filter { set in storage.map { limit in set.reduce(0) { $0 + sizes[$1] } <= limit } ?? true }
                .map(value).max()!
        }
    }

    struct MarketOracle: CostOracle {
        let market: Market
        var asked: [CostQuestion] = []

        mutating func answers(
            to questions: [CostQuestion], among offers: [SelectionProblem.Offer]
        ) async -> [CostAnswer?] {
            asked += questions
            return questions.map { question in
                let best = market.cost(question.statement, question.candidates)
                return CostAnswer(cost: best.cost, used: best.used)
            }
        }
    }

    private func select(_ market: Market, _ budget: IndexBudget) async -> (Selection, MarketOracle) {
        var search = IndexSelection(
            market.problem(budget), oracle: MarketOracle(market: market), deadline: .now + .seconds(60))
        return await search.run()
    }

    private func unbounded(_ configure: (inout IndexBudget) -> Void = { _ in }) -> IndexBudget {
        .make {
            $0.leastGain = 0
            configure(&$0)
        }
    }

    @Test(arguments: [nil, 60_000_000, 25_000_000, 8_000_000] as [Int64?])
    func comesNearTheBestSetThereIs(storage: Int64?) async {
        var shares: [Double] = []
        for seed in UInt64(1)...40 {
            let market = Market(seed: seed)
            let (selection, _) = await select(market, unbounded { $0.storage = storage })
            let size = selection.chosen.reduce(0) { $0 + market.sizes[$1] }
            #expect(size <= storage ?? .max)
            let best = market.best(within: storage)
            shares.append(best > 0 ? market.value(selection.chosen) / best : 1)
        }
        #expect(shares.reduce(0, +) / Double(shares.count) >= 0.97, "\(shares)")
        #expect(shares.allSatisfy { $0 >= 0.8 }, "\(shares)")
    }

    @Test func asksNoQuestionTwiceAndFewInAll() async {
        var questions = 0
        var all = 0
        for seed in UInt64(1)...20 {
            let market = Market(seed: seed)
            let (_, oracle) = await select(market, unbounded { $0.storage = 25_000_000 })
            #expect(Set(oracle.asked).count == oracle.asked.count)
            questions += oracle.asked.count
            all += market.plans.count << market.sizes.count
        }
        #expect(questions * 20 < all, "\(questions) of \(all)")
    }

    @Test func costsAreThoseOfTheSet() async {
        for seed in UInt64(1)...20 {
            let market = Market(seed: seed)
            let (selection, _) = await select(market, unbounded())
            for (statement, cost) in selection.costs.enumerated() {
                #expect(cost.after.cost == market.cost(statement, selection.chosen).cost)
            }
            for place in selection.chosen {
                #expect(selection.costs.contains { $0.after.used.contains(place) }, "no plan takes \(place)")
            }
        }
    }

    @Test func anIndexThatCostsMoreThanItSavesIsNotChosen() async throws {
        var market = Market(seed: 3, candidates: 1, statements: 1)
        market.plans = [[([], 1000), ([0], 10)]]
        market.upkeep = [1.5]
        let (dear, _) = await select(market, unbounded())
        #expect(dear.chosen.isEmpty)
        let rejection = try #require(dear.rejected.first)
        #expect(rejection.reason == .costsMoreThanItSaves)
        market.upkeep = [0.1]
        let (cheap, _) = await select(market, unbounded())
        #expect(cheap.chosen == [0])
    }

    @Test func nothingIsChosenWithoutStorageOrForTooLittle() async {
        let market = Market(seed: 7)
        let (none, _) = await select(market, unbounded { $0.storage = 0 })
        #expect(none.chosen.isEmpty)
        let (two, _) = await select(market, unbounded { $0.mostIndexes = 2 })
        #expect(two.chosen.count == 2)
        let (unworthy, _) = await select(market, unbounded { $0.leastGain = 3 })
        #expect(unworthy.chosen.isEmpty)
    }

    /// Each of two would do; both would be in vain.
    @Test func anIndexThatAnotherMakesUselessIsLeftOut() async throws {
        var market = Market(seed: 3, candidates: 2, statements: 1)
        market.plans = [[([], 1000), ([0], 10), ([1], 11)]]
        market.upkeep = [0.001, 0.001]
        market.sizes = [10, 10]
        let (selection, _) = await select(market, unbounded())
        #expect(selection.chosen == [0])
    }

    /// A join that pays only with both of its indexes.
    @Test func pairsAreFoundUnderABudget() async {
        var market = Market(seed: 3, candidates: 3, statements: 2)
        market.plans = [[([], 1000), ([0, 1], 1)], [([], 1000), ([2], 900)]]
        market.upkeep = [0, 0, 0]
        market.sizes = [5, 5, 1]
        let (selection, _) = await select(market, unbounded { $0.storage = 10 })
        #expect(selection.chosen.sorted() == [0, 1])
    }

    @Test func endsAtOnceWhenTheTimeIsOver() async {
        let market = Market(seed: 5)
        var search = IndexSelection(
            market.problem(unbounded()), oracle: MarketOracle(market: market), deadline: .now - .seconds(1))
        let (selection, oracle) = await search.run()
        #expect(!selection.isComplete && selection.chosen.isEmpty && oracle.asked.isEmpty)
    }

    /// One statement, an index that covers it, and the same without INCLUDE.
    private struct CoveringOracle: CostOracle {
        var covering: Double
        var bare: Double

        mutating func answers(
            to questions: [CostQuestion], among offers: [SelectionProblem.Offer]
        ) async -> [CostAnswer?] {
            questions.map { question in
                let best = question.candidates.min { cost(offers[$0]) < cost(offers[$1]) }
                return best.map { CostAnswer(cost: cost(offers[$0]), used: [$0]) }
            }
        }

        private func cost(_ offer: SelectionProblem.Offer) -> Double {
            offer.candidate.included.isEmpty ? bare : covering
        }
    }

    @Test(arguments: [(bare: 8.0, isCovering: false), (bare: 6000, isCovering: true)])
    func includeStaysWhereItSaves(bare: Double, isCovering: Bool) async throws {
        var candidate = IndexCandidate(relation: QualifiedName("public", "t"), keys: [.init(key: .column("a"))])
        candidate.included = ["b", "c"]
        let problem = SelectionProblem(
            demands: [.init(load: 1, cost: 10_000, candidates: [0])],
            offers: [.init(candidate: candidate, size: 10, upkeep: 0)], budget: IndexBudget(),
            price: { SelectionProblem.Offer(candidate: $0, size: 5, upkeep: 0) }, served: { _ in [] })
        var search = IndexSelection(
            problem, oracle: CoveringOracle(covering: 4, bare: bare), deadline: .now + .seconds(60))
        let (selection, _) = await search.run()
        let chosen = try #require(selection.chosen.first)
        #expect(selection.chosen.count == 1)
        #expect(selection.offers[chosen].candidate.included.isEmpty != isCovering)
    }
}
