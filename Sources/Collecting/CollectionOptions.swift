import Model

/// What a visit shall read, and what it may cost.
package struct CollectionOptions: Sendable {
    /// Which databases are looked at in depth.
    package enum Databases: Sendable, Equatable {
        /// The DSN's alone.
        case target
        /// The DSN's and these.
        case named([String])
        /// Every one that takes connections and is no template.
        case all
    }

    /// What the snapshot is said to be made by: a name and its version.
    package var generator = ""
    package var databases = Databases.target
    /// Of all the visit; what was collected until then is kept.
    package var timeout = Duration.seconds(30)
    /// Of one statement, on the server.
    package var queryTimeout = Duration.seconds(5)
    package var redaction = Redaction.literals
    package var explainsStatements = true
    package var asksWhatIf = true
    /// Tables and indexes that look bloated are measured with pgstattuple, after all else.
    package var measuresBloat = false
    /// The end of the server's log, where our role may read it.
    package var readsLog = true
    /// Readings of activity in a burst, at most: one alone may meet a moment that is not like the rest. 0: none, also not
    /// within a window.
    package var sampleCount = 8
    /// The least pause between two readings; see `SamplingPace`.
    package var sampleInterval = Duration.milliseconds(100)
    /// Entries of pg_stat_statements by each of five measures. `.max` reads the numbers of all: two readings that are
    /// compared need the same entries.
    package var statementLimit = 300
    /// Texts of pg_stat_statements by time; a quarter as many by calls, rows and temporary blocks.
    package var textLimit = 120
    /// What earlier visits read of them: they are read again only where one that matters is not known.
    package var knownTexts: KnownTexts?
    /// Statements of the target's database beside those that were counted; what they name is looked at as closely.
    package var otherStatements: [String] = []

    package init() {}
}

/// Where a visit is; for a progress line.
package enum CollectionStep: Sendable, Equatable {
    case connecting(database: String?)
    case readingViews(database: String)
    case readingColumns(database: String)
    case explaining(database: String, statements: Int)
    case sampling(Int, of: Int)
    case askingWhatIf(statements: Int)
    case redacting
    case measuring(Int, of: Int)
    /// Between two readings.
    case waiting(Duration)
}
