import Foundation
import Model

/// How many sessions were busy, and with what, on average over the readings of activity.
///
/// A share's error is Wilson's interval. Readings that follow each other are not independent, since a session that waits
/// is seen again and again: what counts as one observation is a *spell*, one process doing the same in readings that follow
/// each other, and spells of different lengths are weighed by Kish's effective sample size
/// (`ActivityProfile.effectiveSightings`).
package struct Load: Sendable, Equatable {
    package struct Part: Sendable, Equatable {
        /// PostgreSQL's wait event type (`Lock`, `IO`, …), or `CPU*`: no wait event, so on the CPU or waiting for it; or an
        /// event with its type; or a database, role, application.
        package var name: String
        /// Sessions.
        package var average: Double
        /// Of all busy sessions, 0…1, and where it lies with 95 % confidence.
        package var share: Double
        package var interval: WilsonInterval
    }

    /// A statement by what its sessions were doing.
    package struct Statement: Sendable, Equatable {
        package var database: String?
        package var queryIDs: [Int64]
        /// Fingerprint (or queryid) as findings name it; nil: the statement is not among those that were counted.
        package var key: String?
        package var part: Part
        /// Classes and events, greatest first; their shares are of the statement's own sessions.
        package var waits: [Part]
    }

    /// Number of readings that the averages are made of: few readings, coarse numbers.
    package let samples: Int
    /// s between the first and the last reading.
    package let seconds: Double
    /// Independent observations that the readings are worth.
    package let observations: Double
    /// Average number of active sessions, and its error at 95 % confidence: 1.96 standard errors, of as many readings as
    /// there were spells one after the other.
    package let total: Double
    package let totalError: Double
    /// Greatest first.
    package let byClass: [Part]
    /// Single wait events (`Lock:transactionid`), greatest first.
    package let byEvent: [Part]
    package let byDatabase: [Part]
    package let byRole: [Part]
    package let byApplication: [Part]
    /// Sessions in a statement that PostgreSQL computes an identifier for; greatest first.
    package let byStatement: [Statement]
    package let cores: Int?
    let profile: ActivityProfile

    package static let cpu = "CPU*"

    /// nil without a sample.
    package init?(_ snapshot: Snapshot, _ workload: Workload? = nil) {
        guard let profile = snapshot.activity else { return nil }
        self.profile = profile
        cores = snapshot.server.cores
        samples = profile.readings
        seconds = profile.seconds
        observations = profile.effectiveSightings
        let scale = Scale(profile)
        total = scale.average(profile.sightings)
        totalError = scale.errorOfTotal
        byClass = scale.parts(profile.entries) { $0.waitClass }
        byEvent = scale.parts(profile.entries) { $0.eventName }
        byDatabase = scale.parts(profile.entries) { $0.database ?? "(none)" }
        byRole = scale.parts(profile.entries) { $0.role ?? "(none)" }
        byApplication = scale.parts(profile.entries) { $0.application.isEmpty ? "(no name)" : $0.application }
        byStatement = scale.statements(profile.entries, workload)
    }

    /// The sessions in activities of a kind; nil: none was seen.
    func part(_ name: String, where isMeant: (Activity) -> Bool) -> Part? {
        let sightings = profile.entries.filter { isMeant($0.activity) }.reduce(0) { $0 + $1.sightings }
        return sightings > 0 ? Scale(profile).part(name, sightings) : nil
    }

    /// The statements of the sessions in activities of a kind, by those sessions; greatest first.
    func statements(where isMeant: (Activity) -> Bool, _ workload: Workload) -> [Statement] {
        Scale(profile).statements(profile.entries.filter { isMeant($0.activity) }, workload)
    }

    func applications(where isMeant: (Activity) -> Bool) -> [Part] {
        Scale(profile).parts(profile.entries.filter { isMeant($0.activity) && !$0.activity.application.isEmpty }) {
            $0.application
        }
    }
}

extension Activity {
    package var waitClass: String { waitEventType ?? Load.cpu }
    package var eventName: String { waitEvent.map { "\(waitClass):\($0)" } ?? waitClass }
}

/// From sightings to sessions and shares.
private struct Scale {
    private let profile: ActivityProfile
    private let sightings: Double
    private let observations: Double

    init(_ profile: ActivityProfile) {
        self.profile = profile
        sightings = Double(profile.sightings)
        observations = profile.effectiveSightings
    }

    func average(_ count: Int) -> Double { Double(count) / Double(max(1, profile.readings)) }

    var errorOfTotal: Double {
        let readings = Double(profile.readings)
        guard readings > 1, profile.spells > 0 else { return 0 }
        let mean = sightings / readings
        let variance = max(0, Double(profile.squaresOfSessions) / readings - mean * mean) * readings / (readings - 1)
        // Readings that see the same spells again count as one.
        let independent = max(1, readings / max(1, sightings / Double(profile.spells)))
        return WilsonInterval.quantile * (variance / independent).squareRoot()
    }

    func part(_ name: String, _ count: Int) -> Load.Part {
        let share = sightings > 0 ? Double(count) / sightings : 0
        return Load.Part(
            name: name, average: average(count), share: share,
            interval: WilsonInterval(share: share, observations: observations))
    }

    func parts(_ entries: [ActivityEntry], by name: (Activity) -> String) -> [Load.Part] {
        var counts: [String: Int] = [:]
        for entry in entries { counts[name(entry.activity), default: 0] += entry.sightings }
        return counts.map { part($0.key, $0.value) }
            .sorted { ($0.average, $1.name) > ($1.average, $0.name) }
    }

    func statements(_ entries: [ActivityEntry], _ workload: Workload?) -> [Load.Statement] {
        struct Key: Hashable {
            var database: String?
            var name: String
        }
        let known = names(workload)
        var groups: [Key: [ActivityEntry]] = [:]
        for entry in entries {
            guard let id = entry.activity.queryID, id != 0 else { continue }
            let database = entry.activity.database
            let name = known[Identifier(database: database, queryID: id)] ?? String(id)
            groups[Key(database: database, name: name), default: []].append(entry)
        }
        return groups.map { key, entries in
            let ids = Set(entries.compactMap(\.activity.queryID)).sorted()
            let count = entries.reduce(0) { $0 + $1.sightings }
            let isKnown = ids.contains { known[Identifier(database: key.database, queryID: $0)] != nil }
            return Load.Statement(
                database: key.database, queryIDs: ids, key: isKnown ? key.name : nil, part: part(key.name, count),
                waits: waits(entries, of: count))
        }
        .sorted { ($0.part.average, $1.part.name) > ($1.part.average, $0.part.name) }
    }

    /// Of a statement's sessions alone; it is worth its part of the observations.
    private func waits(_ entries: [ActivityEntry], of count: Int) -> [Load.Part] {
        let worth = sightings > 0 ? observations * Double(count) / sightings : 0
        return parts(entries) { $0.eventName }.map { wait in
            var wait = wait
            wait.share = count > 0 ? wait.average / average(count) : 0
            wait.interval = WilsonInterval(share: wait.share, observations: worth)
            return wait
        }
    }

    private struct Identifier: Hashable {
        var database: String?
        var queryID: Int64
    }

    private func names(_ workload: Workload?) -> [Identifier: String] {
        var names: [Identifier: String] = [:]
        for load in workload?.statements ?? [] {
            for id in load.queryIDs { names[Identifier(database: load.database, queryID: id)] = load.key.name }
        }
        return names
    }
}
