import History

/// One chart with the sentence that says what it shows.
package struct TrendPanel: Sendable {
    /// In the order in which they are shown.
    package enum Kind: String, Sendable, CaseIterable {
        case load, statements, waits, growth, bloat, cache, checkpoints, wal, connections, replication, findings
    }

    package var kind: Kind
    package var title: String
    package var unit: TrendUnit
    /// Whether the lines are parts of one sum, drawn upon each other, the first lowest.
    package var isStacked = false
    /// The most important first; none: `sentence` says why.
    package var lines: [TrendLine] = []
    package var limit: Limit?
    /// Ascending in time.
    package var marks: [Mark] = []
    /// One sentence with a full stop.
    package var sentence = ""

    package init(_ kind: Kind, _ title: String, _ unit: TrendUnit) {
        self.kind = kind
        self.title = title
        self.unit = unit
    }

    package var isEmpty: Bool { lines.isEmpty }

    /// A level that must not be reached.
    package struct Limit: Sendable, Equatable {
        package var name: String
        /// In the panel's unit.
        package var value: Double
    }

    /// A change that stands in the chart.
    package struct Mark: Sendable, Equatable {
        package var kind: HistoryChange.Kind
        /// Seconds since 1970.
        package var at: Double
        /// `work_mem 4MB → 64MB`.
        package var text: String
    }
}

/// In what a chart or a number is measured.
package enum TrendUnit: String, Sendable, CaseIterable {
    /// On average; of statements: seconds of execution a second.
    case sessions
    case bytes
    case bytesPerSecond = "bytes/s"
    case perSecond = "/s"
    case perMinute = "/min"
    case perHour = "/h"
    /// 0…1.
    case share
    case milliseconds = "ms"
    case seconds = "s"
    case count
    /// Blocks of 8 kB for each call.
    case blocksPerCall = "blocks/call"
    case rowsPerCall = "rows/call"
    case transactions
}
