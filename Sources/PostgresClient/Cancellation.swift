import CLibpq
import Foundation

/// Asks a server to stop what a connection runs. libpq 15 has the blocking PQcancel only, over a connection of its own
/// that is not encrypted: it runs on a thread of its own, and nobody waits for it longer than said.
package enum Cancellation {
    private struct Handle: @unchecked Sendable {
        // PQcancel is thread-safe, and only the new thread uses the handle (libpq's manual, "Canceling Queries").
        let pointer: OpaquePointer
    }

    package static func send(for connection: OpaquePointer, waitingAtMost seconds: Double) {
        guard let pointer = PQgetCancel(connection) else { return }
        let handle = Handle(pointer: pointer)
        let finished = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var error = [CChar](repeating: 0, count: 256)
            _ = PQcancel(handle.pointer, &error, 256)
            PQfreeCancel(handle.pointer)
            finished.signal()
        }
        _ = finished.wait(timeout: .now() + seconds)
    }
}
