import CLibpq
import Foundation

/// One libpq connection; confined to its `SessionThread`.
final class Wire {
    struct Step {
        var query: Query
    }

    private(set) var connection: OpaquePointer?
    private let stop: StopSignal
    /// The last that was heard: why the connection is gone.
    private(set) var lossReason = "the connection was closed"
    private var lossKind = QueryError.Kind.connectionLost

    init(_ connection: OpaquePointer, stop: StopSignal) {
        self.connection = connection
        self.stop = stop
        PQsetnonblocking(connection, 1)
    }

    deinit { close() }

    var isOpen: Bool { connection.map { PQstatus($0) == CONNECTION_OK } ?? false }

    func close() {
        if let connection { PQfinish(connection) }
        connection = nil
    }

    /// Sends all in one flush, a Sync after each, and reads what comes back: one round trip. `receive` gets an outcome
    /// for every query, in order, as it arrives; once the connection is gone or the deadline passed, failures.
    func exchange(
        _ queries: [Query], until deadline: ContinuousClock.Instant, receive: (Int, Result<Rows, QueryError>) -> Void
    ) {
        var received = 0
        if let connection, isOpen, PQenterPipelineMode(connection) == 1 {
            let sent = queries.prefix { send($0, on: connection) }.count
            while received < sent, let outcome = outcome(of: queries[received], on: connection, until: deadline) {
                receive(received, outcome)
                received += 1
            }
            if isOpen { PQexitPipelineMode(connection) }
        }
        while received < queries.count {
            receive(received, .failure(QueryError(lossKind, queries[received].name, lossReason)))
            received += 1
        }
    }

    private func send(_ query: Query, on connection: OpaquePointer) -> Bool {
        let values = query.parameters.map { $0.map { strdup($0) } ?? nil }
        defer { values.forEach { free($0) } }
        let pointers = values.map { UnsafePointer($0) }
        return PQsendQueryParams(connection, query.sql, Int32(pointers.count), nil, pointers, nil, nil, 0) == 1
            && PQpipelineSync(connection) == 1
    }

    /// nil: the connection is gone.
    private func outcome(
        of query: Query, on connection: OpaquePointer, until deadline: ContinuousClock.Instant
    ) -> Result<Rows, QueryError>? {
        var outcome: Result<Rows, QueryError>?
        while true {
            guard waitForResult(on: connection, until: deadline) else { return nil }
            guard let result = PQgetResult(connection) else { continue }
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                PQclear(result)
                return outcome ?? .failure(QueryError(.other, query.name, "no answer before Sync"))
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                outcome = .success(Rows(result, query: query.name))
            case PGRES_PIPELINE_ABORTED:
                PQclear(result)
            default:
                let error = QueryError(query.name, result)
                PQclear(result)
                outcome = outcome ?? .failure(error)
                if !isOpen { return lost(error.message) }
            }
        }
    }

    /// Until `PQgetResult` would not block. false: the connection is gone or the deadline passed.
    private func waitForResult(on connection: OpaquePointer, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let unsent = PQflush(connection)
            if unsent < 0 { return lost(message(connection)) != nil }
            if PQisBusy(connection) == 0 && unsent == 0 { return true }
            let socket = PQsocket(connection)
            guard socket >= 0 else { return lost(message(connection)) != nil }
            switch stop.wait(for: socket, toWrite: unsent > 0, until: deadline) {
            case .ready:
                if PQconsumeInput(connection) == 0 { return lost(message(connection)) != nil }
            case .deadline:
                abandon(connection, .timeout, "the time was up before the server answered")
                return false
            case .stopped:
                abandon(connection, .cancelled, "cancelled")
                return false
            }
        }
    }

    private func lost(_ reason: String) -> Result<Rows, QueryError>? {
        lossReason = "the connection was lost: " + reason
        lossKind = .connectionLost
        close()
        return nil
    }

    private func message(_ connection: OpaquePointer) -> String {
        String(cString: PQerrorMessage(connection)).split(separator: "\n").first.map(String.init) ?? "no reason given"
    }

    /// Tells the server to stop (on a thread of its own: PQcancel blocks), waits for its word at most 1 s, closes.
    private func abandon(_ connection: OpaquePointer, _ kind: QueryError.Kind, _ reason: String) {
        lossKind = kind
        lossReason = reason
        Cancellation.send(for: connection, waitingAtMost: 1)
        close()
    }
}
