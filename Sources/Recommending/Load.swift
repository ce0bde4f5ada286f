import Diagnosing
import Model

/// How many sessions were busy, and with what, on average over the samples of activity.
package struct Load: Sendable, Equatable {
    package struct Part: Sendable, Equatable {
        /// PostgreSQL's wait event type (`Lock`, `IO`, …), or `CPU*`: no wait event, so on the CPU or waiting for it.
        package var name: String
        /// Sessions.
        package var average: Double
    }

    /// Number of samples that the averages are made of: few samples, coarse numbers.
    package let samples: Int
    /// Average number of active sessions.
    package let total: Double
    /// Greatest first.
    package let byClass: [Part]
    /// Single wait events (`Lock:transactionid`), greatest first.
    package let byEvent: [Part]
    package let cores: Int?

    package static let cpu = "CPU*"

    /// nil without a sample.
    init?(_ snapshot: Snapshot) {
        guard !snapshot.activitySamples.isEmpty else { return nil }
        samples = snapshot.activitySamples.count
        cores = snapshot.server.cores
        var classes: [String: Int] = [:]
        var events: [String: Int] = [:]
        // `Activity` is the idle main loop of a background process.
        for backend in snapshot.activitySamples.lazy.flatMap(\.active) where backend.waitEventType != "Activity" {
            let name = backend.waitEventType ?? Load.cpu
            classes[name, default: 0] += 1
            events[backend.waitEvent.map { "\(name):\($0)" } ?? name, default: 0] += 1
        }
        total = Double(classes.values.reduce(0, +)) / Double(samples)
        byClass = Load.averages(classes, samples)
        byEvent = Load.averages(events, samples)
    }

    private static func averages(_ counts: [String: Int], _ samples: Int) -> [Part] {
        counts.map { Part(name: $0.key, average: Double($0.value) / Double(samples)) }
            .sorted { ($0.average, $1.name) > ($1.average, $0.name) }
    }
}
