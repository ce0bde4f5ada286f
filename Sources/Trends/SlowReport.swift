import Foundation
import History

/// The slow statements of a window, ranked in several ways.
package struct SlowReport: Sendable {
    package var target = HistoryTarget()
    /// Seconds since 1970.
    package var window: Range<Double> = 0..<0
    /// In which moments and hours of the week are told.
    package var timeZone = TimeZone.gmt
    /// The window before, that "new", "slower", "faster" and "gone" are told against; nil: there is no history of it.
    package var before: Range<Double>?
    /// Seconds of the window in which statements were read.
    package var seconds = 0.0
    package var headline = ""
    /// Each statement that a ranking names, once, by time.
    package var statements: [SlowStatement] = []
    package var rankings: [Ranking] = []
    /// Costly in the window before and not called in this one.
    package var gone: [SlowStatement] = []
    /// Of the reporting roles, each by itself; shares are of the role's own sums.
    package var roles: [RoleReport] = []
    package var notes: [String] = []

    package init() {}

    package enum Order: String, Sendable, CaseIterable {
        /// Execution time altogether, seconds.
        case elapsed
        /// Milliseconds a call.
        case mean
        case calls
        /// Blocks of 8 kB read from outside shared buffers, or written.
        case io
        /// Temporary blocks of 8 kB, read and written.
        case temporary
        /// Bytes of WAL.
        case wal
        /// Standard deviation of a call's time, milliseconds.
        case deviation
    }

    package struct Ranking: Sendable {
        package var order: Order
        /// The greatest first; empty: nothing was measured of it.
        package var entries: [Entry]
    }

    package struct Entry: Sendable, Equatable {
        /// Place in `statements` of the report or role.
        package var statement: Int
        /// In the order's unit.
        package var value: Double
        /// Of the sum over all statements, and up to this one; nil where a sum means nothing (mean, deviation).
        package var share: Double?
        package var cumulative: Double?
    }

    package struct RoleReport: Sendable {
        package var role: String
        package var statements: [SlowStatement]
        package var rankings: [Ranking]
        /// What of its statements is slow at some times only.
        package var slowSometimes: [SlowSometimes]
        /// Of the execution time of all roles, 0…1.
        package var share: Double
        package var sentence: String
    }
}

/// A statement of the slow report.
package struct SlowStatement: Sendable {
    package enum News: String, Sendable, CaseIterable {
        case new, slower, faster, gone
        case same
        /// There is no window before.
        case unknown
    }

    package var statement = StatementName()
    /// In the window: number of calls.
    package var calls = 0.0
    /// Seconds of execution altogether.
    package var time = 0.0
    /// Milliseconds a call; nil: no calls.
    package var mean: Double?
    /// Standard deviation of a call's time, milliseconds, from the sums of squares; nil: not known.
    package var deviation: Double?
    /// The longest call since the statistics of the statement began, milliseconds, as the server says; nil: not known.
    package var maximum: Double?
    package var rows = 0.0
    /// Blocks of 8 kB: found in shared buffers; read from outside; written; temporary ones, read and written.
    package var blocksHit = 0.0
    package var blocksRead = 0.0
    package var blocksWritten = 0.0
    package var temporaryBlocks = 0.0
    /// Bytes.
    package var wal = 0.0
    /// In the window before; nil: not called, or no such window.
    package var callsBefore: Double?
    package var meanBefore: Double?
    package var news = News.unknown
    /// Milliseconds a call over the window before and this one, thinned for display.
    package var trend = TimeSeries()
    /// `new`, `twice as slow as in the window before (9.1 → 18 ms)`; no full stop.
    package var sentence = ""

    package init() {}
}
