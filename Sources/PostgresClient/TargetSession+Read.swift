import Foundation

extension TargetSession {
    /// Runs each query in a fence of its own within one READ ONLY transaction: one round trip for all.
    ///
    /// When the task is cancelled, the deadline passes, or the server falls silent, the server is told to stop, the session
    /// is closed, and what had come is given; the rest are failures.
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
        await read(groups, settings: settings, deadline: deadline) { $0 }
    }

    /// The same, with each result decoded on the session's thread as it comes and freed before the next is decoded.
    ///
    /// A `QueryError` that `decode` throws is that query's outcome.
    package func read<Value: Sendable>(
        _ groups: [QueryGroup], settings: TransactionSettings = TransactionSettings(),
        deadline: ContinuousClock.Instant? = nil, decode: @escaping @Sendable (Rows) throws -> Value
    ) async -> [[Result<Value, QueryError>]] {
        let script = Script(groups, settings, serverVersion: identity.serverVersion)
        let limits = Wire.Limits(
            deadline: deadline, silence: .seconds(settings.statementTimeout + Self.silenceBeyondTimeout))
        let wire = self.wire
        count(roundTrips: 1, statements: script.statementCount)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                thread.enqueue {
                    var outcomes = Outcomes<Value>(groups)
                    wire.value.exchange(script, within: limits) { command, outcome in
                        outcomes.take(outcome, of: command, decode)
                    }
                    continuation.resume(returning: outcomes.all)
                }
            }
        } onCancel: {
            stop.raise()
        }
    }

    /// s that a server may say nothing beyond `statement_timeout`, at which it would have spoken, before it counts as gone.
    private static var silenceBeyondTimeout: Double { 3 }
}

/// What came of the queries of a read.
private struct Outcomes<Value: Sendable> {
    private let groups: [QueryGroup]
    private var results: [[Result<Value, QueryError>?]]
    /// Why there was no transaction; every query was skipped then.
    private var refusal: QueryError?

    init(_ groups: [QueryGroup]) {
        self.groups = groups
        results = groups.map { [Result<Value, QueryError>?](repeating: nil, count: $0.queries.count) }
    }

    mutating func take(
        _ outcome: Result<Rows, QueryError>, of command: Script.Command, _ decode: (Rows) throws -> Value
    ) {
        guard let place = command.place else {
            // Later ones of ours fail when the first did: the first tells why.
            if case .failure(let error) = outcome, error.kind != .skipped { refusal = refusal ?? error }
            return
        }
        let query = command.query.name
        results[place.group][place.query] = outcome.flatMap { rows in
            do {
                return .success(try decode(rows))
            } catch let error as QueryError {
                return .failure(error)
            } catch {
                return .failure(QueryError(.decoding, query, String(describing: error)))
            }
        }
        if case .failure(let error) = outcome, error.kind == .skipped, place.query == 0, var refusal {
            refusal.query = query
            results[place.group][place.query] = .failure(refusal)
        }
    }

    var all: [[Result<Value, QueryError>]] {
        zip(groups, results).map { group, results in
            zip(group.queries, results).map { query, result in
                result
                    ?? .failure(
                        QueryError(
                            .refused, query.name,
                            "not sent: only SELECT, EXPLAIN without ANALYZE, PREPARE and DEALLOCATE reach a server"))
            }
        }
    }
}
