/// A column with its row of `pg_stats`. Most common *values* and histograms are not read: they are users' data.
/// Of integers the server says how far the greatest has come, in thousandths of what its type holds.
package struct Column: Noun {
    package var relation = QualifiedName("", "")
    package var name = ""
    package var number = 0
    /// `format_type`: `character varying(40)`.
    package var type = ""
    /// One letter of `pg_type.typcategory`: N numeric, S string, D date and time, B boolean, A array, U user, …
    package var typeCategory = ""
    package var isNotNull = false
    package var hasDefault = false
    /// `nextval` of a sequence, or identity.
    package var isGenerated = false
    /// `p` plain, `e` external, `m` main, `x` extended.
    package var storage = "p"
    /// Bytes: `attlen`, -1 of what varies; nil: not read.
    package var length: Int?
    /// Bytes to whose multiple a value is aligned: 1, 2, 4 or 8; nil: not read.
    package var alignment: Int?
    /// -1: the default.
    package var statisticsTarget = -1
    package var statistics: ColumnStatistics?

    package init() {}
}

package struct ColumnStatistics: Noun {
    package var nullFraction = 0.0
    /// Bytes.
    package var averageWidth = 0
    /// As `pg_stats.n_distinct`: negative means a share of the rows.
    package var distinct = 0.0
    package var correlation: Double?
    /// Frequencies alone, most common first; the values are not read.
    package var mostCommonFrequencies: [Double] = []
    /// How many most common values there are, the share of the rows that they have together, and that of the last of them.
    package var mostCommonCount: Int?
    package var mostCommonShare: Double?
    package var leastCommonFrequency: Double?
    /// Of smallint and integer: the greatest value of the statistics against the type's limit, to a thousandth; below 0 of negative
    /// ones.
    package var rangeUsed: Double?

    package init() {}

    /// Distinct values in a relation of so many rows.
    package func distinctValues(inRows rows: Double) -> Double { distinct < 0 ? -distinct * rows : distinct }
}
