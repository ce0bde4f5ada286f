import Foundation
import Synchronization

/// A thread that one connection is confined to: libpq's calls on it, and the waiting for its socket, happen here and
/// nowhere else, so that neither needs a lock and the cooperative pool is never blocked.
package final class SessionThread: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    package init() {
        let thread = Thread { [self] in loop() }
        thread.name = "pgmedic.session"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Queues the work; it runs in the order of the calls.
    package func enqueue(_ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.work.append(work) }
        wakeUp.signal()
    }

    /// Ends the thread after the work that is queued.
    package func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.signal()
    }

    private func loop() {
        while true {
            wakeUp.wait()
            let next: (work: (@Sendable () -> Void)?, ends: Bool) = state.withLock { state in
                if !state.work.isEmpty { return (state.work.removeFirst(), false) }
                return (nil, state.isClosed)
            }
            if let work = next.work { work() } else if next.ends { return }
        }
    }
}
