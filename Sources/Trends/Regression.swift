import History

/// A level that became another, with what it is put down to.
package struct Regression: Sendable {
    package enum Measure: String, Sendable, CaseIterable {
        /// Milliseconds a call.
        case latency
        /// Calls a second.
        case calls
        /// Blocks read or hit for each call.
        case blocks
        /// Rows for each call.
        case rows
        /// Active sessions of a database.
        case load
        /// Rows that a relation's sequential scans read in a second.
        case sequentialRows = "sequential-rows"
        /// Dead tuples of a relation.
        case deadTuples = "dead-tuples"
    }

    package enum Subject: Sendable, Equatable {
        case statement(StatementName)
        case relation(String, database: String?)
        case database(String)
    }

    package var subject: Subject
    package var measure: Measure
    package var unit: TrendUnit
    package var change: ChangePoint
    /// When the old level came back; nil: the new one lasts.
    package var until: Double?
    /// Whether it went slowly over the whole range; `change` then has the levels of the range's first and last quarter.
    package var isGradual = false
    /// Whether it is bad for those who wait; of calls and rows: whether there are more.
    package var isWorse: Bool
    /// Active sessions more (or, negative, less) than before, that the change costs; nil: not told by this measure.
    package var cost: Double?
    /// The likeliest first, never empty: `.unknown` says that nothing fits.
    package var attributions: [Attribution]
    /// The measure around the change, thinned for display.
    package var line: TimeSeries
    /// `SELECT … FROM orders takes 412 ms a call since Tue 14:05, 9 ms before: orders_status_idx was dropped …`.
    package var sentence: String
}
