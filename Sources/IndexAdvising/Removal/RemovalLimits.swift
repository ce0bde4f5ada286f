/// From when on an index that looks needless is worth a word; the rules about indexes and the adviser share them.
package enum RemovalLimits {
    /// Days that the counters must have run: pganalyze waits 35; 30 is one month end, the longest business cycle that is common.
    package static let unusedDays = 30.0
    /// Days since the last scan (16 and up) from which on a read index counts as unused: a quarter's end lies within them.
    package static let unreadDays = 92.0
    /// Bytes from which on an unused one counts: check_pgactivity and pgx_scripts judge index waste from 10 MB.
    package static let unusedSize = 10_485_760.0
    /// Bytes from which on a covered one counts: ruby-pg-extras counts unused indexes from 1 MB.
    package static let coveredSize = 1_048_576.0
    /// Times that the cover may be as large, where the shorter one is read. Our choice: a B-tree of few distinct values shrinks
    /// to a third by deduplication (https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION), which the longer
    /// one loses.
    package static let coverRatio = 3.0
}
