import Foundation
import History

/// A series as a chart of some width can show it: level pieces between moments, with holes where nothing is known.
struct PlotSteps {
    struct Piece: Equatable {
        /// Seconds since 1970.
        var start: Double
        var end: Double
        /// Weighted by the intervals' lengths.
        var mean: Double
        /// The greatest that was seen, however short.
        var peak: Double
    }

    /// Ascending; what follows at once begins where the one before ends.
    var pieces: [Piece]

    init(pieces: [Piece]) { self.pieces = pieces }

    /// - Parameter columns: pieces at most; where there are more intervals, those of a column become one.
    init(_ series: TimeSeries, _ range: Range<Double>, columns: Int) {
        let shown = Self.intervals(series, range)
        pieces = shown.count <= columns ? shown : Self.merge(shown, range, columns)
    }

    /// One place for each column, so that several series can be laid upon each other; nil: not known.
    static func columns(_ series: TimeSeries, _ range: Range<Double>, count: Int) -> [Piece?] {
        fill(intervals(series, range), range, count)
    }

    private static func intervals(_ series: TimeSeries, _ range: Range<Double>) -> [Piece] {
        guard range.lowerBound.isFinite, range.upperBound.isFinite else { return [] }
        let count = min(series.starts.count, series.ends.count, series.values.count)
        return (0..<count).compactMap { place in
            let value = series.values[place]
            let start = max(series.starts[place], range.lowerBound)
            let end = min(series.ends[place], range.upperBound)
            guard value.isFinite, end > start else { return nil }
            let peak = place < series.peaks.count ? series.peaks[place] : value
            return Piece(start: start, end: end, mean: value, peak: peak.isFinite ? max(peak, value) : value)
        }
    }

    private static func merge(_ pieces: [Piece], _ range: Range<Double>, _ columns: Int) -> [Piece] {
        fill(pieces, range, columns).compactMap(\.self)
    }

    private static func fill(_ pieces: [Piece], _ range: Range<Double>, _ count: Int) -> [Piece?] {
        guard count > 0, !range.isEmpty else { return [] }
        let width = (range.upperBound - range.lowerBound) / Double(count)
        var seconds = [Double](repeating: 0, count: count)
        var sums = seconds
        var peaks = [Double](repeating: -.infinity, count: count)
        for piece in pieces {
            let first = min(max(Int((piece.start - range.lowerBound) / width), 0), count - 1)
            let last = min(max(Int((piece.end - range.lowerBound) / width), first), count - 1)
            for column in first...last {
                let left = range.lowerBound + Double(column) * width
                let overlap = min(piece.end, left + width) - max(piece.start, left)
                guard overlap > 0 else { continue }
                seconds[column] += overlap
                sums[column] += overlap * piece.mean
                peaks[column] = max(peaks[column], piece.peak)
            }
        }
        return (0..<count).map { column in
            guard seconds[column] > 0 else { return nil }
            let left = range.lowerBound + Double(column) * width
            let mean = sums[column] / seconds[column]
            return Piece(start: left, end: left + width, mean: mean, peak: max(peaks[column], mean))
        }
    }

    var greatest: Double { pieces.map(\.peak).max() ?? 0 }
    var greatestMean: Double { pieces.map(\.mean).max() ?? 0 }
    var least: Double { pieces.map(\.mean).min() ?? 0 }

    /// Runs without a hole longer than `tolerance` seconds.
    func runs(tolerance: Double) -> [[Piece]] {
        var runs: [[Piece]] = []
        for piece in pieces {
            if let end = runs.last?.last?.end, piece.start - end <= tolerance {
                runs[runs.count - 1].append(piece)
            } else {
                runs.append([piece])
            }
        }
        return runs
    }

    /// Spans of `range` longer than `tolerance` that no piece covers.
    static func holes(_ all: [PlotSteps], _ range: Range<Double>, tolerance: Double) -> [Range<Double>] {
        var holes: [Range<Double>] = []
        var end = range.lowerBound
        for piece in all.flatMap(\.pieces).sorted(by: { $0.start < $1.start }) {
            if piece.start - end > tolerance { holes.append(end..<piece.start) }
            end = max(end, piece.end)
        }
        if range.upperBound - end > tolerance { holes.append(end..<range.upperBound) }
        return holes
    }
}

/// The `d` of a path, written in tenths and relative to what came before: short, and free of summed-up rounding.
struct PathText {
    private(set) var text = ""
    private var x = 0
    private var y = 0

    private static func tenths(_ value: Double) -> Int {
        value.isFinite ? Int((min(max(value, -1e5), 1e5) * 10).rounded()) : 0
    }

    private static func short(_ tenths: Int) -> String {
        let (whole, rest) = (abs(tenths) / 10, abs(tenths) % 10)
        let sign = tenths < 0 ? "-" : ""
        return rest == 0 ? sign + String(whole) : sign + (whole == 0 ? "" : String(whole)) + ".\(rest)"
    }

    mutating func move(_ toX: Double, _ toY: Double) {
        (x, y) = (Self.tenths(toX), Self.tenths(toY))
        text += "M\(Self.short(x)) \(Self.short(y))"
    }

    mutating func across(_ toX: Double) {
        let next = Self.tenths(toX)
        if next != x { text += "h\(Self.short(next - x))" }
        x = next
    }

    mutating func down(_ toY: Double) {
        let next = Self.tenths(toY)
        if next != y { text += "v\(Self.short(next - y))" }
        y = next
    }

    mutating func line(_ toX: Double, _ toY: Double) {
        let (nextX, nextY) = (Self.tenths(toX), Self.tenths(toY))
        if (nextX, nextY) != (x, y) { text += "l\(Self.short(nextX - x)) \(Self.short(nextY - y))" }
        (x, y) = (nextX, nextY)
    }

    mutating func close() { text += "z" }
}
