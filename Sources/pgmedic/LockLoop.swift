import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient
import Reporting

/// `pgmedic locks --watch`: readings one after another until the time is over or the task is cancelled.
struct LockLoop: Sendable {
    private let reader: LockReader
    private let selection: LockReading.Selection
    /// s
    private let interval: Double
    private let duration: Double?
    private let screen: LockScreen

    /// s between attempts to connect again: doubled up to the last.
    private static let firstPause = 1.0
    private static let longestPause = 30.0

    init(
        _ reader: LockReader, _ selection: LockReading.Selection, interval: Double, duration: Double?,
        screen: LockScreen
    ) {
        self.reader = reader
        self.selection = selection
        self.interval = interval
        self.duration = duration
        self.screen = screen
    }

    /// The last reading and all of them together; a failure where there was none at all.
    func run() async -> Result<(last: LockReading, watch: LockWatch), any Error> {
        var reader = reader
        var watch = LockWatch()
        var last: LockReading?
        var pause = Self.firstPause
        let end = duration.map { ContinuousClock.now + .seconds($0) }
        screen.open()
        while !Task.isCancelled {
            let next = ContinuousClock.now + .seconds(interval)
            do {
                let reading = LockReading(try await reader.read(), selection)
                watch.take(reading)
                last = reading
                pause = Self.firstPause
                screen.show(reading)
                await sleep(until: next, before: end)
            } catch {
                if Task.isCancelled { break }
                guard last != nil else {
                    screen.close()
                    return .failure(Self.failure(error))
                }
                watch.fail()
                screen.say("\(error); trying again in \(Quantity.seconds(pause))")
                await sleep(until: .now + .seconds(pause), before: end)
                pause = min(pause * 2, Self.longestPause)
            }
            if let end, ContinuousClock.now >= end { break }
        }
        await reader.close()
        screen.close()
        guard let last else { return .failure(Failure(.interrupted, "interrupted")) }
        return .success((last, watch))
    }

    private func sleep(until next: ContinuousClock.Instant, before end: ContinuousClock.Instant?) async {
        try? await Task.sleep(until: end.map { min($0, next) } ?? next, clock: .continuous)
    }

    private static func failure(_ error: any Error) -> any Error {
        guard let error = error as? ConnectionError else { return error }
        return Failure(error.kind == .badDSN ? .unusable : .unreachable, error.description)
    }
}
