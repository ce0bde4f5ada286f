/// A subscription to another server's changes, with the worker that applies them.
package struct Subscription: Noun {
    package var name = ""
    package var database = ""
    package var isEnabled = true
    package var slot: String?
    /// The apply worker's process; nil: none runs now.
    package var worker: Int?
    /// Seconds since the worker heard from the publisher.
    package var lastMessageAge: Double?
    /// Since the statistics' reset; nil before 15.
    package var applyErrors: Int64?
    package var syncErrors: Int64?
    package init() {}
}

/// What lies in pg_wal.
package struct WALDirectory: Noun {
    package var files: Int64 = 0
    /// Bytes.
    package var size: Int64 = 0
    /// Files that wait to be archived.
    package var unarchived: Int64 = 0
    package init() {}
}
