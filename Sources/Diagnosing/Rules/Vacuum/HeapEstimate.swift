import Model

/// How many pages the live rows of a table need, by the planner's statistics, as a band: at least and at most.
///
/// The row's layout is that of https://www.postgresql.org/docs/current/storage-page-layout.html. What statistics do not say
/// (how much of a row is padding, how exact counts are) makes the band wide; it is never hidden in one number.
struct HeapEstimate: SpaceEstimate {
    /// Why a table has no estimate.
    enum Unknown: Error, Hashable, CaseIterable {
        /// Column statistics are hidden from our role, or there are none yet.
        case noStatistics
        case neverVacuumed
        /// Old rows may still hold what nobody can see.
        case droppedColumns
        /// The file is of another size than when rows were counted.
        case staleCount
    }

    /// Pages that a freshly written table would have.
    let needed: ClosedRange<Double>
    let pages: Double
    let pageSize: Double

    static let countError = Threshold(
        "error of the count of rows and of their average width", 0.03, "share",
        source: "ANALYZE samples 300 × statistics target rows: three standard errors of 30,000 rows are below 3 %")
    static let growth = Threshold(
        "size now over size when rows were counted", 1.2, "times",
        source: "our choice: beyond, rows may have come that the count does not know")

    init(_ relation: Relation, columns: [Column], pageSize: Double) throws(Unknown) {
        guard relation.estimatedRows >= 0, relation.pages > 0 else { throw .neverVacuumed }
        let counted = Double(relation.pages) * pageSize
        if let size = relation.size, Double(size) > Self.growth.value * counted { throw .staleCount }
        guard let total = relation.columnCount else { throw .noStatistics }
        guard total <= columns.count else { throw .droppedColumns }
        let width = try RowWidth(columns)
        let room = pageSize - HeapLayout.pageHeader - (1 - relation.fillfactor / 100) * pageSize
        let rows = relation.estimatedRows
        let least = (1 - Self.countError.value) * rows * width.bytes.lowerBound / room
        // A page takes whole rows: of wide ones much stays empty.
        let most =
            (1 + Self.countError.value) * rows / max(1, (room / width.bytes.upperBound).rounded(.down))
        needed = least...max(least, most)
        pages = Double(relation.pages)
        self.pageSize = pageSize
    }
}

/// Bytes of the page layout, measured nowhere but in the manual.
enum HeapLayout {
    static let pageHeader = 24.0
    static let linePointer = 4.0
    /// Of a row, without its bitmap of NULLs.
    static let rowHeader = 23.0
    /// MAXALIGN of every platform that PostgreSQL is built for today.
    static let alignment = 8.0
    /// The longest value with a header of one byte, which is not aligned.
    static let shortValue = 127.0

    static func aligned(_ bytes: Double, to step: Double = alignment) -> Double { (bytes / step).rounded(.up) * step }
}

/// Bytes of an average row with its line pointer, at least and at most.
private struct RowWidth {
    let bytes: ClosedRange<Double>

    init(_ columns: [Column]) throws(HeapEstimate.Unknown) {
        var least = 0.0
        var most = 0.0
        /// Until here each row has the same layout, so that padding can be told.
        var isExact = true
        var hasNulls = false
        for column in columns.sorted(by: { $0.number < $1.number }) {
            guard let length = column.length, let step = column.alignment.map(Double.init) else {
                throw .noStatistics
            }
            guard let statistics = column.statistics else { throw .noStatistics }
            let present = 1 - statistics.nullFraction
            if present < 1 { hasNulls = true }
            let isFixed = length >= 0
            // avg_width is cut to whole bytes.
            let width = isFixed ? Double(length) : Double(statistics.averageWidth)
            let isAligned = isFixed || width > HeapLayout.shortValue
            if isExact && isFixed && present == 1 {
                least = HeapLayout.aligned(least, to: step) + width
                most = least
                continue
            }
            isExact = false
            let error = isFixed ? 0 : HeapEstimate.countError.value * width
            least += present * max(0, width - error)
            most += present * (width + (isFixed ? 0 : 1) + error + (isAligned ? step - 1 : 0))
        }
        let bitmap = (Double(columns.count) / 8).rounded(.up)
        let bare = HeapLayout.aligned(HeapLayout.rowHeader)
        let withNulls = HeapLayout.aligned(HeapLayout.rowHeader + bitmap)
        // Rows of one layout have one length; of others the mean is somewhere in the last step.
        let padding = isExact ? HeapLayout.aligned(least) - least : 0
        let most8 = isExact ? padding : HeapLayout.alignment - 1
        let low = bare + least + padding + HeapLayout.linePointer
        bytes = low...max(low, (hasNulls ? withNulls : bare) + most + most8 + HeapLayout.linePointer)
    }
}
