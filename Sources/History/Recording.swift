import Foundation
import Model

/// A snapshot on its way into a history.
package struct RecordedSnapshot: Sendable {
    package var target: HistoryTarget
    package var frame: Frame
    package var state: HistoryState
    package var takenAt: Date
    /// By our own clock; nil: the snapshot comes from a file.
    package var recordedAt: Date?
    /// nil: it was not judged.
    package var sighting: FindingLifecycle.Sighting?
    /// The whole snapshot, as `LastSnapshot` packs it.
    var body: [UInt8]

    /// - Throws: when the snapshot cannot be encoded.
    package init(
        _ snapshot: Snapshot, target: HistoryTarget, frame: Frame, recordedAt: Date?,
        sighting: FindingLifecycle.Sighting?
    ) throws {
        self.target = target
        self.frame = frame
        self.recordedAt = recordedAt
        self.sighting = sighting
        state = HistoryState(snapshot)
        takenAt = snapshot.takenAt
        body = try LastSnapshot.encode(snapshot)
    }
}

/// What a snapshot was found to have changed.
package struct Recorded: Sendable {
    package var number: Int64 = 0
    /// The moment of the snapshot before; nil: this is the first.
    package var earlier: Date?
    package var changes: [HistoryChange] = []
    package var events: [(fingerprint: String, event: FindingEvent)] = []
    /// All of the target's findings as they are known now, the open ones and the others.
    package var findings: [FindingRecord] = []

    package init() {}
}

extension History {
    /// Keeps a snapshot: all of it or nothing.
    ///
    /// One whose clock is not after the last one's is placed behind it all the same: time never goes back in a history.
    ///
    /// - Throws: `HistoryError`.
    package func record(_ snapshot: RecordedSnapshot) async throws -> Recorded {
        try await store.prepare(forMilliseconds: snapshot.takenAt.milliseconds)
        let place = place
        return try await store.write { connection in
            do {
                return try Self.record(snapshot, connection)
            } catch is PackedReader.Damaged {
                throw HistoryError(
                    .unusable, place, "what it has of \(snapshot.target.name) is damaged: see `pgmedic history check`")
            }
        }
    }

    private static func record(
        _ snapshot: RecordedSnapshot, _ connection: any HistoryConnection
    ) throws -> Recorded {
        let known = try identify(snapshot.target, connection)
        let target = known.id
        var table = try SeriesTable(target, connection)
        let earlier = try Latest(target, connection)
        var header = SnapshotHeader()
        header.number = (earlier?.number ?? 0) + 1
        header.serverTime = snapshot.takenAt.milliseconds
        header.recordedAt = snapshot.recordedAt?.milliseconds
        header.scope = snapshot.frame.scope
        header.takenAt = header.serverTime
        var recorded = Recorded()
        var jumped = false
        var snapshot = snapshot
        if let earlier {
            snapshot.state = snapshot.state.filled(from: earlier.state)
            let clock = Clock.place(
                header.serverTime, recorded: header.recordedAt,
                after: (earlier.header.takenAt, earlier.header.serverTime, earlier.header.recordedAt))
            header.takenAt = clock.takenAt
            header.length = clock.length
            jumped = clock.jumped
            snapshot.state.followTraffic(of: earlier.state, header)
            recorded.earlier = Date(milliseconds: earlier.header.takenAt)
        }
        let plans = try table.take(snapshot.frame, at: header.takenAt, connection)
        let moment = Date(milliseconds: header.takenAt)
        if let earlier {
            var then = table.frame(earlier.frame)
            then.scope = earlier.header.scope
            header.breaks = Breaks.between((then, earlier.state.epoch), (snapshot.frame, snapshot.state.epoch))
            let after = Date(milliseconds: earlier.header.takenAt)
            recorded.changes =
                Changes(
                    (then, earlier.state), (snapshot.frame, snapshot.state), at: moment, after: after, jumped: jumped
                ).found + plans.map { changed($0, table.rows[$0.key], at: moment, after: after) }
        }
        for place in recorded.changes.indices where recorded.changes[place].kind == .indexDropped {
            recorded.changes[place].before = try table.text(ofIndex: recorded.changes[place], connection)
        }
        let numbered = table.numbered(snapshot.frame)
        // A whole one an hour: what is damaged costs an hour, and a reader begins near to what he wants.
        let isFirstOfHour = earlier.map { $0.header.takenAt / 3_600_000 != header.takenAt / 3_600_000 } ?? true
        try connection.run(
            "INSERT INTO snapshots (target, number, taken_at, header, body) VALUES ($1, $2, $3, $4, $5)",
            [
                .integer(target), .integer(header.number), .integer(header.takenAt), .bytes(header.encoded()),
                .bytes(try FrameCodec.encode(numbered, since: earlier?.frame ?? [:], isWhole: isFirstOfHour)),
            ])
        try Latest.write(target, header, numbered, snapshot, connection)
        try reached(known, header, snapshot.target.systemIdentifier, &recorded, connection)
        try insert(recorded.changes, target, connection)
        if let sighting = snapshot.sighting { try advance(target, sighting, at: moment, &recorded, connection) }
        recorded.number = header.number
        return recorded
    }

    private static func changed(
        _ plan: (key: SeriesKey, before: String?, now: String?), _ row: SeriesTable.Row?, at: Date, after: Date
    ) -> HistoryChange {
        .make {
            $0.kind = .plan
            $0.at = at
            $0.after = after
            $0.database = plan.key.database
            $0.object = row?.fingerprint ?? plan.key.name
            $0.relations = row?.relations ?? []
            $0.before = plan.before
            $0.now = plan.now
        }
    }

    private static func reached(
        _ known: StoredTarget, _ header: SnapshotHeader, _ identifier: String?, _ recorded: inout Recorded,
        _ connection: any HistoryConnection
    ) throws {
        if known.failures > 0 {
            recorded.changes.append(
                .make {
                    $0.kind = .reachable
                    $0.at = Date(milliseconds: header.takenAt)
                    $0.after = known.lastAttempt
                    $0.object = "server"
                })
        }
        let moment = HistoryValue.integer(header.recordedAt ?? header.takenAt)
        // A name whose first visit failed has no identifier yet, and another server may stand behind it since.
        try connection.run(
            "UPDATE targets SET failures = 0, last_attempt = $1, last_success = $2, last_error = NULL, "
                + "system_identifier = coalesce($3, system_identifier) WHERE id = $4",
            [moment, moment, HistoryValue(identifier), .integer(known.id)])
    }

    private static func advance(
        _ target: Int64, _ sighting: FindingLifecycle.Sighting, at moment: Date, _ recorded: inout Recorded,
        _ connection: any HistoryConnection
    ) throws {
        let known = try findings(connection, target)
        var sighting = sighting
        sighting.at = moment
        var outcome = FindingLifecycle.advance(known, by: sighting)
        try noteSlowerStatements(&outcome.records, judgedAt: moment, target, connection)
        try write(outcome.records, target, connection)
        for (fingerprint, event) in outcome.events {
            try connection.run(
                """
                INSERT INTO finding_events (target, fingerprint, at, kind) VALUES ($1, $2, $3, $4)
                ON CONFLICT DO NOTHING
                """,
                [.integer(target), .text(fingerprint), .integer(moment.milliseconds), .text(event.rawValue)])
        }
        recorded.events = outcome.events
        let fresh = Dictionary(
            outcome.records.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        let old = known.filter { fresh[$0.fingerprint] == nil }
        recorded.findings = (old + outcome.records).sorted { $0.fingerprint < $1.fingerprint }
    }
}

/// The last snapshot of a target as the next one needs it.
struct Latest {
    var number: Int64 = 0
    var header = SnapshotHeader()
    var frame: NumberedFrame = [:]
    var state = HistoryState()

    /// nil: there is none.
    init?(_ target: Int64, _ connection: any HistoryConnection) throws {
        var isThere = false
        let sql = """
            SELECT latest.number, latest.taken_at, latest.frame, latest.state, snapshots.header FROM latest
            JOIN snapshots ON snapshots.target = latest.target AND snapshots.taken_at = latest.taken_at
                AND snapshots.number = latest.number
            WHERE latest.target = $1
            """
        try connection.rows(sql, [.integer(target)]) { row in
            isThere = true
            number = try row.integer(0) ?? 0
            header = try SnapshotHeader(number: number, takenAt: try row.integer(1) ?? 0, try row.bytes(4) ?? [])
            var nothing: NumberedFrame = [:]
            try FrameCodec.decode(try row.bytes(2) ?? [], into: &nothing) { frame = $0 }
            state = try Stored.decode(HistoryState.self, try row.bytes(3) ?? [])
        }
        if !isThere { return nil }
    }

    static func write(
        _ target: Int64, _ header: SnapshotHeader, _ frame: NumberedFrame, _ snapshot: RecordedSnapshot,
        _ connection: any HistoryConnection
    ) throws {
        try connection.run(
            """
            INSERT INTO latest (target, number, taken_at, frame, state, body) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (target) DO UPDATE SET number = excluded.number, taken_at = excluded.taken_at,
                frame = excluded.frame, state = excluded.state, body = excluded.body
            """,
            [
                .integer(target), .integer(header.number), .integer(header.takenAt),
                .bytes(try FrameCodec.encode([:], since: frame, isWhole: true, isBrief: true)),
                .bytes(try Stored.encode(snapshot.state)),
                .bytes(snapshot.body),
            ])
    }
}
