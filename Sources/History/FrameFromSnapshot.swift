import Foundation
import Model

extension Frame {
    /// The numbers of a snapshot that are followed over time.
    ///
    /// - Parameter describe: what the caller, who can read SQL and plans, knows of a statement.
    package init(_ snapshot: Snapshot, describe: (Statement) -> Facts = { Facts($0) }) {
        scope.databases = Set(snapshot.catalogs.map(\.database))
        takeUnread(snapshot.notes)
        takeServer(snapshot)
        for database in snapshot.databases where !database.isTemplate { take(database, in: snapshot) }
        if let statistics = snapshot.statementStatistics {
            for statement in statistics.statements where !statement.isOurs {
                take(statement)
                facts[Self.key(of: statement)] = describe(statement)
            }
        } else {
            scope.unread.insert(.statement)
        }
        for catalog in snapshot.catalogs { take(catalog) }
        takeReplication(snapshot)
        takeWaits(snapshot.activityProfile)
    }

    private mutating func takeUnread(_ notes: [CollectionNote]) {
        for note in notes where note.isTotal {
            switch note.evidence {
            case .statements: scope.unread.insert(.statement)
            case .databases: scope.unread.insert(.database)
            case .replicationSlots: scope.unread.insert(.slot)
            case .standbys: scope.unread.insert(.standby)
            case .sequences: scope.unread.insert(.sequence)
            case .relations, .indexes:
                let kind: SeriesKind = note.evidence == .relations ? .relation : .index
                if note.database == nil { scope.unread.insert(kind) }
                note.database.map { _ = scope.databases.remove($0) }
            default: break
            }
        }
    }

    private mutating func takeServer(_ snapshot: Snapshot) {
        let clients = snapshot.backends.filter { $0.isClient && !$0.isOurs }
        let connections = snapshot.settings.first { $0.name == "max_connections" }.flatMap { Int64($0.value) }
        let oldest = clients.compactMap(\.transactionStart).min()
        let checkpointer = snapshot.checkpointer
        values[SeriesKey(.server)] = [
            Int64(clients.count), Int64(clients.count { $0.state == "active" }),
            Int64(clients.count(where: \.isIdleInTransaction)), Int64(clients.count { $0.waitEventType == "Lock" }),
            connections ?? 0, snapshot.server.nextTransactionID ?? 0, checkpointer.timed, checkpointer.requested,
            micro(checkpointer.writeTime), micro(checkpointer.syncTime), checkpointer.buffersWritten,
            checkpointer.buffersCleaned, checkpointer.buffersBackend ?? 0, snapshot.wal?.records ?? 0,
            snapshot.wal?.bytes ?? 0, snapshot.wal?.fullPageImages ?? 0, snapshot.wal?.buffersFull ?? 0,
            snapshot.archiver?.archived ?? 0, snapshot.archiver?.failed ?? 0, snapshot.walDirectory?.size ?? 0,
            oldest.map { Int64(max(0, snapshot.takenAt.timeIntervalSince($0)) * 1000) } ?? 0,
            Int64(snapshot.preparedTransactions.count),
        ]
    }

    private mutating func take(_ database: Database, in snapshot: Snapshot) {
        let counters = database.counters
        values[SeriesKey(.database, database.name, in: database.name)] = [
            database.size ?? 0, Int64(snapshot.backends.count { $0.database == database.name && $0.isClient }),
            database.frozenXIDAge, database.multixactAge, counters.commits, counters.rollbacks, counters.blocksRead,
            counters.blocksHit, counters.tuplesReturned, counters.tuplesFetched, counters.tuplesInserted,
            counters.tuplesUpdated, counters.tuplesDeleted, counters.conflicts, counters.temporaryFiles,
            counters.temporaryBytes, counters.deadlocks, micro(counters.readTime), micro(counters.writeTime),
            micro(counters.activeTime), micro(counters.sessionTime), micro(counters.idleInTransactionTime),
            counters.sessions,
        ]
    }

    private mutating func take(_ statement: Statement) {
        let counters = statement.counters
        // calls × (σ² + mean²), by the definition of the variance.
        let squares =
            Double(counters.calls)
            * (statement.deviationOfTime * statement.deviationOfTime + statement.meanTime * statement.meanTime)
        values[Self.key(of: statement)] = [
            counters.calls, micro(counters.executionTime), counters.rows, micro(counters.planTime),
            counters.sharedBlocksHit, counters.sharedBlocksRead, counters.sharedBlocksDirtied,
            counters.sharedBlocksWritten, counters.temporaryBlocksRead, counters.temporaryBlocksWritten,
            micro(counters.readTime), micro(counters.writeTime), counters.walBytes, micro(counters.jitTime),
            micro(squares), micro(statement.maximumTime),
        ]
    }

    package static func key(of statement: Statement) -> SeriesKey {
        SeriesKey(
            .statement, String(statement.queryID), in: statement.database, role: statement.role,
            isTopLevel: statement.isTopLevel)
    }

    private mutating func take(_ catalog: DatabaseCatalog) {
        for relation in catalog.relations where isFollowed(relation) {
            let key = SeriesKey(.relation, relation.name.key, in: catalog.database)
            let counters = relation.counters
            values[key] = [
                relation.sizeOrEstimate, relation.toastSize ?? 0, Int64(clamping: relation.rows), relation.liveTuples,
                relation.deadTuples, relation.modifiedSinceAnalyze, relation.frozenXIDAge ?? 0,
                counters.sequentialScans, counters.sequentialTuplesRead, counters.indexScans, counters.inserted,
                counters.updated, counters.deleted, counters.hotUpdated, counters.vacuums, counters.autovacuums,
                counters.analyzes, counters.autoanalyzes, counters.heapBlocksRead, counters.heapBlocksHit,
                Int64(relation.columnCount ?? 0),
            ]
            facts[key] = Facts(relations: [relation.name.key])
        }
        for index in catalog.indexes where !index.isPartitioned && index.name.schema != "pg_toast" {
            let key = SeriesKey(.index, index.name.key, in: catalog.database)
            values[key] = [
                index.sizeOrEstimate, index.counters.scans, index.counters.tuplesRead, index.counters.tuplesFetched,
            ]
            facts[key] = Facts(relations: [index.relation.key], text: index.definition)
        }
        for sequence in catalog.sequences where !sequence.cycles {
            guard let value = sequence.lastValue else { continue }
            let limit = sequence.increment < 0 ? sequence.minimum : sequence.maximum
            values[SeriesKey(.sequence, sequence.name.key, in: catalog.database)] = [value, limit]
        }
    }

    private func isFollowed(_ relation: Relation) -> Bool {
        guard !relation.isSystem, relation.persistence != "t" else { return false }
        switch relation.kind {
        case .table, .materializedView: return true
        case .partitioned, .view, .foreign, .toast: return false
        }
    }

    private mutating func takeReplication(_ snapshot: Snapshot) {
        for slot in snapshot.replicationSlots {
            values[SeriesKey(.slot, slot.name)] = [slot.retainedBytes ?? 0, slot.isActive ? 1 : 0]
        }
        for standby in snapshot.standbys {
            let name = [standby.application, standby.client].compactMap(\.self).joined(separator: "@")
            values[SeriesKey(.standby, name)] = [standby.replayLag ?? 0, micro((standby.replayLagTime ?? 0) * 1000)]
        }
    }

    private mutating func takeWaits(_ profile: ActivityProfile?) {
        guard let profile, profile.readings > 0 else {
            scope.unread.insert(.wait)
            return
        }
        var sightings: [String: Int] = [:]
        for entry in profile.entries where !entry.activity.isIdle {
            let name = entry.activity.waitEventType.map { "\($0):\(entry.activity.waitEvent ?? "")" } ?? "CPU"
            sightings[name, default: 0] += entry.sightings
        }
        for (name, count) in sightings {
            values[SeriesKey(.wait, name)] = [Int64(count * 1000 / profile.readings), Int64(profile.readings)]
        }
    }

    /// Thousandths, within 64 bits; what is no number is 0.
    private func micro(_ value: Double) -> Int64 { Int64(clamping: value * 1000) }
}

extension Int64 {
    /// Of a number that may be too large, or none.
    init(clamping value: Double) {
        guard value.isFinite else {
            self = 0
            return
        }
        self = value >= 9.2e18 ? .max : value <= -9.2e18 ? .min : Int64(value.rounded())
    }
}

extension QualifiedName {
    /// With its schema, also `public`: what a series is called.
    fileprivate var key: String { "\(schema).\(name)" }
}
