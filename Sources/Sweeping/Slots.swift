import Foundation
import Synchronization

/// Places for visits that run at a time. One that waits for a server that does not answer gives its place back, and runs on:
/// a dead or slow target delays no other. One whose server was read gives it back too: while it is judged, which takes our CPU and
/// none of the server's, the next is visited.
package final class Slots: Sendable {
    /// s without a connection after which a place is given back: a connection takes some milliseconds on a local network and a
    /// second over a bad line.
    package static let patienceToConnect = 2.0
    /// s after which any visit gives its place back: most are done in one or two.
    package static let patience = 10.0
    /// Visits in flight, those that gave their place back among them, to a place: each has a thread and a socket.
    private static let overdueFactor = 16

    fileprivate struct State {
        var free: Int
        var inFlight = 0
        /// Read, and not done yet. At most as many as there are places: each holds a snapshot or two.
        var judged = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        let places: Int
        let mostInFlight: Int

        var hasPlace: Bool { free > 0 && inFlight < mostInFlight && judged < places }

        mutating func take() {
            free -= 1
            inFlight += 1
        }
    }

    private let state: Mutex<State>

    package init(_ count: Int) {
        state = Mutex(State(free: count, places: count, mostInFlight: count * Self.overdueFactor))
    }

    /// Waits for a place.
    package func take(
        patienceToConnect: Double = Slots.patienceToConnect, patience: Double = Slots.patience
    ) async -> Slot {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.hasPlace else {
                    state.waiting.append(continuation)
                    return false
                }
                state.take()
                return true
            }
            if isFree { continuation.resume() }
        }
        return Slot(self, patienceToConnect, patience)
    }

    /// Somebody would be let in now.
    var hasPlace: Bool { state.withLock(\.hasPlace) }

    /// Notes what a visit came to, and lets in those that have waited for it.
    fileprivate func note(_ change: (inout State) -> Void) {
        let next = state.withLock { state in
            change(&state)
            var next: [CheckedContinuation<Void, Never>] = []
            while state.hasPlace, !state.waiting.isEmpty {
                state.take()
                next.append(state.waiting.removeFirst())
            }
            return next
        }
        for continuation in next { continuation.resume() }
    }
}

/// A place that a visit has.
package final class Slot: Sendable {
    private let slots: Slots
    private let isConnected = Atomic(false)
    private let isHeld = Atomic(true)
    private let wasRead = Atomic(false)
    private let watch = Mutex<Task<Void, Never>?>(nil)

    fileprivate init(_ slots: Slots, _ patienceToConnect: Double, _ patience: Double) {
        self.slots = slots
        watch.withLock {
            $0 = Task { [weak self] in
                guard (try? await Task.sleep(for: .seconds(patienceToConnect))) != nil else { return }
                if self?.isConnected.load(ordering: .relaxed) == false { self?.giveBack() }
                guard (try? await Task.sleep(for: .seconds(patience - patienceToConnect))) != nil else { return }
                self?.giveBack()
            }
        }
    }

    package func connected() { isConnected.store(true, ordering: .relaxed) }

    /// The server was read: the rest is ours.
    package func read() {
        guard !wasRead.exchange(true, ordering: .relaxed) else { return }
        let place = release()
        slots.note { state in
            state.free += place
            state.judged += 1
        }
    }

    /// The visit is over.
    package func end() {
        watch.withLock { $0?.cancel() }
        let place = release()
        let judged = wasRead.exchange(false, ordering: .relaxed) ? 1 : 0
        slots.note { state in
            state.free += place
            state.inFlight -= 1
            state.judged -= judged
        }
    }

    private func giveBack() {
        let place = release()
        if place > 0 { slots.note { $0.free += place } }
    }

    /// - Returns: places to give back: 1 once.
    private func release() -> Int { isHeld.exchange(false, ordering: .relaxed) ? 1 : 0 }
}
