import Model

/// How long to pause between two readings of activity: shortly while it changes much, longer while little does, and never
/// so shortly that the readings cost the server more than a small part of one core.
struct SamplingPace: Sendable {
    /// The readings may keep one core busy for so large a share of the time.
    static let costShare = 0.005
    /// A reading costs more than its transaction says: parsing, and what goes over the wire before BEGIN and after COMMIT.
    static let overhead = 1.5
    /// No pause is longer for the sake of cost: a reading of 10,000 sessions takes 50 ms.
    static let longestForCost = Duration.seconds(20)

    /// ms of CPU that a reading of so many processes takes at most, the query of twice 5 µs a process and 0.4 ms for the
    /// transaction around it (measured): on a busy machine the clock runs on while the reading waits for a CPU.
    static func greatestCost(processes: Int) -> Double { 0.4 + 0.01 * Double(processes) }

    let shortest: Duration
    let longest: Duration
    let greatestCost: Double
    private var interval: Duration
    /// ms on the server; the least counts, since others may have met a busy CPU.
    private var costs: [Double] = []

    /// - Parameter processes: of the server, about.
    init(shortest: Duration, longest: Duration, processes: Int) {
        self.shortest = shortest
        self.longest = max(shortest, longest)
        greatestCost = Self.greatestCost(processes: processes)
        interval = shortest
    }

    /// - Parameters:
    ///   - change: of the busy sessions, the share that went on to something else since the last reading, 0…1.
    ///   - cost: ms that the last reading took the server; nil where it is not known.
    mutating func pause(change: Double, cost: Double?) -> Duration {
        if let cost, cost > 0 { costs = (costs + [cost]).suffix(9) }
        if change >= 0.5 {
            interval = max(shortest, interval / 2)
        } else if change <= 0.1 {
            interval = min(longest, interval * 3 / 2)
        }
        // Without pauses there is no measure to keep: a test wants it so.
        guard shortest > .zero, let least = costs.min() else { return interval }
        let bound = Duration.milliseconds(min(least, greatestCost) * Self.overhead / Self.costShare)
        return max(interval, min(bound, Self.longestForCost))
    }
}
