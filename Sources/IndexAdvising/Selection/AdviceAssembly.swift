import Model
import Statements

/// Makes advice that a person can follow out of a selection.
package struct AdviceAssembly {
    let names: CatalogNames
    private let selection: Selection
    let upkeep: @Sendable (IndexCandidate) -> IndexWriteCost
    /// Names that are not free, those of what was advised among them.
    var taken: Set<String>
    /// What the statements of the selection ask, to tell where an index could be unique; empty: that is not looked at.
    package var shapes: [StatementShape] = []
    /// Where one could be, it is made so.
    package var makesUnique = false

    package init(
        _ selection: Selection, _ names: CatalogNames, upkeep: @escaping @Sendable (IndexCandidate) -> IndexWriteCost
    ) {
        self.selection = selection
        self.names = names
        self.upkeep = upkeep
        taken = names.takenNames
    }

    /// The new indexes in the order of their gain.
    ///
    /// - Parameter places: by statement of the selection, its place in the advice.
    package mutating func recommendations(places: [Int]) -> [IndexRecommendation] {
        selection.chosen.map { recommendation(of: $0, places) }
    }

    private mutating func recommendation(of place: Int, _ places: [Int]) -> IndexRecommendation {
        let offer = selection.offers[place]
        var candidate = offer.candidate
        let served = selection.costs.indices.filter { selection.costs[$0].after.used.contains(place) }
        let size = IndexSize.estimate(candidate, names)
        var choice =
            shapes.isEmpty ? nil : UniqueChoice(for: candidate, serving: served.map { shapes[$0] }, in: names)
        choice?.isChosen = makesUnique
        candidate.isUnique = choice?.isChosen ?? false
        let index = candidate.hypothetical(estimatedSize: offer.size, besides: taken)
        var advice = IndexRecommendation()
        advice.kind = .create
        advice.relation = candidate.relation
        advice.index = index
        let build = IndexBuild(candidate, names, besides: &taken)
        advice.sql = build.sql
        advice.undo = build.undo
        advice.verify = build.verify
        (advice.lockMode, advice.lockBlocks) = (build.lockMode, build.lockBlocks)
        advice.served = served.map { statement in
            .make {
                $0.statement = places[statement]
                $0.costBefore = selection.costs[statement].before
                $0.costAfter = selection.costs[statement].after.cost
            }
        }
        advice.reason = reason(of: candidate, served: served.count)
        advice.gain = selection.gains[place] ?? 0
        let estimated = served.count { selection.costs[$0].after.basis == .estimated }
        advice.basis = estimated == served.count ? .estimated : .whatIf
        advice.size = offer.size
        advice.leastSize = size?.least ?? offer.size
        advice.greatestSize = size?.greatest ?? offer.size
        advice.writes = upkeep(candidate)
        if let duration = BuildDuration.estimate(of: candidate, names) {
            advice.leastDuration = duration.least
            advice.greatestDuration = duration.greatest
        }
        advice.cautions = build.cautions
        if let choice { choosingUnique(choice, build, &advice) }
        if estimated > 0, estimated < served.count {
            advice.cautions.append(
                "For \(estimated) of its \(served.count) statements the cost is our own estimate, not the planner's.")
        }
        return advice
    }

    private func reason(of candidate: IndexCandidate, served: Int) -> String {
        let keys = candidate.list
        let kind =
            switch candidate.method {
            case .btree: candidate.predicate == nil ? "an index" : "a partial index"
            case .gin: "a GIN index"
            case .gist: "a GiST index"
            case .brin: "a BRIN index"
            }
        let covering = candidate.included.isEmpty ? "" : ", which holds what they read"
        return "\(Quantity.plural(served, "statement")) "
            + "\(served == 1 ? "finds" : "find") rows of \(candidate.relation) by \(kind) on \(keys)\(covering)."
    }

    package func rejected() -> [RejectedCandidate] {
        selection.rejected.map { rejection in
            .make {
                let offer = selection.offers[rejection.candidate]
                $0.index = offer.candidate.description
                $0.relation = offer.candidate.relation
                $0.gain = rejection.gain
                $0.reason = text(of: rejection, offer)
            }
        }.sorted { ($0.gain ?? 0, $1.index) > ($1.gain ?? 0, $0.index) }
    }

    private func text(of rejection: Selection.Rejection, _ offer: SelectionProblem.Offer) -> String {
        switch rejection.reason {
        case .unused: "No plan takes it while the chosen indexes are there."
        case .neverUsed: "The planner takes it for no statement."
        case .costsMoreThanItSaves:
            "Its upkeep (\(Quantity.percent(offer.upkeep)) of the load) is more than it saves."
        case .gainsTooLittle: "It saves less than an index must bring."
        case .servedBy(let other):
            "\(selection.offers[other].candidate.description) serves its statements."
        case .overBudget: "It does not fit the budget (\(Quantity.bytes(offer.size)))."
        }
    }
}
