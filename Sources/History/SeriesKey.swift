import Model

/// What a series is about.
package enum SeriesKind: Int, Codable, Sendable, CaseIterable, Comparable {
    // Raw values are stored: they never change their meaning.
    case server = 1
    case database = 2
    case statement = 3
    case relation = 4
    case index = 5
    case sequence = 6
    case slot = 7
    case standby = 8
    /// Busy sessions by what they waited for.
    case wait = 9

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The name under which the numbers of one thing are kept.
package struct SeriesKey: Codable, Sendable, Hashable {
    package var kind: SeriesKind
    /// nil: of the cluster.
    package var database: String?
    /// `public.orders`; of a statement the queryid; of a wait `Lock:transactionid`, `CPU`.
    package var name: String
    /// Of a statement: who ran it.
    package var role: String?
    /// Of a statement: false when it was run within a function.
    package var isTopLevel: Bool

    package init(
        _ kind: SeriesKind, _ name: String = "", in database: String? = nil, role: String? = nil,
        isTopLevel: Bool = true
    ) {
        self.kind = kind
        self.name = name
        self.database = database
        self.role = role
        self.isTopLevel = isTopLevel
    }
}
