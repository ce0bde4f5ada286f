import Foundation
import Synchronization

/// Ctrl-C and SIGTERM cancel the running work, so that the server is told to stop too; a second one ends at once.
enum Interruption {
    private static let running = Mutex<(@Sendable () -> Void)?>(nil)
    private static let wasAsked = Mutex(false)
    /// Takes both signals on a thread of its own.
    ///
    /// By a handler, not by a mask: under an asynchronous `main`, libdispatch leaves the first thread in `sigsuspend` with an empty
    /// mask, so that a signal without a handler ends the process whatever other threads have blocked (measured).
    static func install() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        let readEnd = ends[0]
        signalPipe = ends[1]
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                let before = errno
                var byte: UInt8 = 0
                _ = write(signalPipe, &byte, 1)
                errno = before
            }
        }
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(readEnd, &byte, 1)
                if count == 1 { interrupt() } else if count == 0 || errno != EINTR { return }
            }
        }
    }

    /// Runs the work so that an interruption cancels it; throws `Failure(.interrupted)` then.
    static func cancellable<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws
        -> Result
    {
        let task = Task { try await work() }
        running.withLock { $0 = { task.cancel() } }
        defer { running.withLock { $0 = nil } }
        do {
            let result = try await task.value
            if wasAsked.withLock({ $0 }) { throw Failure(.interrupted, "interrupted") }
            return result
        } catch {
            if wasAsked.withLock({ $0 }) { throw Failure(.interrupted, "interrupted") }
            throw error
        }
    }

    /// Runs work that watches for its cancellation and then gives what it has: an interruption cancels it, a second one ends at
    /// once.
    static func stoppable<Value: Sendable>(
        _ work: @escaping @Sendable () async -> Value
    ) async -> (value: Value, wasStopped: Bool) {
        let task = Task { await work() }
        running.withLock { $0 = { task.cancel() } }
        defer { running.withLock { $0 = nil } }
        // Asked before there was anything to cancel.
        if wasAsked.withLock({ $0 }) { task.cancel() }
        let value = await task.value
        return (value, wasAsked.withLock { $0 })
    }

    private static func interrupt() {
        let again = wasAsked.withLock { asked in
            defer { asked = true }
            return asked
        }
        let cancel = running.withLock { $0 }
        if again || cancel == nil { exit(Ending.interrupted.rawValue) }
        cancel?()
    }
}

/// Where the handler writes, which may do little more: https://man7.org/linux/man-pages/man7/signal-safety.7.html. Set once,
/// before the handler is.
nonisolated(unsafe) private var signalPipe: Int32 = -1
