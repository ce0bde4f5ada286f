import Foundation
import Model

/// The intervals that a timeline is made of, the same for all its series: days and hours that were thinned, then the intervals
/// between snapshots.
struct TimeGrid {
    /// Seconds since 1970.
    private(set) var starts: [Double] = []
    private(set) var ends: [Double] = []
    /// Where an interval stands: by the place of the snapshot at its end among the headers.
    private var places: [Int?]
    private var numbers: [Int: Int64] = [:]
    /// By resolution and beginning.
    private(set) var thinned: [Thinned: Int] = [:]
    let headers: SnapshotHeaders

    struct Thinned: Hashable {
        var resolution: Resolution
        var start: Int64
    }

    /// - Parameter context: headers that are known, those before the first interval among them.
    init(_ headers: [SnapshotHeader], thinned hours: [Thinned], context: [SnapshotHeader]) {
        self.headers = SnapshotHeaders(context)
        places = Array(repeating: nil, count: self.headers.headers.count)
        for hour in hours.sorted(by: { $0.start < $1.start }) where thinned[hour] == nil {
            thinned[hour] = starts.count
            starts.append(Double(hour.start))
            ends.append(Double(hour.start + hour.resolution.seconds))
        }
        // Without its length an interval is there, and nothing is known of it.
        let end = ends.last ?? -.infinity
        for header in headers.sorted(by: { $0.number < $1.number }) where header.seconds > end {
            let length = Double(header.length ?? 0) / 1000
            self.headers.place(of: header.number).map { places[$0] = starts.count }
            numbers[starts.count] = header.number
            starts.append(max(header.seconds - length, ends.last ?? 0))
            ends.append(header.seconds)
        }
    }

    var count: Int { starts.count }

    /// Where the interval stands that ends with a snapshot; nil: it is not among them.
    func place(of number: Int64) -> Int? { headers.place(of: number).flatMap { places[$0] } }

    /// nil: it was thinned.
    func header(at place: Int) -> SnapshotHeader? { numbers[place].flatMap { headers[$0] } }

    func empty(_ value: Double = .nan) -> TimeSeries {
        TimeSeries(starts: starts, ends: ends, values: [Double](repeating: value, count: count))
    }
}

/// How finely a chunk tells.
enum Resolution: Int64, CaseIterable {
    case asRead = 0
    case hours = 1
    case days = 2

    /// Of one point; 0: as it comes.
    var seconds: Int64 {
        switch self {
        case .asRead: 0
        case .hours: 3600
        case .days: 86_400
        }
    }

    /// ms that a row of the store covers, by which its beginning is rounded.
    func rowStart(of milliseconds: Int64) -> Int64 {
        let span: Int64 = self == .days ? 365 * 86_400_000 : 86_400_000
        return milliseconds - ((milliseconds % span) + span) % span
    }
}
