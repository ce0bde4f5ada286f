import Model
import PostgresClient
import Queries

/// Bloat measured with pgstattuple: only when the user asks, since it reads much.
extension Collector {
    /// Bytes that all measurements together may read.
    package static let measuringBudget: Int64 = 8 << 30
    /// Tables and indexes that are measured at most.
    package static let measuringLimit = 50

    /// Measures the suspects of the target's database, in their order, one after the other through a session of its own, and
    /// puts what it found into the snapshot. Each has a transaction of its own, so that none holds the xmin horizon for long.
    ///
    /// What was left unmeasured is noted: for want of the extension, of time, of bytes, or since it is locked.
    package static func measure(
        _ suspects: [BloatSuspect], in snapshot: Snapshot, _ target: ConnectionTarget, options: CollectionOptions,
        progress: (@Sendable (CollectionStep) -> Void)? = nil
    ) async -> Snapshot {
        var visit = Visit(options, progress: progress)
        visit.snapshot = snapshot
        guard let place = snapshot.catalogs.firstIndex(where: { $0.database == snapshot.server.database }) else {
            return snapshot
        }
        guard let schema = snapshot.catalogs[place].extensions.first(where: { $0.name == "pgstattuple" })?.schema else {
            visit.note(
                .extensionMissing,
                "Bloat was not measured: pgstattuple is not in database \(snapshot.server.database).",
                remedy: "CREATE EXTENSION pgstattuple;")
            return visit.snapshot
        }
        guard !suspects.isEmpty else { return visit.snapshot }
        let session: Session
        do {
            session = try await Session.open(target, within: visit.remaining)
        } catch {
            visit.note(.failed, "Bloat was not measured: the server could not be reached again: \(error).")
            return visit.snapshot
        }
        visit.snapshot.cost.sessions += 1
        await visit.measure(suspects, schema: schema, at: place, on: session)
        await session.close()
        return visit.snapshot
    }
}

extension Visit {
    fileprivate mutating func measure(
        _ suspects: [BloatSuspect], schema: String, at place: Int, on session: Session
    ) async {
        var budget = Collector.measuringBudget
        var left: [(name: QualifiedName, why: String)] = []
        for (number, suspect) in suspects.enumerated() {
            guard number < Collector.measuringLimit else {
                left.append((suspect.name, "\(Collector.measuringLimit) are measured at most"))
                continue
            }
            guard suspect.cost <= budget else {
                left.append((suspect.name, "\(Quantity.bytes(Collector.measuringBudget)) are read at most"))
                continue
            }
            guard remaining > .zero, !Task.isCancelled else {
                left.append((suspect.name, "the time allowed was over"))
                continue
            }
            progress?(.measuring(number + 1, of: min(suspects.count, Collector.measuringLimit)))
            budget -= suspect.cost
            if let why = await measure(suspect, schema: schema, at: place, on: session) {
                left.append((suspect.name, why))
            }
        }
        guard let first = left.first else { return }
        note(
            .limit,
            "Bloat of \(Quantity.count(suspects.count - left.count)) of \(Quantity.plural(suspects.count, "suspect")) was measured; "
                + "not measured: \(left.prefix(3).map(\.name.description).joined(separator: ", "))"
                + "\(left.count > 3 ? " and \(left.count - 3) more" : "") (\(first.why)).")
    }

    /// Why it could not be measured; nil when it was.
    private mutating func measure(
        _ suspect: BloatSuspect, schema: String, at place: Int, on session: Session
    ) async -> String? {
        let query = suspect.isIndex ? CatalogQuery.indexFill : .heapFill
        let variables = [
            CatalogQuery.Variable.identifier("schema", schema), .number("relation", Int(suspect.oid)),
        ]
        guard let sql = try? query.sql(forMajor: snapshot.server.version.major, variables: variables) else {
            return "this version has no query for it"
        }
        let results = await session.read([Query(query.rawValue, sql), Self.timeQuery], within: limits)
        snapshot.cost.probeRoundTrips += 1
        snapshot.cost.statements += 2
        count(results.last)
        switch results[0] {
        case .failure(let failure): return failure.sentence
        case .success(let rows):
            guard let row = rows.first else { return "it is gone" }
            if suspect.isIndex {
                guard let index = snapshot.catalogs[place].indexes.firstIndex(where: { $0.oid == suspect.oid }) else {
                    return nil
                }
                snapshot.catalogs[place].indexes[index].measuredFill = try? MeasuredFill(row)
            } else if let table = snapshot.catalogs[place].relations.firstIndex(where: { $0.oid == suspect.oid }) {
                snapshot.catalogs[place].relations[table].measuredSpace = try? MeasuredSpace(row)
            }
            return nil
        }
    }

    /// The snapshot is finished: what is noted now goes to its notes.
    fileprivate mutating func note(_ reason: CollectionNote.Reason, _ text: String, remedy: String? = nil) {
        snapshot.notes.append(
            CollectionNote(
                .relations, reason, database: snapshot.server.database, isTotal: false, text, remedy: remedy))
    }
}
