import Foundation
import Model
import Synchronization

/// Work that did not end in time.
package struct DeadlineExceeded: Error, CustomStringConvertible {
    package var seconds: Double
    package var description: String {
        "no end within its deadline of \(Quantity.seconds(seconds))"
    }
}

package enum Deadline {
    /// s that work has to end in after it was cancelled: a cancel on the server is given 1 s before its connection is closed.
    package static let grace = 2.0

    /// Does the work, cancels it at its deadline, and gives it up when it does not end then: a thread that hangs in the
    /// resolver or the kernel cannot be ended, and shall hold nobody up.
    ///
    /// - Throws: what the work throws; `DeadlineExceeded` when it was given up; `CancellationError` when we were.
    package static func run<Value: Sendable>(
        seconds: Double, grace: Double = Deadline.grace, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let race = Race<Value>()
        let task = Task {
            do { race.end(.success(try await work())) } catch { race.end(.failure(error)) }
        }
        let watch = Task {
            try await Task.sleep(for: .seconds(seconds))
            race.passDeadline(of: seconds)
            task.cancel()
            try await Task.sleep(for: .seconds(grace))
            race.end(.failure(DeadlineExceeded(seconds: seconds)))
        }
        defer { watch.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { race.await($0) }
        } onCancel: {
            task.cancel()
            Task {
                try await Task.sleep(for: .seconds(grace))
                race.end(.failure(CancellationError()))
            }
        }
    }
}

/// A result that is taken from whoever is first.
private final class Race<Value: Sendable>: Sendable {
    private enum State {
        case running
        case awaited(CheckedContinuation<Value, any Error>)
        case early(Result<Value, any Error>)
        case ended
    }

    private let state = Mutex(State.running)
    private let passed = Mutex<DeadlineExceeded?>(nil)

    /// From now on the work fails because it is late, whatever it says of being cancelled.
    func passDeadline(of seconds: Double) { passed.withLock { $0 = DeadlineExceeded(seconds: seconds) } }

    func await(_ continuation: CheckedContinuation<Value, any Error>) {
        let early: Result<Value, any Error>? = state.withLock { state in
            if case .early(let result) = state {
                state = .ended
                return result
            }
            state = .awaited(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    func end(_ ending: Result<Value, any Error>) {
        let late = passed.withLock { $0 }
        let result = ending.mapError { late ?? $0 }
        let continuation: CheckedContinuation<Value, any Error>? = state.withLock { state in
            switch state {
            case .running:
                state = .early(result)
                return nil
            case .awaited(let continuation):
                state = .ended
                return continuation
            case .early, .ended: return nil
            }
        }
        continuation?.resume(with: result)
    }
}
