import History
import Synchronization

/// A few sessions, lent to one transaction each.
final class StoreSessions: Sendable {
    private struct State {
        var idle: [StoreSession] = []
        var made = 0
        var waiting: [CheckedContinuation<StoreSession?, Never>] = []
        var isClosed = false
    }

    private enum Found {
        case session(StoreSession)
        case none
        case mustWait
    }

    private let state = Mutex(State())
    private let limit: Int
    private let make: @Sendable () -> StoreSession

    init(limit: Int, make: @escaping @Sendable () -> StoreSession) {
        (self.limit, self.make) = (limit, make)
    }

    /// The one that was used last, else a new one; waits where all are lent.
    func borrow(_ place: String) async throws -> StoreSession {
        let session = await withCheckedContinuation { continuation in
            let found: Found = state.withLock { state in
                if state.isClosed { return .none }
                if let session = state.idle.popLast() { return .session(session) }
                if state.made < limit {
                    state.made += 1
                    return .session(make())
                }
                state.waiting.append(continuation)
                return .mustWait
            }
            switch found {
            case .session(let session): continuation.resume(returning: session)
            case .none: continuation.resume(returning: nil)
            case .mustWait: break
            }
        }
        guard let session else { throw HistoryError(.failed, place, "it is closed") }
        return session
    }

    func giveBack(_ session: StoreSession) {
        let next: CheckedContinuation<StoreSession?, Never>? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            if !state.isClosed { state.idle.append(session) }
            return nil
        }
        next?.resume(returning: session)
    }

    /// Those that are lent end with their last user.
    func close() async {
        let (idle, waiting) = state.withLock { state in
            defer { (state.idle, state.waiting, state.isClosed) = ([], [], true) }
            return (state.idle, state.waiting)
        }
        waiting.forEach { $0.resume(returning: nil) }
        for session in idle { await session.close() }
    }
}
