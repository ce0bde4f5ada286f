import Foundation
import Model

/// Busy sessions that were seen in waits of one kind.
struct WaitingSessions {
    /// How many, of all busy sessions, with the error of the sample.
    let part: Load.Part
    let load: Load
    /// The statements that they were in, greatest first.
    let statements: [Load.Statement]
    let applications: [Load.Part]
    let observation: Observation
    private let isMeant: (Activity) -> Bool

    static let readings = Threshold(
        "readings of activity, at least", 5, "readings",
        source: "our choice: fewer do not show whether a wait lasts")
    static let steady = Threshold(
        "readings from which a warning is given", 20, "readings",
        source: "our choice: two seconds or more of readings, so that a short spike is no more than a notice")
    static let share = Threshold(
        "share of the busy sessions, lower end of its 95 % interval", 0.2, "share",
        source: "pg_gather: marks net and delay waits above 20 % of the sessions")
    static let sessions = Threshold(
        "sessions in it on average, at least", 1, "sessions",
        source: "our choice: below one session on average, others hardly feel it")
    static let crowd = Threshold(
        "sessions in it on average that make a warning at once", 10, "sessions",
        source: "our choice: ten sessions at one place, and two fifths of all, are no spike of a healthy server")
    /// Those that every rule about a kind of wait has.
    static let thresholds = [readings, steady, share, sessions]

    /// - Returns: nil: they are too few, or cannot be told from too few.
    init?(
        _ observation: Observation, _ name: String, share: Threshold = share,
        where isMeant: @escaping (Activity) -> Bool
    ) {
        guard let load = observation.load, let part = load.part(name, where: isMeant),
            part.average >= Self.sessions.value, part.interval.low >= share.value
        else { return nil }
        self.part = part
        self.load = load
        self.observation = observation
        self.isMeant = isMeant
        statements = load.statements(where: isMeant, observation.workload)
        applications = load.applications(where: isMeant)
    }

    /// Judges one kind of wait; the finding is made where there are enough sessions in it.
    static func judge(
        _ observation: Observation, _ name: String, share: Threshold = share,
        where isMeant: @escaping (Activity) -> Bool, _ finding: (WaitingSessions) -> Finding?
    ) -> Outcome {
        guard let load = observation.load else { return .absent }
        guard let found = WaitingSessions(observation, name, share: share, where: isMeant) else {
            return .findings([])
        }
        guard Double(load.samples) >= readings.value else { return .inconclusive(tooFew(load, name)) }
        return .findings([finding(found)].compactMap(\.self))
    }

    static func tooFew(_ load: Load, _ name: String) -> String {
        "\(name) was seen in \(Quantity.plural(load.samples, "reading")) of activity: \(Int(readings.value)) are needed"
    }

    /// Warning where it lasts and where so large a part waits, else a notice.
    func severity(from share: Double = share.value) -> Severity {
        let isCrowd = part.average >= Self.crowd.value && part.interval.low >= max(0.4, share)
        let isSteady = Double(load.samples) >= Self.steady.value && part.interval.low >= share
        return isCrowd || isSteady ? .warning : .notice
    }

    var confidence: Confidence { Double(load.samples) >= Self.steady.value ? .high : .medium }
    var impact: Impact { .sessions((part.average * 10).rounded() / 10) }

    /// `6.2 of 8.9 busy sessions (55 % to 82 %)`
    var text: String {
        "\(Quantity.decimal(part.average, places: 1)) of \(Quantity.decimal(load.total, places: 1)) busy sessions"
    }

    /// Statements as findings name them, with the kind of statement where its text is known.
    var loads: [StatementLoad] {
        statements.compactMap { $0.load(in: observation.workload) }
    }

    /// The statements that can be their cause: those of a tenth of them or more.
    var causes: Set<LinkKey> {
        let large = statements.filter { $0.part.average >= part.average / 10 }
        return Set(large.compactMap { $0.link })
    }

    /// The statements that are slow because of them: half or more of what they were seen doing.
    var slowed: Set<LinkKey> {
        let whole = Dictionary(
            load.byStatement.map { (Name($0), $0.part.average) }, uniquingKeysWith: { first, _ in first })
        return Set(
            statements.compactMap { statement in
                guard let all = whole[Name(statement)], statement.part.average >= all / 2 else { return nil }
                return statement.link
            })
    }

    private struct Name: Hashable {
        var database: String?
        var name: String
        init(_ statement: Load.Statement) {
            database = statement.database
            name = statement.part.name
        }
    }

    var evidence: [Evidence] {
        var evidence = [
            Evidence("waitingSessions", "sessions in it on average", .number(part.average)),
            Evidence("shareOfLoad", "share of the busy sessions", .share(part.share)),
            Evidence("leastShare", "share at least (95 %)", .share(part.interval.low)),
            Evidence("readings", "readings of activity", .count(Int64(load.samples))),
            Evidence("readingTime", "time between the first and the last", .seconds(load.seconds)),
        ]
        let names = load.parts(where: isMeant).prefix(4).map {
            "\($0.name): \(Quantity.decimal($0.average, places: 1))"
        }
        evidence.append(Evidence("events", "sessions by wait event", .list(names)))
        if !applications.isEmpty {
            evidence.append(Evidence("applications", "applications", .list(applications.prefix(3).map(\.name))))
        }
        let texts = loads.prefix(3).map { $0.label(120) }
        if !texts.isEmpty { evidence.append(Evidence("statements", "statements", .list(texts))) }
        if let counted = observation.countedWaits, counted.isWithinWindow {
            let meant = Set(load.parts(where: isMeant).map(\.name))
            let sessions = counted.events.filter { meant.contains($0.name) }.reduce(0) { $0 + ($1.sessions ?? 0) }
            evidence.append(
                Evidence("countedSessions", "sessions in it by pg_wait_sampling", .number(sessions)))
        }
        return evidence
    }

    /// Who waits so now.
    static func now(_ condition: String) -> String {
        "SELECT pid, usename, application_name, wait_event_type, wait_event, query_start, pg_catalog.left(query, 80) FROM "
            + "pg_catalog.pg_stat_activity WHERE state = 'active' AND \(condition) ORDER BY query_start;"
    }
}

extension Load {
    /// Events of a kind, greatest first.
    func parts(where isMeant: (Activity) -> Bool) -> [Part] {
        byEvent.filter { part in
            profile.entries.contains { $0.activity.eventName == part.name && isMeant($0.activity) }
        }
    }
}

extension Load.Statement {
    var link: LinkKey? { key.flatMap { key in database.map { .statement(key, database: $0) } } }

    /// What was counted of it.
    func load(in workload: Workload) -> StatementLoad? {
        queryIDs.lazy.compactMap { workload.load(ofQueryID: $0, in: database) }.first
    }
}

extension Activity {
    /// The event of a type by any of its names; upper and lower case are not told apart, since 17 changed it.
    func waits(_ type: String, _ events: String...) -> Bool {
        guard waitEventType == type, let event = waitEvent?.lowercased() else { return false }
        return events.contains { $0.lowercased() == event }
    }

    /// A backup reads and sends all there is: it may wait for disk and client.
    var isBackup: Bool { application == "pg_dump" || application.hasPrefix("pg_basebackup") }
}

extension Snapshot {
    /// For examples: so many sessions of the application in a wait, at each of so many readings, each time others.
    mutating func addBusy(
        _ type: String?, _ event: String?, sessions: Int, readings: Int = 30, queryID: Int64? = nil,
        application: String = "shop"
    ) {
        var profile = activityProfile ?? .make { $0.readings = readings }
        let sightings = sessions * profile.readings
        profile.start = takenAt.addingTimeInterval(-Double(profile.readings) / 4)
        profile.end = takenAt
        profile.spells += sightings
        profile.squaresOfSpells += Int64(sightings)
        profile.entries.append(
            .make {
                $0.activity.database = "shop"
                $0.activity.role = "app"
                $0.activity.application = application
                $0.activity.waitEventType = type
                $0.activity.waitEvent = event
                $0.activity.queryID = queryID
                $0.sightings = sightings
            })
        let all = Int64(profile.sightings / profile.readings)
        profile.squaresOfSessions = all * all * Int64(profile.readings)
        activityProfile = profile
    }
}
