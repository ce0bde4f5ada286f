import Foundation
import Model

/// What is known of servers over time, in a store of either kind.
package struct History: Sendable {
    package let store: any HistoryStore

    package init(_ store: any HistoryStore) { self.store = store }

    package var place: String { store.place }

    /// A target with what the store says of it.
    package struct StoredTarget: Sendable {
        package var id: Int64
        package var key: String
        package var target: HistoryTarget
        /// Visits since the last that succeeded.
        package var failures: Int
        package var lastAttempt: Date?
        package var lastSuccess: Date?
        package var lastError: String?
    }

    package func targets() async throws -> [StoredTarget] {
        try await store.read { try Self.targets($0) }
    }

    /// nil: nothing is known of it.
    package func stored(_ target: HistoryTarget) async throws -> StoredTarget? {
        try await store.read { try Self.targets($0, key: target.key).first }
    }

    static func targets(_ connection: any HistoryConnection, key: String? = nil) throws -> [StoredTarget] {
        var found: [StoredTarget] = []
        let sql = """
            SELECT id, key, name, system_identifier, address, database, failures, last_attempt, last_success, last_error
            FROM targets\(key == nil ? "" : " WHERE key = $1") ORDER BY name, id
            """
        try connection.rows(sql, key.map { [.text($0)] } ?? []) { row in
            var target = HistoryTarget()
            let key = try row.text(1) ?? ""
            target.name = try row.text(2) ?? ""
            target.isNamed = key.hasPrefix("target:")
            target.systemIdentifier = try row.text(3)
            target.address = try row.text(4) ?? ""
            target.database = try row.text(5) ?? ""
            found.append(
                StoredTarget(
                    id: try row.integer(0) ?? 0, key: key, target: target, failures: Int(try row.integer(6) ?? 0),
                    lastAttempt: Date(milliseconds: try row.integer(7)),
                    lastSuccess: Date(milliseconds: try row.integer(8)), lastError: try row.text(9)))
        }
        return found
    }

    /// What is kept of a target's last snapshot for the next one.
    package struct LastReading: Sendable {
        /// The whole of it.
        package var snapshot: Snapshot
        /// The calls that the target was sent up to it; nil: nothing is known of them.
        package var traffic: PastTraffic?

        package init(snapshot: Snapshot, traffic: PastTraffic? = nil) {
            self.snapshot = snapshot
            self.traffic = traffic
        }
    }

    /// nil: there is none. Reads one row. - Throws: `HistoryError`.
    package func latest(of target: HistoryTarget) async throws -> LastReading? {
        let place = place
        let row: (body: [UInt8], state: [UInt8])? = try await store.read { connection in
            var row: (body: [UInt8], state: [UInt8])?
            let sql = """
                SELECT latest.body, latest.state FROM latest JOIN targets ON targets.id = latest.target
                WHERE targets.key = $1
                """
            try connection.rows(sql, [.text(target.key)]) { row = (try $0.bytes(0) ?? [], try $0.bytes(1) ?? []) }
            return row
        }
        guard let row else { return nil }
        do {
            return LastReading(
                snapshot: try LastSnapshot.decode(row.body), traffic: try TrafficRecord.past(ofState: row.state))
        } catch {
            throw HistoryError(.unusable, place, "the last snapshot of \(target.name) is damaged: \(error)")
        }
    }

    /// Of a standby the last snapshots of other targets of its cluster, the latest first, a few of them: its primary may be among
    /// them. Of a primary none: each of its standbys is told of by itself. - Throws: `HistoryError`.
    package func nodes(besides target: HistoryTarget, of snapshot: Snapshot) async throws -> [Snapshot] {
        guard snapshot.server.isInRecovery, let identifier = snapshot.server.systemIdentifier else { return [] }
        let bodies: [[UInt8]] = try await store.read { connection in
            var bodies: [[UInt8]] = []
            let sql = """
                SELECT latest.body FROM latest JOIN targets ON targets.id = latest.target
                WHERE targets.system_identifier = $1 AND targets.key <> $2 ORDER BY targets.last_success DESC LIMIT \(Self.nodesLimit)
                """
            try connection.rows(sql, [.text(identifier), .text(target.key)]) { row in
                if let body = try row.bytes(0) { bodies.append(body) }
            }
            return bodies
        }
        // What is damaged is told where it is read for itself.
        return bodies.compactMap { try? LastSnapshot.decode($0) }
    }

    /// Targets that are read to find a node of a cluster: some may be databases of one server.
    private static let nodesLimit = 16

    /// Findings of a target that are open, or were of late.
    package func findings(of target: HistoryTarget) async throws -> [FindingRecord] {
        try await store.read { connection in
            guard let stored = try Self.targets(connection, key: target.key).first else { return [] }
            return try Self.findings(connection, stored.id)
        }
    }

    static func findings(_ connection: any HistoryConnection, _ target: Int64) throws -> [FindingRecord] {
        var found: [FindingRecord] = []
        let sql = "SELECT body FROM findings WHERE target = $1 ORDER BY first_seen, fingerprint"
        try connection.rows(sql, [.integer(target)]) { row in
            found.append(try Stored.decode(FindingRecord.self, try row.bytes(0) ?? []))
        }
        return found
    }

    /// Changes what is known of a finding.
    ///
    /// - Throws: `HistoryError`; also where the target has none of this fingerprint.
    package func amend(
        _ target: HistoryTarget, _ fingerprint: String, _ change: @escaping @Sendable (inout FindingRecord) -> Void
    ) async throws {
        let place = place
        try await store.write { connection in
            let stored = try Self.targets(connection, key: target.key).first
            let known = try stored.map { try Self.findings(connection, $0.id) } ?? []
            guard let stored, var record = known.first(where: { $0.fingerprint == fingerprint }) else {
                throw HistoryError(.unusable, place, "\(target.name) has no finding \(fingerprint)")
            }
            change(&record)
            try Self.write([record], stored.id, connection)
        }
    }

    static func write(_ records: [FindingRecord], _ target: Int64, _ connection: any HistoryConnection) throws {
        for record in records {
            try connection.run(
                """
                INSERT INTO findings (target, fingerprint, state, first_seen, last_seen, body)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (target, fingerprint) DO UPDATE SET state = excluded.state, last_seen = excluded.last_seen,
                    body = excluded.body
                """,
                [
                    .integer(target), .text(record.fingerprint), .text(record.state.rawValue),
                    .integer(record.firstSeen.milliseconds), .integer(record.lastSeen.milliseconds),
                    .bytes(try Stored.encode(record)),
                ])
        }
    }

    /// A visit that did not reach its target.
    package func failed(_ target: HistoryTarget, error: String, at moment: Date) async throws {
        try await store.prepare(forMilliseconds: moment.milliseconds)
        try await store.write { connection in
            let known = try Self.identify(target, connection)
            try connection.run(
                "UPDATE targets SET failures = failures + 1, last_attempt = $1, last_error = $2 WHERE id = $3",
                [.integer(moment.milliseconds), .text(error), .integer(known.id)])
            guard known.failures == 0, known.lastSuccess != nil else { return }
            try Self.insert(
                [
                    .make {
                        $0.kind = .unreachable
                        $0.at = moment
                        $0.after = known.lastSuccess
                        $0.object = "server"
                        $0.now = error
                    }
                ], known.id, connection)
        }
    }

    /// What is known of a target, which is made when it is new.
    static func identify(_ target: HistoryTarget, _ connection: any HistoryConnection) throws -> StoredTarget {
        if let known = try targets(connection, key: target.key).first { return known }
        var next: Int64 = 1
        try connection.rows("SELECT coalesce(max(id), 0) + 1 FROM targets", []) { next = try $0.integer(0) ?? 1 }
        try connection.run(
            """
            INSERT INTO targets (id, key, name, system_identifier, address, database)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .integer(next), .text(target.key), .text(target.name), HistoryValue(target.systemIdentifier),
                .text(target.address), .text(target.database),
            ])
        return StoredTarget(id: next, key: target.key, target: target, failures: 0)
    }

    static func insert(_ changes: [HistoryChange], _ target: Int64, _ connection: any HistoryConnection) throws {
        for change in changes {
            let body = try Stored.encode(change)
            try connection.run(
                "INSERT INTO changes (target, at, hash, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                [
                    .integer(target), .integer(change.at.milliseconds),
                    .text(ContentHash.of(String(decoding: body, as: UTF8.self))), .bytes(body),
                ])
        }
    }
}

/// Small values as JSON, as the store keeps them. What cannot be read of it is damaged: `PackedReader.Damaged`.
enum Stored {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .millisecondsSince1970
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .millisecondsSince1970
        do { return try decoder.decode(type, from: Data(bytes)) } catch { throw PackedReader.Damaged() }
    }

    /// A text, deflated where that is shorter.
    static func pack(_ text: String) throws -> [UInt8] {
        let plain = Array(text.utf8)
        guard plain.count > 200 else { return plain }
        let packed = Array(try Gzip.compress(Data(plain)))
        return packed.count < plain.count ? packed : plain
    }

    static func unpack(_ bytes: [UInt8]) throws -> String {
        let data = Data(bytes)
        return String(decoding: Gzip.isCompressed(data) ? try inflate(data, limit: 1 << 26) : data, as: UTF8.self)
    }

    static func inflate(_ data: Data, limit: Int) throws -> Data {
        do { return try Gzip.decompress(data, limit: limit) } catch { throw PackedReader.Damaged() }
    }
}
