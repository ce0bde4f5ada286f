import Model
import Statements

extension AdviceAssembly {
    /// The new index first, then the old ones go.
    package mutating func recommendation(of merger: IndexMerger) -> IndexRecommendation {
        let candidate = merger.candidate
        let index = candidate.hypothetical(estimatedSize: merger.size, besides: taken)
        let build = IndexBuild(candidate, names, besides: &taken)
        let size = IndexSize.estimate(candidate, names)
        var advice = IndexRecommendation()
        advice.relation = candidate.relation
        advice.index = index
        (advice.sql, advice.undo, advice.verify) = (build.sql, build.undo, build.verify)
        (advice.lockMode, advice.lockBlocks) = (build.lockMode, build.lockBlocks)
        advice.reason = reason(for: merger)
        advice.served = merger.changes.map { change in
            .make {
                $0.statement = change.statement
                $0.costBefore = change.before
                $0.costAfter = change.after
            }
        }
        if merger.changes.isEmpty {
            advice.basis = .catalog
        } else {
            advice.basis = merger.changes.allSatisfy(\.isPlanned) ? .whatIf : .estimated
        }
        advice.size = merger.size
        advice.leastSize = size?.least ?? merger.size
        advice.greatestSize = size?.greatest ?? merger.size
        advice.freed = merger.freed
        advice.writes = spared(by: merger)
        if let duration = BuildDuration.estimate(of: candidate, names) {
            (advice.leastDuration, advice.greatestDuration) = (duration.least, duration.greatest)
        }
        advice.cautions = build.cautions + cautions(on: merger)
        return IndexRemovals.replacing(merger.old, with: advice)
    }

    private func reason(for merger: IndexMerger) -> String {
        let old = merger.old.map(\.name.description).joined(separator: " and ")
        var text = "One index does the work of \(old): every write maintains one in place of \(merger.old.count)"
        if merger.changes.isEmpty { return text + "." }
        let count = merger.changes.count
        text += "; \(Quantity.plural(count, "statement reads", "statements read")) them, "
        return text + "and \(count == 1 ? "its plan gets" : "no plan of theirs gets") "
            + "\(count == 1 ? "no dearer" : "dearer") (by \(Quantity.percent(IndexMerger.alike)) at most)."
    }

    private func cautions(on merger: IndexMerger) -> [String] {
        var cautions = [
            "While all are there they take \(Quantity.bytes(merger.size)) more than now."
        ]
        let uncovered = merger.uncovered
        guard !uncovered.isEmpty else { return cautions }
        let list = uncovered.map { "\($0.name) \($0.keyList)" }.joined(separator: ", ")
        cautions.append(
            "It does not serve every search and order that \(list) could serve: what this workload asks of it was priced. Look for "
                + "statements that run seldom (once a month, once a quarter) before it goes.")
        return cautions
    }

    private func spared(by merger: IndexMerger) -> IndexWriteCost {
        let new = upkeep(merger.candidate)
        var spared = IndexWriteCost()
        for index in merger.old {
            guard let old = IndexCandidate(index).map(upkeep) else { continue }
            spared.rowsWritten += old.rowsWritten
            spared.cost -= old.cost
        }
        spared.rowsWritten = max(0, spared.rowsWritten - new.rowsWritten)
        spared.cost = min(0, spared.cost + new.cost)
        return spared
    }
}

extension IndexMerger {
    /// What a plan may get dearer by: costs are no truer than that, as in the search (our choice).
    package static let alike = 0.05
}
