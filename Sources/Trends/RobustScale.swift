import Foundation

/// Levels and spreads that a few wild values do not move.
enum Robust {
    /// NaN of nothing; no value may be NaN.
    static func median(_ values: [Double]) -> Double {
        var copy = values
        return median(sorting: &copy)
    }

    /// As above, in place: the order of the values is lost.
    static func median(sorting values: inout [Double]) -> Double {
        let count = values.count
        guard count > 0 else { return .nan }
        return values.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return .nan }
            let upper = select(base, count, count / 2)
            guard count % 2 == 0 else { return upper }
            var lower = base[0]
            var place = 1
            while place < count / 2 {
                if base[place] > lower { lower = base[place] }
                place += 1
            }
            // Halved first: the sum of two great values would be infinite.
            return lower / 2 + upper / 2
        }
    }

    /// The value below which this share of the values lies (nearest rank); NaN of nothing.
    static func quantile(_ values: [Double], _ share: Double) -> Double {
        var copy = values
        let count = copy.count
        guard count > 0 else { return .nan }
        let rank = min(count - 1, max(0, Int(share * Double(count))))
        return copy.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { select($0, count, rank) } ?? .nan
        }
    }

    /// Median absolute deviation from the median × 1.4826: the standard deviation of Gaussian values (Hampel 1974).
    static func deviation(_ values: [Double]) -> Double {
        let middle = median(values)
        var distances = values.map { abs($0 - middle) }
        return 1.4826 * median(sorting: &distances)
    }

    /// Standard deviation of values around 0 by two of their quantiles, the greater of both: the median of their absolutes is 0
    /// when more than half are 0, as of a measure that mostly repeats itself; the 80 % quantile still sees the rest, and bears
    /// every fifth value being wild.
    static func deviationFromZero(_ values: [Double]) -> Double {
        let absolute = values.map { abs($0) }
        // 0.6745, 1.2816: the normal distribution's quantiles at 75 % and 90 %.
        return max(quantile(absolute, 0.5) / 0.6745, quantile(absolute, 0.8) / 1.2816)
    }

    /// The value of this rank; all lesser ones lie before it afterwards, all greater ones behind (Hoare 1961).
    ///
    /// By pointers: arrays check each access, and this is most of a trend's time.
    private static func select(_ base: UnsafeMutablePointer<Double>, _ count: Int, _ rank: Int) -> Double {
        var low = 0
        var high = count - 1
        var rounds = 0
        while low < high {
            rounds += 1
            // Values that are laid out so that each round takes off little: sorted instead.
            if rounds > 100 {
                var rest = UnsafeMutableBufferPointer(start: base + low, count: high - low + 1)
                rest.sort()
                break
            }
            let (left, right) = partition(base, low, high)
            if rank <= right {
                high = right
            } else if rank >= left {
                low = left
            } else {
                break
            }
        }
        return base[rank]
    }

    /// Around the median of the first, the middle and the last; the bounds of what lies below and above.
    private static func partition(
        _ base: UnsafeMutablePointer<Double>, _ low: Int, _ high: Int
    ) -> (left: Int, right: Int) {
        let first = base[low]
        let middle = base[low + (high - low) / 2]
        let last = base[high]
        let pivot = max(min(first, middle), min(max(first, middle), last))
        var left = low
        var right = high
        while left <= right {
            while base[left] < pivot { left += 1 }
            while base[right] > pivot { right -= 1 }
            if left <= right {
                let kept = base[left]
                base[left] = base[right]
                base[right] = kept
                left += 1
                right -= 1
            }
        }
        return (left, right)
    }
}
