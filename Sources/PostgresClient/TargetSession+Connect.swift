import CLibpq
import Foundation
import Synchronization

/// A value that only one thread touches.
package struct Confined<Value>: @unchecked Sendable {
    // Each is used by closures of one SessionThread only.
    package let value: Value

    package init(value: Value) { self.value = value }
}

extension TargetSession {
    /// Connects on the session's own thread: libpq's connecting blocks, in DNS too.
    ///
    /// - Throws: `ConnectionError`.
    package static func connect(_ target: ConnectionTarget, within seconds: Double = 30) async throws -> TargetSession {
        let thread = SessionThread()
        let answer = Answer<TargetSession>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                answer.await(continuation)
                DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
                    answer.give(
                        .failure(
                            ConnectionError(
                                .timedOut,
                                "the server did not let us in within \(seconds.formatted()) s; is it reachable, and not overloaded?"
                            )))
                }
                thread.enqueue {
                    do {
                        let (stop, notices) = (StopSignal(), NoticeLog())
                        let (wire, identity) = try open(target, stop, notices)
                        let session = TargetSession(
                            identity: identity, thread: thread, stop: stop, wire: wire, notices: notices)
                        answer.give(.success(session))
                    } catch {
                        thread.close()
                        answer.give(.failure(error))
                    }
                }
            }
        } onCancel: {
            answer.give(.failure(ConnectionError(.cancelled, "cancelled while connecting")))
        }
    }

    private static func open(
        _ target: ConnectionTarget, _ stop: StopSignal, _ notices: NoticeLog
    ) throws -> (Confined<Wire>, Identity) {
        let parameters = target.parameters
        let keywords = parameters.map { strdup($0.0) }
        let values = parameters.map { strdup($0.1) }
        defer { (keywords + values).forEach { free($0) } }
        let connection = PQconnectdbParams(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
        guard let connection else { throw ConnectionError(.cannotReach, "out of memory") }
        guard PQstatus(connection) == CONNECTION_OK else {
            defer { PQfinish(connection) }
            throw ConnectionError(connection)
        }
        let parameter = { (name: String) in PQparameterStatus(connection, name).map { String(cString: $0) } }
        let version = Int(PQserverVersion(connection))
        guard
            String(cString: PQdb(connection)) != "pgbouncer"
                || version >= 90000 && parameter("integer_datetimes") != nil && parameter("is_superuser") != nil
        else {
            PQfinish(connection)
            throw ConnectionError(
                .adminConsole, "this is PgBouncer's admin console, not a database; name a database in the DSN")
        }
        var identity = Identity()
        identity.serverVersion = version
        identity.host = String(cString: PQhost(connection))
        identity.port = Int(String(cString: PQport(connection))) ?? 0
        identity.database = String(cString: PQdb(connection))
        identity.role = String(cString: PQuser(connection))
        identity.isSuperuser = parameter("is_superuser") == "on"
        identity.usesTLS = PQsslInUse(connection) == 1
        identity.backendPID = Int(PQbackendPID(connection))
        return (Confined(value: Wire(connection, stop: stop, notices: notices)), identity)
    }

    func count(roundTrips: Int, statements: Int) {
        counts.withLock {
            $0.roundTrips += roundTrips
            $0.statements += statements
        }
    }
}

/// A continuation that is resumed by whoever is first.
private final class Answer<Value: Sendable>: Sendable {
    private let state = Mutex<
        (continuation: CheckedContinuation<Value, any Error>?, early: Result<Value, any Error>?, isGiven: Bool)
    >((nil, nil, false))

    func await(_ continuation: CheckedContinuation<Value, any Error>) {
        let early = state.withLock { state in
            if state.early == nil { state.continuation = continuation }
            return state.early
        }
        if let early { continuation.resume(with: early) }
    }

    func give(_ result: Result<Value, any Error>) {
        let continuation: CheckedContinuation<Value, any Error>? = state.withLock { state in
            guard !state.isGiven else { return nil }
            state.isGiven = true
            if state.continuation == nil { state.early = result }
            return state.continuation
        }
        continuation?.resume(with: result)
    }
}
