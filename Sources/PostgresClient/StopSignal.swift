import Foundation
import Synchronization

/// Wakes a thread that waits for a socket: a pipe that is polled beside it.
package final class StopSignal: Sendable {
    package enum Waited { case ready, deadline, stopped }

    private let reading: Int32
    private let writing: Int32
    private let wasRaised = Atomic<Bool>(false)

    package init() {
        var ends: [Int32] = [-1, -1]
        _ = pipe(&ends)
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    package func raise() {
        wasRaised.store(true, ordering: .sequentiallyConsistent)
        var one: UInt8 = 1
        _ = write(writing, &one, 1)
    }

    package func wait(for socket: Int32, toWrite: Bool, until deadline: ContinuousClock.Instant) -> Waited {
        while true {
            if wasRaised.load(ordering: .sequentiallyConsistent) { return .stopped }
            let left = ContinuousClock.now.duration(to: deadline)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { return .deadline }
            var polled = [
                pollfd(fd: socket, events: Int16(POLLIN) | (toWrite ? Int16(POLLOUT) : 0), revents: 0),
                pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&polled, 2, Int32(min(milliseconds, 60_000)))
            if count > 0 && polled[0].revents != 0 { return .ready }
        }
    }
}
