import Foundation
import Model
import PostgresClient
import Queries

/// Readings of activity. Each is a transaction of its own: within one the view is frozen. Between two nothing is open.
extension Visit {
    /// A burst bounded in number and time: enough to tell what most sessions do, while somebody waits for the answer.
    mutating func sample(on session: Session) async {
        guard snapshot.activityProfile == nil else { return }
        guard options.sampleCount > 0 else {
            book.add(CollectionNote(.activitySamples, .refused, "Samples of activity were not asked for."))
            return
        }
        var pace = SamplingPace(
            shortest: options.sampleInterval, longest: options.sampleInterval * 5 / 2,
            processes: snapshot.backends.count)
        var folding = ActivityFolding()
        let end = min(deadline, .now + Self.burst)
        var wasCut = false
        while folding.readings < options.sampleCount {
            guard remaining > .zero, !Task.isCancelled else {
                wasCut = true
                break
            }
            progress?(.sampling(folding.readings + 1, of: options.sampleCount))
            guard let cost = await readActivity(into: &folding, major: major, on: session) else { break }
            // A server where nobody is busy is soon known as such.
            if folding.isEmpty && folding.readings >= Self.quietReadings { break }
            let pause = pace.pause(change: folding.change, cost: cost)
            guard folding.readings < options.sampleCount, ContinuousClock.now + pause < end else { break }
            try? await rest(pause)
        }
        snapshot.activityProfile = folding.finished
        guard wasCut else { return }
        book.add(
            CollectionNote(
                .activitySamples, .timeout, isTotal: folding.readings == 0,
                "Only \(folding.readings) of \(options.sampleCount) samples of activity were taken: the time allowed was over."
            ))
    }

    /// Reads activity until the moment; then the profile is whole.
    ///
    /// Throws `CancellationError` alone; what fails on the server is a note.
    mutating func watch(
        on session: Session, until end: ContinuousClock.Instant, major: Int, processes: Int
    ) async throws {
        var pace = SamplingPace(shortest: options.sampleInterval, longest: .seconds(1), processes: processes)
        var folding = ActivityFolding()
        while ContinuousClock.now < end {
            guard let cost = await readActivity(into: &folding, major: major, on: session) else { break }
            let pause = pace.pause(change: folding.change, cost: cost)
            try await rest(min(pause, ContinuousClock.now.duration(to: end)))
        }
        snapshot.activityProfile = folding.finished
    }

    /// - Returns: ms that the server spent; nil: it failed, and a note says why.
    private mutating func readActivity(
        into folding: inout ActivityFolding, major: Int, on session: Session
    ) async -> Double? {
        let before = snapshot.cost.serverTime ?? 0
        let answers = await ask([(.activitySample, major, [])], on: session)
        snapshot.cost.roundTrips -= 1
        snapshot.cost.probeRoundTrips += 1
        let now = Date()
        guard let sample = take(.activitySample, of: answers, { try ActivitySample($0, now: now) }) else { return nil }
        folding.add(sample)
        return (snapshot.cost.serverTime ?? 0) - before
    }

    private mutating func rest(_ pause: Duration) async throws {
        paused += pause
        try await Task.sleep(for: pause)
    }

    /// A burst takes no longer.
    private static let burst = Duration.seconds(2)
    /// So many readings without a busy session are enough.
    private static let quietReadings = 3
}
