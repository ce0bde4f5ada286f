/// Headers by the number of their snapshot, laid out so that the points of all series are judged without a look-up each.
///
/// A class, since it keeps what it worked out for series that are read and reset together; it lives within one transaction.
final class SnapshotHeaders {
    /// The number of the first one.
    let first: Int64
    /// By number less `first`; nil: not kept any more.
    let headers: [SnapshotHeader?]
    /// ms of the interval that ends with each snapshot; 0: not known.
    let lengths: [Int64]
    private var views: [CounterGroup: View] = [:]

    /// What the headers tell of series that are read and reset together, laid out as they are.
    struct View {
        /// A series that is not among the snapshot's numbers is gone.
        var tells: [Bool]
        /// Counters do not go on from the snapshot before.
        var isBroken: [Bool]
    }

    init(_ known: [SnapshotHeader]) {
        let numbers = known.map(\.number)
        first = numbers.min() ?? 0
        // Numbers rise by one; a store with a hole of millions is none of ours, and shall not take the memory.
        let span = min((numbers.max() ?? -1) - first + 1, 1 << 24)
        var headers = [SnapshotHeader?](repeating: nil, count: Int(max(span, 0)))
        for header in known where header.number - first < span { headers[Int(header.number - first)] = header }
        self.headers = headers
        lengths = headers.map { $0?.length ?? 0 }
    }

    func place(of number: Int64) -> Int? {
        let (place, overflow) = number.subtractingReportingOverflow(first)
        return !overflow && place >= 0 && place < Int64(headers.count) ? Int(place) : nil
    }

    subscript(number: Int64) -> SnapshotHeader? { place(of: number).flatMap { headers[$0] } }

    func view(of key: SeriesKey) -> View {
        let group = CounterGroup(of: key)
        // Relations and the like are read by database, as they are reset; all others are reset by kind or read by kind.
        let scope = CounterGroup(key.kind, in: key.database)
        if let known = views[scope] { return known }
        let view = View(
            tells: headers.map { $0?.scope.tells(of: key) ?? false },
            isBroken: headers.map { $0?.breaks.contains(group) ?? false })
        views[scope] = view
        return view
    }
}
