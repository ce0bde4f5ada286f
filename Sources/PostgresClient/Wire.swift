import CLibpq
import Foundation

/// One libpq connection in pipeline mode; confined to its `SessionThread`.
final class Wire {
    struct Limits {
        var deadline: ContinuousClock.Instant?
        /// How long the server may send nothing at all.
        var silence: Duration
    }

    typealias Receive = (Script.Command, Result<Rows, QueryError>) -> Void

    private var connection: OpaquePointer?
    private let stop: StopSignal
    private let notices: NoticeLog
    /// Why the connection is gone, once it is.
    private var loss = (kind: QueryError.Kind.connectionLost, reason: "the session is closed")
    /// The server's own word before it hung up.
    private var farewell: String?

    init(_ connection: OpaquePointer, stop: StopSignal, notices: NoticeLog) {
        self.connection = connection
        self.stop = stop
        self.notices = notices
        notices.listen(to: connection)
        PQsetnonblocking(connection, 1)
    }

    deinit { close() }

    func close() {
        if let connection { PQfinish(connection) }
        connection = nil
    }

    /// Sends all in one flush and reads what comes back: one round trip. `receive` gets an outcome for every command, in
    /// order, as it arrives; once the connection is gone, failures.
    func exchange(_ script: Script, within limits: Limits, receive: Receive) {
        if let connection {
            if send(script, on: connection) {
                for segment in script.segments {
                    guard self.connection != nil else {
                        fail(segment[...], receive)
                        continue
                    }
                    let heard = read(segment, on: connection, within: limits, receive)
                    fail(segment.dropFirst(heard), receive)
                }
                if self.connection != nil { PQexitPipelineMode(connection) }
                return
            }
            lose(message(connection))
        }
        for segment in script.segments { fail(segment[...], receive) }
    }

    private func fail(_ commands: ArraySlice<Script.Command>, _ receive: Receive) {
        for command in commands { receive(command, .failure(QueryError(loss.kind, command.query.name, loss.reason))) }
    }

    private func send(_ script: Script, on connection: OpaquePointer) -> Bool {
        guard PQenterPipelineMode(connection) == 1 else { return false }
        // PQpipelineSync pushes after each segment (libpq 15): without the cork, a packet for each.
        cork(connection, true)
        defer { cork(connection, false) }
        return script.segments.allSatisfy { segment in
            segment.allSatisfy { send($0.query, on: connection) } && PQpipelineSync(connection) == 1
        }
    }

    private func cork(_ connection: OpaquePointer, _ isOn: Bool) {
        #if os(Linux)
            var value: Int32 = isOn ? 1 : 0
            // Fails on a unix socket, where there are no packets to save.
            setsockopt(
                PQsocket(connection), Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
        #endif
    }

    private func send(_ query: Query, on connection: OpaquePointer) -> Bool {
        let values = query.parameters.map { $0.map { strdup($0) } ?? nil }
        defer { values.forEach { free($0) } }
        let pointers = values.map { UnsafePointer($0) }
        return PQsendQueryParams(connection, query.sql, Int32(pointers.count), nil, pointers, nil, nil, 0) == 1
    }

    /// Reads up to the segment's Sync; how many of its commands got an outcome.
    private func read(
        _ segment: [Script.Command], on connection: OpaquePointer, within limits: Limits, _ receive: Receive
    ) -> Int {
        var heard = 0
        while wait(for: connection, within: limits) {
            // nil ends a command's results; the next call goes on to the next command.
            guard let result = PQgetResult(connection) else { continue }
            let status = PQresultStatus(result)
            if status == PGRES_PIPELINE_SYNC {
                PQclear(result)
                return heard
            }
            guard heard < segment.count else {
                note(QueryError("session", result))
                PQclear(result)
                continue
            }
            receive(segment[heard], outcome(status, result, of: segment[heard].query))
            heard += 1
        }
        return heard
    }

    private func outcome(
        _ status: ExecStatusType, _ result: OpaquePointer, of query: Query
    ) -> Result<Rows, QueryError> {
        switch status {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK: return .success(Rows(result, query: query.name))
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            return .failure(QueryError(.skipped, query.name, "skipped: what comes before it in its group failed"))
        default:
            defer { PQclear(result) }
            let error = QueryError(query.name, result)
            note(error)
            return .failure(error)
        }
    }

    private func note(_ error: QueryError) {
        if error.kind == .connectionLost { farewell = error.message }
    }

    /// Until `PQgetResult` would not block. false: the connection is gone.
    private func wait(for connection: OpaquePointer, within limits: Limits) -> Bool {
        var silent = ContinuousClock.now + limits.silence
        while true {
            let deadline = limits.deadline.map { min($0, silent) } ?? silent
            let unsent = PQflush(connection)
            guard unsent >= 0, PQstatus(connection) == CONNECTION_OK else { return lose(message(connection)) }
            if PQisBusy(connection) == 0 && unsent == 0 { return true }
            switch stop.wait(for: PQsocket(connection), toWrite: unsent > 0, until: deadline) {
            case .ready:
                guard PQconsumeInput(connection) == 1 else { return lose(message(connection)) }
                silent = .now + limits.silence
            case .deadline:
                let isSilence = deadline == silent
                return abandon(
                    connection, .timeout,
                    isSilence
                        ? "the server did not answer within \(limits.silence.components.seconds) s"
                        : "the time was up before the server answered")
            case .stopped:
                return abandon(connection, .cancelled, "cancelled")
            }
        }
    }

    @discardableResult
    private func lose(_ reason: String) -> Bool {
        loss = (.connectionLost, "the connection was lost: " + (farewell ?? reason))
        close()
        return false
    }

    private func message(_ connection: OpaquePointer) -> String {
        String(cString: PQerrorMessage(connection)).split(separator: "\n").first.map(String.init) ?? "no reason given"
    }

    /// Tells the server to stop, waits at most 1 s for that to be heard, and closes: through PgBouncer a cancel of a queued
    /// client is answered and does nothing, a closed socket does.
    private func abandon(_ connection: OpaquePointer, _ kind: QueryError.Kind, _ reason: String) -> Bool {
        loss = (kind, reason)
        Cancellation.send(for: connection, waitingAtMost: 1)
        close()
        return false
    }
}
