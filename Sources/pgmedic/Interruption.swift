import Foundation
import Synchronization

/// Ctrl-C and SIGTERM cancel the running work, so that the server is told to stop too; a second one ends at once.
enum Interruption {
    private static let running = Mutex<(@Sendable () -> Void)?>(nil)
    private static let wasAsked = Mutex(false)
    /// Takes both signals on a thread of their own. To be called first: threads inherit the mask of their maker.
    static func install() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        Thread.detachNewThread {
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGINT)
            sigaddset(&signals, SIGTERM)
            var number: Int32 = 0
            while sigwait(&signals, &number) == 0 { interrupt() }
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
