import Foundation
import History

/// Looks for what a statement's change of latency is put down to.
///
/// There is no model to be trained on: the score is what a DBA weighs, made explicit, each suspect by itself:
///
///     confidence = kind × closeness × rarity
///
/// - **kind**: how well the suspect fits what the statement's own counters show. The main witness is `work`: the part of the
///   slowdown that more blocks a call explain, log(blocks now ÷ before) over half of log(latency now ÷ before), 0…1 (the half:
///   a block that is found in memory and one that is read differ by more than a square). A plan, a dropped index, growth and
///   bloat make a call read more blocks, so that they score with `work`; a neighbour, locks and contention leave a call's blocks
///   as they are and make it wait, so that they score with 1 − `work`. Where blocks are not known `work` is 0.5: neither.
/// - **closeness**: 1 when the change was seen in the same interval, less for each interval before, 0 when it came after the
///   effect (`Occasion.closeness`). What is measured (growth, neighbour) is measured on both sides of the change: close by itself.
/// - **rarity**: 1 − the chance that a change of this kind lies so near by accident, from how often it came in the whole range
///   (Poisson): an autoanalyze every ten minutes proves nothing.
///
/// Direction is part of kind: a dropped index slows reads down, a created one makes them faster and writes slower. Where a changed
/// plan meets a change that makes planners change their mind (index, setting, version), the latter is the cause and the plan
/// its means. Weights are ours, set on generated histories (`AnalysisAttributionTests`); they order suspects and are no
/// probabilities. Below 0.4 nothing is blamed.
struct AttributionSearch {
    let analysis: TrendAnalysis
    let statement: StatementTrend
    let occasion: Occasion
    /// Milliseconds a call.
    let latency: (before: Double, now: Double)

    /// log of the factor by which a call became slower; negative: faster.
    let slowdown: Double
    /// Blocks for each call; nil: not known.
    let blocks: (before: Double, now: Double)?
    /// The part of the slowdown that more blocks explain.
    let work: Double

    /// Statements by time among which neighbours are looked for: one that takes little of the server slows nobody down.
    static let searchedNeighbours = 20

    /// Less is not blamed.
    static let leastConfidence = 0.4
    /// Less is not even named beside.
    private static let leastNamed = 0.25

    init(_ analysis: TrendAnalysis, _ statement: StatementTrend, _ occasion: Occasion, latency: (Double, Double)) {
        self.analysis = analysis
        self.statement = statement
        self.occasion = occasion
        self.latency = latency
        let slowdown = Self.log(from: latency.0, to: latency.1)
        let blocks = occasion.levels(of: statement.blocks)
        self.slowdown = slowdown
        self.blocks = blocks
        work = blocks.map { Self.work(Self.log(from: $0.before, to: $0.now), of: slowdown) } ?? 0.5
    }

    private static func work(_ more: Double, of slowdown: Double) -> Double {
        // Less than a tenth more is noise.
        abs(more) < 0.1 || slowdown == 0 ? 0 : max(0, min(1, 2 * more / slowdown))
    }

    var isSlower: Bool { slowdown > 0 }

    /// Of the ratio, bounded: from or to nothing is a thousandfold.
    static func log(from before: Double, to now: Double) -> Double {
        guard before > 0 else { return now > 0 ? 7 : 0 }
        return now > 0 ? max(-7, min(7, Foundation.log(now / before))) : -7
    }

    /// The likeliest first; never empty.
    var attributions: [Attribution] {
        let suspects = (suspectsAmongChanges + suspectsAmongMeasures).map { one in
            Attribution(one.cause, one.text, object: one.object, confidence: max(0, min(1, one.confidence)))
        }
        let named = suspects.filter { $0.confidence >= Self.leastNamed }.sorted { $0.confidence > $1.confidence }
        // One of a kind: the second dropped index tells little.
        var seen: Set<Attribution.Cause> = []
        let kept = Array(named.filter { seen.insert($0.cause).inserted }.prefix(4))
        guard let best = kept.first, best.confidence >= Self.leastConfidence else { return [unknown] + kept }
        return kept
    }

    private var unknown: Attribution {
        var text = "nothing that is recorded changed at that time"
        if let blocks, work > 0.3 {
            text += ", though it reads \(TrendUnit.blocksPerCall.change(blocks.before, blocks.now))"
        } else if blocks != nil {
            text += "; a call reads as many blocks as before, so that it waits or computes"
        }
        if fellows > 0 {
            text += "; \(fellows == 1 ? "another statement" : "\(fellows) other statements") became slower with it"
        }
        return Attribution(.unknown, text, confidence: 0)
    }

    /// Other statements whose calls became longer at the same moment, by half as much (in logarithms) at least: it is the server
    /// then, or what is below it.
    private var fellows: Int {
        guard isSlower else { return 0 }
        return analysis.statements.prefix(Self.searchedNeighbours).count { other in
            guard other.name != statement.name, let time = occasion.levels(of: other.sessions),
                let calls = occasion.levels(of: other.calls)
            else { return false }
            let longer = Self.log(from: time.before, to: time.now) - Self.log(from: calls.before, to: calls.now)
            return longer >= slowdown / 2
        }
    }

    /// `reads 157 → 805 blocks a call`; nil: not many more or fewer, or not known.
    var evidence: String? {
        guard let blocks, abs(Self.log(from: blocks.before, to: blocks.now)) >= Foundation.log(1.2) else { return nil }
        return "reads \(TrendUnit.blocksPerCall.change(blocks.before, blocks.now))"
    }
}
