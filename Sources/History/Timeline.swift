import Foundation
import Model

/// What a history tells of a target between two moments.
package struct Timeline: Sendable {
    package var target = HistoryTarget()
    /// Seconds since 1970.
    package var range: Range<Double> = 0..<0
    /// The moments of the snapshots, ascending, seconds since 1970.
    package var moments: [Double] = []
    package var series: [Series] = []
    /// Ascending in time.
    package var changes: [HistoryChange] = []
    package var findings: [FindingRecord] = []
    package var findingEvents: [(at: Double, fingerprint: String, event: FindingEvent)] = []
    /// What could not be read, or is known in part: said in the report.
    package var notes: [String] = []

    package init() {}

    /// One thing with its measures over time.
    package struct Series: Sendable {
        package var key: SeriesKey
        /// Of a statement, libpg_query's: entries of the same fingerprint, role and database are one series.
        package var fingerprint: String?
        /// A statement's text, an index's definition; redacted.
        package var text: String?
        /// Of a statement or index: the relations that it is about, `public.orders`.
        package var relations: [String]
        /// By the measures' names; those that were asked for.
        package var measures: [String: TimeSeries]

        package init(
            key: SeriesKey, fingerprint: String? = nil, text: String? = nil, relations: [String] = [],
            measures: [String: TimeSeries] = [:]
        ) {
            self.key = key
            self.fingerprint = fingerprint
            self.text = text
            self.relations = relations
            self.measures = measures
        }

        /// An empty series where it is not known.
        package subscript(_ measure: String) -> TimeSeries { measures[measure] ?? TimeSeries() }
    }

    package func series(of kind: SeriesKind) -> [Series] { series.filter { $0.key.kind == kind } }
}
