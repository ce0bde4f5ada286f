import PostgresClient

/// A session with a lab's server. It may do whatever its role may; no server under diagnosis is ever reached by one.
final class LabSession: Sendable {
    private let thread: SessionThread
    private let wire: Confined<LabWire>

    private init(thread: SessionThread, wire: Confined<LabWire>) {
        self.thread = thread
        self.wire = wire
    }

    deinit {
        let wire = self.wire
        thread.enqueue { wire.value.close() }
        thread.close()
    }

    /// - Throws: `LabRefusal`.
    static func open(folder: String, database: String, role: String) async throws -> LabSession {
        let thread = SessionThread()
        do {
            let wire = try await withCheckedThrowingContinuation { continuation in
                thread.enqueue {
                    continuation.resume(
                        with: Result {
                            Confined<LabWire>(value: try LabWire(folder: folder, database: database, role: role))
                        })
                }
            }
            return LabSession(thread: thread, wire: wire)
        } catch {
            thread.close()
            throw error
        }
    }

    /// Work on the connection, on its own thread.
    func perform<Value: Sendable>(_ work: @escaping @Sendable (LabWire) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            thread.enqueue { [wire] in
                continuation.resume(with: Result { try work(wire.value) })
            }
        }
    }

    @discardableResult
    func rows(_ sql: String, _ parameters: [String?] = []) async throws -> [[String?]] {
        try await perform { try $0.rows(sql, parameters) }
    }

    func close() async {
        await withCheckedContinuation { continuation in
            thread.enqueue { [wire] in
                wire.value.close()
                continuation.resume()
            }
        }
    }
}
