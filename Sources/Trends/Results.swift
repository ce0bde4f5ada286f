import Foundation
import History
import Model

/// A moment at which a measure's level became another.
package struct ChangePoint: Sendable, Equatable {
    /// The first interval of the new level begins here, in seconds since 1970.
    package var at: Double
    /// The end of the last interval of the old level: the change lies between the two.
    package var after: Double
    /// Medians of the segments before and after.
    package var before: Double
    package var now: Double
    /// Intervals on either side.
    package var countBefore: Int
    package var countAfter: Int
    /// Shift in robust standard deviations of the noise.
    package var strength: Double

    package init(
        at: Double, after: Double, before: Double, now: Double, countBefore: Int, countAfter: Int, strength: Double
    ) {
        self.at = at
        self.after = after
        self.before = before
        self.now = now
        self.countBefore = countBefore
        self.countAfter = countAfter
        self.strength = strength
    }

    /// 2: twice as much as before; infinite from nothing.
    package var factor: Double { before > 0 ? now / before : now > 0 ? .infinity : 1 }
}

/// What a change of a measure is put down to, with what speaks for it.
package struct Attribution: Sendable, Equatable {
    package enum Cause: String, Codable, Sendable, CaseIterable {
        case plan, statistics
        case indexCreated = "index-created"
        case indexDropped = "index-dropped"
        case setting, version, restart
        /// The relations that it reads have grown.
        case growth
        case bloat
        /// More calls of the same.
        case traffic
        /// Another statement took what this one needs.
        case neighbour
        /// Sessions waited for locks.
        case locks
        case unknown
    }

    package var cause: Cause
    /// One sentence, without a full stop: `orders_status_idx was dropped between 14:00 and 14:05`.
    package var text: String
    /// What it lies in: `public.orders_status_idx`, `work_mem`, another statement's fingerprint; nil when nothing is known.
    package var object: String?
    /// 0…1: how well it fits in time and in kind.
    package var confidence: Double

    package init(_ cause: Cause, _ text: String, object: String? = nil, confidence: Double) {
        self.cause = cause
        self.text = text
        self.object = object
        self.confidence = confidence
    }
}

/// When, within the week, a measure is high.
package struct Rhythm: Sendable, Equatable {
    /// Hours of the week, Monday 00h = 0 … 167, each with its median over the level; NaN: not seen.
    package var profile: [Double]
    /// 1 − var(rest) / var(profile + rest), robust, 0…1 (Wang, Smith, Hyndman 2006: strength of seasonality).
    package var strength: Double
    /// Hours that stand out, by the profile: `Mon 08–09`.
    package var peaks: [String]

    package init(profile: [Double], strength: Double, peaks: [String]) {
        self.profile = profile
        self.strength = strength
        self.peaks = peaks
    }
}

/// Something that goes with a statement's bad windows, guarded against chance.
package struct Companion: Sendable, Equatable {
    /// A statement's fingerprint, a wait (`Lock:transactionid`), or a measure.
    package var name: String
    /// Spearman's rank correlation.
    package var correlation: Double
    /// Of the permutation test, corrected for all that were tried (Benjamini and Hochberg 1995).
    package var chance: Double

    package init(name: String, correlation: Double, chance: Double) {
        self.name = name
        self.correlation = correlation
        self.chance = chance
    }
}

/// When a limit will be reached.
package struct Forecast: Sendable, Equatable {
    /// Seconds since 1970.
    package var reached: Double
    package var earliest: Double
    /// Infinite: perhaps never.
    package var latest: Double
    /// Growth a day.
    package var slope: Double
    package var limit: Double

    package init(reached: Double, earliest: Double, latest: Double, slope: Double, limit: Double) {
        self.reached = reached
        self.earliest = earliest
        self.latest = latest
        self.slope = slope
        self.limit = limit
    }
}
