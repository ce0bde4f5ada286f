import Foundation
import Model

/// Something that became different between two snapshots: what a change of performance may come from.
package struct HistoryChange: Noun, Hashable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case setting, version, restart, failover
        case statisticsReset, clockJump
        case indexCreated, indexDropped, indexInvalid
        case relationCreated, relationDropped, columnsChanged
        /// ANALYZE or autoanalyze ran.
        case analyzed
        /// VACUUM FULL, CLUSTER or TRUNCATE, seen by a size that fell at once.
        case rewritten
        /// A statement's plan has another shape.
        case plan
        case extensionChanged
        /// A target could not be reached, or could be again.
        case unreachable, reachable
    }

    package var kind = Kind.setting
    /// The snapshot's moment at which it was seen first.
    package var at = Date(timeIntervalSince1970: 0)
    /// The last moment at which it was not yet so; nil: not known.
    package var after: Date?
    package var database: String?
    /// What changed: `work_mem`, `public.orders`, `public.orders_status_idx`; of a plan the statement's fingerprint.
    package var object = ""
    /// Of an index or statement: the relations that it is about, `public.orders`.
    package var relations: [String] = []
    /// As they are shown; nil: there was or is none.
    package var before: String?
    package var now: String?

    package init() {}
}
