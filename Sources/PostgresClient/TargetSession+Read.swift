import Foundation

extension TargetSession {
    /// Runs each query in a fence of its own within one READ ONLY transaction: one round trip for all.
    package func read(
        _ queries: [Query], settings: TransactionSettings = TransactionSettings(),
        deadline: ContinuousClock.Instant? = nil
    ) async -> [Result<Rows, QueryError>] {
        await read(queries.map { QueryGroup([$0]) }, settings: settings, deadline: deadline).map { $0[0] }
    }

    /// The same with several queries to a fence. Gives an outcome for every query of every group, clean-ups left out.
    package func read(
        _ groups: [QueryGroup], settings: TransactionSettings = TransactionSettings(),
        deadline: ContinuousClock.Instant? = nil
    ) async -> [[Result<Rows, QueryError>]] {
        let script = Script(groups, settings)
        let wire = self.wire
        let stop = self.stop
        let limit = deadline ?? .now + .seconds(settings.statementTimeout * Double(script.queries.count) + 5)
        count(roundTrips: 1, statements: script.queries.count)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                thread.enqueue {
                    var outcomes = groups.map { [Result<Rows, QueryError>?](repeating: nil, count: $0.queries.count) }
                    var refusal: QueryError?
                    wire.value.exchange(script.queries, until: limit) { index, outcome in
                        if let place = script.places[index] {
                            outcomes[place.group][place.query] = refusal.map { .failure($0) } ?? outcome
                        } else if index < script.preamble, case .failure(let error) = outcome {
                            refusal = refusal ?? error
                        }
                    }
                    let whole = outcomes.enumerated().map { group, results in
                        results.enumerated().map { index, result in
                            result
                                ?? .failure(
                                    QueryError(
                                        .refused, groups[group].queries[index].name,
                                        "it is not a statement that pgmedic sends"))
                        }
                    }
                    continuation.resume(returning: whole)
                }
            }
        } onCancel: {
            stop.raise()
        }
    }
}

/// The messages of one read, in order, and which of them are the caller's.
private struct Script {
    var queries: [Query] = []
    var places: [Int: (group: Int, query: Int)] = [:]
    /// How many of the first open the transaction.
    var preamble = 0

    init(_ groups: [QueryGroup], _ settings: TransactionSettings) {
        control("BEGIN READ ONLY")
        set("statement_timeout", String(Int(settings.statementTimeout * 1000)))
        set("lock_timeout", String(Int(settings.lockTimeout * 1000)))
        set("idle_in_transaction_session_timeout", String(Int(settings.statementTimeout * 2000)))
        control("SET LOCAL search_path = " + settings.searchPath)
        for (name, value) in settings.others { set(name, value) }
        preamble = queries.count
        for (index, group) in groups.enumerated() {
            guard group.queries.allSatisfy(\.isAllowed), group.cleanup.allSatisfy(\.isAllowed) else { continue }
            control("SAVEPOINT pgmedic")
            for (name, value) in group.settings { set(name, value) }
            for (position, query) in group.queries.enumerated() {
                places[queries.count] = (index, position)
                queries.append(query)
            }
            control("ROLLBACK TO SAVEPOINT pgmedic")
            for query in group.cleanup {
                queries.append(query)
                control("ROLLBACK TO SAVEPOINT pgmedic")
            }
        }
        control("ROLLBACK")
    }

    private mutating func control(_ sql: String) { queries.append(Query("transaction control", sql)) }

    private mutating func set(_ name: String, _ value: String) {
        control("SET LOCAL \(name) = '\(value.replacing("'", with: "''"))'")
    }
}
