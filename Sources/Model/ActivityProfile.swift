import Foundation

/// Many readings of activity, folded into counts: a minute of a busy server is some hundred rows and not tens of
/// thousands.
package struct ActivityProfile: Noun {
    /// How often activity was read.
    package var readings = 0
    package var start = Date(timeIntervalSince1970: 0)
    package var end = Date(timeIntervalSince1970: 0)
    /// By reading, the square of the number of busy sessions, summed: gives the spread between readings.
    package var squaresOfSessions: Int64 = 0
    /// Of each spell (one process that was seen doing the same in readings that follow each other) the square of the
    /// number of its readings, summed.
    package var squaresOfSpells: Int64 = 0
    package var spells = 0
    /// Most sightings first.
    package var entries: [ActivityEntry] = []
    package init() {}

    /// Entries kept; those with the fewest sightings lose their statement, and are one with others of their kind.
    package static let entryLimit = 1000

    /// Sightings of busy sessions in all readings.
    package var sightings: Int { entries.reduce(0) { $0 + $1.sightings } }

    /// Seconds between the first and the last reading.
    package var seconds: Double { max(0, end.timeIntervalSince(start)) }

    /// So many independent observations are the sightings worth: a session that waits through a hundred readings was
    /// observed once, not a hundred times.
    ///
    /// Kish's effective sample size (Survey Sampling, 1965): (Σ w)² / Σ w², with a spell's readings as its weight w.
    package var effectiveSightings: Double {
        let sightings = Double(sightings)
        return squaresOfSpells > 0 ? sightings * sightings / Double(squaresOfSpells) : 0
    }
}

/// What so many sightings of busy sessions have in common.
package struct ActivityEntry: Noun {
    package var activity = Activity()
    /// Sessions that were seen, summed over the readings.
    package var sightings = 0
    package init() {}
}

/// What a busy session is seen doing, and whose it is.
package struct Activity: Noun, Hashable {
    package var database: String?
    package var role: String?
    package var application = ""
    package var queryID: Int64?
    /// nil: on the CPU, or in code without a wait event.
    package var waitEventType: String?
    package var waitEvent: String?
    package var isClient = true
    package init() {}

    package init(_ backend: ActiveBackend) {
        database = backend.database
        role = backend.role
        application = backend.application
        queryID = backend.queryID
        waitEventType = backend.waitEventType
        waitEvent = backend.waitEvent
        isClient = backend.isClient
    }

    /// The main loop of a process that has nothing to do.
    package var isIdle: Bool { waitEventType == "Activity" }
}

/// Readings on their way into a profile.
package struct ActivityFolding {
    private var profile = ActivityProfile()
    private var counts: [Activity: Int] = [:]
    /// What each process did at the last reading, and for how many readings.
    private var last: [Int: (activity: Activity, readings: Int64)] = [:]
    private var lastCount = 0
    /// Of the sessions busy at the last reading or the one before, the share that did not go on with the same, 0…1.
    package private(set) var change = 1.0

    package init() {}

    package init(_ samples: [ActivitySample]) {
        for sample in samples { add(sample) }
    }

    package mutating func add(_ sample: ActivitySample) {
        if profile.readings == 0 { profile.start = sample.takenAt }
        profile.end = sample.takenAt
        profile.readings += 1
        var now: [Int: (activity: Activity, readings: Int64)] = [:]
        var count = 0
        var continued = 0
        for backend in sample.active {
            let activity = Activity(backend)
            if activity.isIdle { continue }
            count += 1
            counts[activity, default: 0] += 1
            var readings: Int64 = 1
            // A process id of 0 stands for one that is not known.
            if backend.pid != 0, let before = last[backend.pid], before.activity == activity {
                readings = before.readings + 1
                continued += 1
            } else {
                profile.spells += 1
            }
            profile.squaresOfSpells += 2 * readings - 1
            now[backend.pid] = (activity, readings)
        }
        let most = max(count, lastCount)
        change = most == 0 ? 0 : 1 - Double(continued) / Double(most)
        profile.squaresOfSessions += Int64(count) * Int64(count)
        last = now
        lastCount = count
    }

    package var readings: Int { profile.readings }
    package var isEmpty: Bool { counts.isEmpty }

    /// nil before the first reading.
    package var finished: ActivityProfile? {
        guard profile.readings > 0 else { return nil }
        var finished = profile
        finished.entries = Self.entries(counts)
        return finished
    }

    private static func entries(_ counts: [Activity: Int]) -> [ActivityEntry] {
        var kept = sorted(counts)
        guard kept.count > ActivityProfile.entryLimit else { return kept }
        var folded: [Activity: Int] = [:]
        for entry in kept[ActivityProfile.entryLimit...] {
            var activity = entry.activity
            activity.queryID = nil
            folded[activity, default: 0] += entry.sightings
        }
        kept.removeLast(kept.count - ActivityProfile.entryLimit)
        for place in kept.indices {
            if let more = folded.removeValue(forKey: kept[place].activity) { kept[place].sightings += more }
        }
        return kept + sorted(folded)
    }

    private static func sorted(_ counts: [Activity: Int]) -> [ActivityEntry] {
        counts.map { activity, count in
            .make {
                $0.activity = activity
                $0.sightings = count
            }
        }
        .sorted { ($0.sightings, $1.activity.order) > ($1.sightings, $0.activity.order) }
    }
}

extension Activity {
    fileprivate var order: String {
        [
            waitEventType ?? "", waitEvent ?? "", database ?? "", role ?? "", application,
            queryID.map(String.init) ?? "", isClient ? "" : "b",
        ].joined(separator: "\u{0}")
    }
}

extension Snapshot {
    /// What sessions were busy with: the profile, or that of the single readings of an older file.
    package var activity: ActivityProfile? { activityProfile ?? ActivityFolding(activitySamples).finished }
}

/// A row of `pg_stat_slru`: a small cache of transaction status, subtransactions, multixacts, …
package struct SLRUStatistics: Noun {
    /// As the server has it: `Subtrans` up to 16, `subtransaction` from 17.
    package var name = ""
    package var blocksRead: Int64 = 0
    package var blocksHit: Int64 = 0
    package var reset: Date?
    package init() {}
}

/// What the extension pg_wait_sampling counted, by event and statement; cumulative.
package struct WaitSampling: Noun {
    package var extensionVersion = ""
    /// ms between its samples.
    package var period = 10.0
    /// Whether sessions without a wait event are counted too (1.1.5 and up, with `sample_cpu`).
    package var countsCPU = false
    /// Greatest first.
    package var entries: [WaitCount] = []
    package init() {}
}

package struct WaitCount: Noun {
    /// nil: on the CPU.
    package var waitEventType: String?
    package var waitEvent: String?
    /// nil: no statement, or one that is not counted.
    package var queryID: Int64?
    package var count: Int64 = 0
    package init() {}
}

/// What the extension pg_stat_kcache counted of a statement's executions; cumulative.
package struct KernelStatement: Noun {
    package var queryID: Int64 = 0
    package var database = ""
    /// ms of CPU.
    package var userTime = 0.0
    package var systemTime = 0.0
    /// Bytes that came from or went to the device, past the operating system's cache.
    package var bytesRead: Int64 = 0
    package var bytesWritten: Int64 = 0
    package init() {}
}
