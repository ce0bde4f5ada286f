import Foundation
import Synchronization

/// Ctrl-C and SIGTERM cancel the running work, so that the server is told to stop too; a second one ends at once.
enum Interruption {
    private static let running = Mutex<(@Sendable () -> Void)?>(nil)
    private static let wasAsked = Mutex(false)
    private static let sources = Mutex<[any DispatchSourceSignal]>([])

    static func install() {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { interrupt() }
            source.resume()
            sources.withLock { $0.append(source) }
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
