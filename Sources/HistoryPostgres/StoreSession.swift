import Foundation
import History
import PostgresClient

/// A session with our own database: it writes, and knows no server under diagnosis. Only this module can make one, and nothing
/// takes it for a `TargetSession` or the other way round.
final class StoreSession: Sendable {
    enum Mode: Sendable {
        case reading
        /// What was read stays as it was; who changes what another has changed fails and is run again.
        case writing
        /// Sees each statement's own moment: for what is done under a lock.
        case locking

        fileprivate var begin: String {
            switch self {
            case .reading: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            case .writing: "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"
            case .locking: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
            }
        }
    }

    /// How often a transaction is run that meets another's.
    private static let attempts = 5
    /// After the first time it runs while others may not write: of many who add a target at once, each time but one would meet
    /// another. LOCK comes before the snapshot is taken (PostgreSQL's manual, "LOCK"); where a distributed PostgreSQL has none
    /// of this kind, it goes without.
    private static let alone = "; LOCK TABLE targets IN SHARE ROW EXCLUSIVE MODE"

    /// s in a lock queue.
    private static let lockSeconds = 10
    /// s between two statements, after which the server ends a session whose program stands still with locks in its hands.
    private static let idleSeconds = 300

    private let thread = SessionThread()
    private let wire: Confined<StoreWire>
    private let settings: String

    /// - Parameter schema: as an identifier.
    init(_ target: ConnectionTarget, schema: String, place: String, statementSeconds: Double) {
        wire = Confined(value: StoreWire(target, place, statementSeconds: statementSeconds))
        settings = """
            ; SET LOCAL search_path TO \(schema), pg_temp; SET LOCAL lock_timeout = '\(Self.lockSeconds)s';
            SET LOCAL statement_timeout = \(Int(statementSeconds * 1000)); SET LOCAL client_min_messages = warning;
            SET LOCAL idle_in_transaction_session_timeout = '\(Self.idleSeconds)s'
            """
    }

    deinit {
        let wire = self.wire
        thread.enqueue { wire.value.close() }
        thread.close()
    }

    /// One transaction, run again when it met another's, or when the connection was lost before its end.
    ///
    /// - Throws: `HistoryError`, `CancellationError`, or what `work` throws.
    func transaction<Value: Sendable>(
        _ mode: Mode, _ work: @escaping @Sendable (StoreConnection, StoreWire) throws -> Value
    ) async throws -> Value {
        let stop = StopSignal()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                thread.enqueue { [wire, settings] in
                    continuation.resume(with: Result { try Self.run(wire.value, mode, settings, stop, work) })
                }
            }
        } onCancel: {
            stop.raise()
        }
    }

    func close() async {
        await withCheckedContinuation { continuation in
            thread.enqueue { [wire] in
                wire.value.close()
                continuation.resume()
            }
        }
    }

    private static func run<Value>(
        _ wire: StoreWire, _ mode: Mode, _ settings: String, _ stop: StopSignal,
        _ work: (StoreConnection, StoreWire) throws -> Value
    ) throws -> Value {
        var (attempt, mayReconnect, mayLock) = (1, true, mode == .writing)
        while true {
            do {
                let begin = mode.begin + settings + (attempt > 1 && mayLock ? alone : "")
                return try once(wire, begin, stop, work)
            } catch let failure as StoreFailure {
                switch failure.kind {
                case .cancelled: throw CancellationError()
                case .lost where mayReconnect: mayReconnect = false
                // feature_not_supported
                case .refused where failure.sqlState == "0A000" && mayLock && attempt > 1: mayLock = false
                case .refused where failure.metAnother && attempt < attempts:
                    // Growing, and not the same for two that met.
                    usleep(UInt32.random(in: 0..<(10_000 << UInt32(attempt))))
                    attempt += 1
                default: throw failure.told(wire.place)
                }
            }
        }
    }

    private static func once<Value>(
        _ wire: StoreWire, _ begin: String, _ stop: StopSignal,
        _ work: (StoreConnection, StoreWire) throws -> Value
    ) throws -> Value {
        do {
            try wire.connect()
        } catch let error as ConnectionError {
            throw HistoryError(error, wire.place)
        }
        wire.stop = stop
        do {
            try wire.run(begin)
        } catch {
            try? wire.run("ROLLBACK")
            throw error
        }
        let connection = StoreConnection(wire)
        let outcome = Result { try work(connection, wire) }
        // The end is not cut short: what was done is kept or given up, and which of them is known.
        wire.stop = StopSignal()
        if let failure = connection.failure {
            try? wire.run("ROLLBACK")
            // Its own word, unless it was its own doing that a retry would not mend.
            if case .failure(let error) = outcome, failure.kind == .refused, !failure.metAnother { throw error }
            throw failure
        }
        switch outcome {
        case .failure(let error):
            try? wire.run("ROLLBACK")
            throw error
        case .success(let value):
            do {
                try wire.run("COMMIT")
            } catch {
                throw error.kind == .refused ? error : StoreFailure(.uncertain, error.message)
            }
            return value
        }
    }
}
