import Foundation
import Synchronization

/// Places for visits that run at a time. One that waits for a server that does not answer gives its place back, and runs on:
/// a dead or slow target delays no other.
package final class Slots: Sendable {
    /// s without a connection after which a place is given back: a connection takes some milliseconds on a local network and a
    /// second over a bad line.
    package static let patienceToConnect = 2.0
    /// s after which any visit gives its place back: most are done in one or two.
    package static let patience = 10.0
    /// Visits in flight, those that gave their place back among them, to a place: each has a thread and a socket.
    private static let overdueFactor = 16

    private struct State {
        var free: Int
        var inFlight = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let mostInFlight: Int

    package init(_ count: Int) {
        state = Mutex(State(free: count))
        mostInFlight = count * Self.overdueFactor
    }

    /// Waits for a place.
    package func take(
        patienceToConnect: Double = Slots.patienceToConnect, patience: Double = Slots.patience
    ) async -> Slot {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0, state.inFlight < mostInFlight else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                state.inFlight += 1
                return true
            }
            if isFree { continuation.resume() }
        }
        return Slot(self, patienceToConnect, patience)
    }

    fileprivate func give(place: Bool, visit: Bool) {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            if place { state.free += 1 }
            if visit { state.inFlight -= 1 }
            guard state.free > 0, state.inFlight < mostInFlight, !state.waiting.isEmpty else { return nil }
            state.free -= 1
            state.inFlight += 1
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}

/// A place that a visit has.
package final class Slot: Sendable {
    private let slots: Slots
    private let isConnected = Atomic(false)
    private let isHeld = Atomic(true)
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

    /// The visit is over.
    package func end() {
        watch.withLock { $0?.cancel() }
        slots.give(place: isHeld.exchange(false, ordering: .relaxed), visit: true)
    }

    private func giveBack() {
        if isHeld.exchange(false, ordering: .relaxed) { slots.give(place: true, visit: false) }
    }
}
