import Model

/// How many pages a table or an index would have if it were written anew, as a band, against those that it has.
protocol SpaceEstimate {
    var needed: ClosedRange<Double> { get }
    var pages: Double { get }
    /// Bytes.
    var pageSize: Double { get }
}

extension SpaceEstimate {
    /// Of the pages, those that a rewrite would give back, 0…1.
    var wasted: ClosedRange<Double> {
        let least = max(0, 1 - needed.upperBound / pages)
        return least...max(least, 1 - needed.lowerBound / pages)
    }

    /// Bytes.
    var wastedBytes: ClosedRange<Double> {
        wasted.lowerBound * pages * pageSize...wasted.upperBound * pages * pageSize
    }
}

/// What a rewrite would give back, by an estimate or measured.
struct Waste {
    let share: ClosedRange<Double>
    let bytes: ClosedRange<Double>
    let isMeasured: Bool

    init(_ estimate: some SpaceEstimate) {
        share = estimate.wasted
        bytes = estimate.wastedBytes
        isMeasured = false
    }

    /// - Parameter size: bytes of the whole.
    init(measured wasted: Double, of size: Double) {
        let part = wasted / max(1, size)
        share = part...part
        bytes = wasted...wasted
        isMeasured = true
    }
}

extension Relation {
    /// Per cent.
    var fillfactor: Double { options["fillfactor"].flatMap(Double.init) ?? 100 }
}

extension Index {
    /// Per cent, of a B-tree.
    var fillfactor: Double { options["fillfactor"].flatMap(Double.init) ?? 90 }
}
