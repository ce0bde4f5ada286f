import CLibpq
import History
import PostgresClient

/// Our own database within one transaction.
final class StoreConnection: HistoryConnection {
    private let wire: StoreWire
    /// The first that failed: the server has given the transaction up then, whatever was made of the error.
    private(set) var failure: StoreFailure?
    /// The reading whose rows still come over the wire.
    private var reading: Reading?

    /// Rows that came before they were asked for.
    private final class Reading {
        var early: [OpaquePointer] = []
        var isWhole = false

        deinit { early.forEach { PQclear($0) } }
    }

    init(_ wire: StoreWire) { self.wire = wire }

    @discardableResult
    func run(_ sql: String, _ values: [HistoryValue]) throws -> Int {
        try takeInOpenReading()
        let parameters = try StoreParameters(values, wire.place)
        return try noting {
            try wire.send(sql, parameters)
            var written = 0
            while let result = try wire.next() {
                defer { PQclear(result) }
                if PQresultStatus(result) == PGRES_COMMAND_OK { written += Self.written(result) }
            }
            return written
        }
    }

    func rows(_ sql: String, _ values: [HistoryValue], _ take: (any HistoryRow) throws -> Void) throws {
        try takeInOpenReading()
        let parameters = try StoreParameters(values, wire.place)
        let mine = Reading()
        try noting {
            try wire.send(sql, parameters)
            wire.readRowByRow()
        }
        reading = mine
        // A caller who has seen enough leaves rows on the wire, which the next statement would run into.
        defer { if reading === mine { try? takeInOpenReading(keeping: false) } }
        while let result = try next(mine) {
            defer { PQclear(result) }
            try take(StoreRow(result: result, place: wire.place))
        }
    }

    private func next(_ reading: Reading) throws -> OpaquePointer? {
        if !reading.early.isEmpty { return reading.early.removeFirst() }
        while !reading.isWhole {
            if let row = try noting({ try nextRow(reading) }) { return row }
        }
        return nil
    }

    /// nil: that was no row.
    private func nextRow(_ reading: Reading) throws -> OpaquePointer? {
        do {
            guard let result = try wire.next() else {
                reading.isWhole = true
                self.reading = nil
                return nil
            }
            if PQresultStatus(result) == PGRES_SINGLE_TUPLE { return result }
            PQclear(result)
            return nil
        } catch {
            reading.isWhole = true
            self.reading = nil
            throw error
        }
    }

    /// A connection does one thing at a time: what a reading has yet to bring is kept, or dropped, before the next statement.
    private func takeInOpenReading(keeping: Bool = true) throws {
        guard let open = reading else { return }
        while !open.isWhole {
            guard let row = try noting({ try nextRow(open) }) else { continue }
            if keeping { open.early.append(row) } else { PQclear(row) }
        }
    }

    private func noting<Result>(_ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch let error as StoreFailure {
            if failure == nil { failure = error }
            throw error.told(wire.place)
        }
    }

    /// "INSERT 0 3", "UPDATE 3"; a SELECT has written none.
    private static func written(_ result: OpaquePointer) -> Int {
        PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }
}
