import Foundation
import History

/// Two windows side by side: what `pgmedic compare --good W1 --bad W2` tells.
package struct Comparison: Sendable {
    package var target = HistoryTarget()
    /// Seconds since 1970.
    package var good: Range<Double> = 0..<0
    package var bad: Range<Double> = 0..<0
    /// In which moments are told.
    package var timeZone = TimeZone.gmt
    /// Seconds of each window in which statements were read.
    package var goodSeconds = 0.0
    package var badSeconds = 0.0
    package var headline = ""
    package var profile: [ProfileLine] = []
    /// Execution time of all statements, seconds a second (sessions).
    package var goodTime = 0.0
    package var badTime = 0.0
    /// The greatest difference in time first, either way.
    package var statements: [StatementDifference] = []
    /// The rest in one; its statement has no name. With `statements` it sums up to the whole difference.
    package var others: StatementDifference?
    package var waits: [WaitDifference] = []
    /// Sizes that became others, the greatest difference first.
    package var sizes: [SizeDifference] = []
    /// What changed between the end of the earlier window and the end of the later one, or within either, ascending.
    package var changes: [ComparedChange] = []
    /// What could not be compared, and why.
    package var notes: [String] = []

    package init() {}

    /// Seconds of execution a second: negative when the bad window has less.
    package var difference: Double { badTime - goodTime }
}

/// A line of the load profile.
package struct ProfileLine: Sendable, Equatable {
    package var title: String
    package var unit: TrendUnit
    /// A second, in the unit; nil: not known in this window.
    package var good: Double?
    package var bad: Double?

    /// 2: twice as much in the bad window; nil: not known or from nothing.
    package var factor: Double? {
        guard let good, let bad, good > 0 else { return nil }
        return bad / good
    }
}

/// A statement in two windows.
package struct StatementDifference: Sendable {
    package enum Verdict: String, Sendable, CaseIterable {
        /// Not there in the good window.
        case new
        case gone
        /// Each call takes longer.
        case slower
        case faster
        /// More calls, each as long as ever.
        case busier = "more-calls"
        case calmer = "fewer-calls"
        /// Neither is much of a difference.
        case same
    }

    package var statement = StatementName()
    /// Seconds of execution a second (sessions).
    package var goodTime = 0.0
    package var badTime = 0.0
    /// Calls a second.
    package var goodCalls = 0.0
    package var badCalls = 0.0
    /// Milliseconds a call; nil: no calls.
    package var goodMean: Double?
    package var badMean: Double?
    /// Blocks read or hit for each call; nil: no calls, or not known.
    package var goodBlocks: Double?
    package var badBlocks: Double?
    /// Of the whole difference in time, signed: all of them sum up to 1 (to 0 where there is no difference).
    package var share = 0.0
    /// Parts of the difference in time that come from more calls and from longer calls; they sum up to it (the means of both
    /// orders of going from one to the other: Bennet 1920, "The theory of measurement of changes in cost of living").
    package var fromCalls = 0.0
    package var fromMean = 0.0
    package var verdict = Verdict.same
    /// When it became slower: what it is put down to; empty otherwise.
    package var attributions: [Attribution] = []

    package init() {}

    /// Seconds of execution a second.
    package var difference: Double { badTime - goodTime }
}

/// Sessions that waited for something, on average.
package struct WaitDifference: Sendable, Equatable {
    /// `Lock:transactionid`, `CPU`.
    package var wait: String
    /// nil: not sampled in this window.
    package var good: Double?
    package var bad: Double?
}

/// What a relation, index or database took.
package struct SizeDifference: Sendable, Equatable {
    package var kind: SeriesKind
    package var database: String?
    package var object: String
    /// Bytes at the windows' ends; nil: not there, or not known.
    package var good: Double?
    package var bad: Double?
}

/// Something that is different between the windows.
package struct ComparedChange: Sendable {
    package var change: HistoryChange
    /// `work_mem 4MB → 64MB`.
    package var text: String
    /// Whether a statement of this comparison is put down to it.
    package var isBlamed: Bool
}
