import CLibpq
import Foundation
import PostgresClient

/// A libpq connection to our own database, made when it is needed; confined to its `SessionThread`.
///
/// Only statements with parameters and no prepared ones: it works through a pooler in transaction mode.
final class StoreWire {
    /// s that the server may say nothing beyond its own time limit, as `TargetSession` has it.
    private static let silenceBeyondTimeout = 3.0

    /// It idles for minutes between two sweeps: a firewall must not forget it, and one that is dead must be known as lost within
    /// half a minute, ms (libpq's manual, "Parameter Key Words").
    private static let keepingAlive = [
        ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "30000"),
    ]

    let place: String
    private let target: ConnectionTarget
    private let statementSeconds: Double
    private let notices = NoticeLog()
    private var connection: OpaquePointer?
    /// Ends a wait when its task was cancelled.
    var stop = StopSignal()

    /// - Parameter statementSeconds: what the server may need for a statement.
    init(_ target: ConnectionTarget, _ place: String, statementSeconds: Double) {
        (self.target, self.place, self.statementSeconds) = (target, place, statementSeconds)
    }

    deinit { close() }

    var isOpen: Bool { connection != nil }

    func close() {
        if let connection { PQfinish(connection) }
        connection = nil
    }

    /// - Throws: `ConnectionError`.
    func connect() throws {
        guard connection == nil else { return }
        let parameters = target.parameters + Self.keepingAlive
        let keywords = parameters.map { strdup($0.0) }
        let values = parameters.map { strdup($0.1) }
        defer { (keywords + values).forEach { free($0) } }
        let made = PQconnectdbParams(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
        guard let made else { throw ConnectionError(.cannotReach, "out of memory") }
        guard PQstatus(made) == CONNECTION_OK else {
            defer { PQfinish(made) }
            throw ConnectionError(made)
        }
        notices.listen(to: made)
        PQsetnonblocking(made, 1)
        connection = made
    }

    /// 150020; 0 without a connection.
    var serverVersion: Int { connection.map { Int(PQserverVersion($0)) } ?? 0 }

    /// What the server told of itself: `server_encoding`.
    func told(_ name: String) -> String? {
        connection.flatMap { PQparameterStatus($0, name) }.map { String(cString: $0) }
    }

    /// Statements without values and without rows, in one round trip.
    func run(_ script: String) throws(StoreFailure) {
        guard let connection, PQsendQuery(connection, script) == 1 else { throw lose() }
        while let result = try next() { PQclear(result) }
    }

    func send(_ sql: String, _ parameters: StoreParameters) throws(StoreFailure) {
        guard let connection, parameters.send(sql, on: connection) else { throw lose() }
    }

    func readRowByRow() {
        if let connection { PQsetSingleRowMode(connection) }
    }

    /// The next result, which the caller clears; nil ends a statement's. After a failure there is none to wait for.
    func next() throws(StoreFailure) -> OpaquePointer? {
        guard let result = try answer() else { return nil }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE: return result
        default: break
        }
        let failure = StoreFailure(QueryError("history", result))
        PQclear(result)
        guard failure.kind == .refused else {
            close()
            throw failure
        }
        while let rest = try answer() { PQclear(rest) }
        throw failure
    }

    private func answer() throws(StoreFailure) -> OpaquePointer? {
        let silence = Duration.seconds(statementSeconds + Self.silenceBeyondTimeout)
        var deadline = ContinuousClock.now + silence
        while let connection {
            let unsent = PQflush(connection)
            guard unsent >= 0, PQstatus(connection) == CONNECTION_OK else { throw lose() }
            if PQisBusy(connection) == 0 && unsent == 0 { return PQgetResult(connection) }
            switch stop.wait(for: PQsocket(connection), toWrite: unsent > 0, until: deadline) {
            case .ready:
                guard PQconsumeInput(connection) == 1 else { throw lose() }
                deadline = .now + silence
            case .deadline:
                throw abandon(
                    connection,
                    StoreFailure(.silent, "the server did not answer within \(silence.components.seconds) s"))
            case .stopped: throw abandon(connection, StoreFailure(.cancelled, "cancelled"))
            }
        }
        throw lose()
    }

    private func lose() -> StoreFailure {
        let words = connection.map { String(cString: PQerrorMessage($0)) } ?? ""
        close()
        return StoreFailure(.lost, words.split(separator: "\n").first.map(String.init) ?? "no reason given")
    }

    /// As `Wire` does it: a word to the server, and the socket is closed.
    private func abandon(_ connection: OpaquePointer, _ failure: StoreFailure) -> StoreFailure {
        Cancellation.send(for: connection, waitingAtMost: 1)
        close()
        return failure
    }
}
