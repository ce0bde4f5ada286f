import Foundation
import Synchronization

/// Runs the parser on a thread of its own with a large stack: libpg_query recurses, and `1+1+…` with 4,500 terms
/// overflows the 8 MiB that threads usually have (measured on 15-4.0.0).
final class ParsingThread: Sendable {
    static let shared = ParsingThread()

    /// Reserved address space, not memory: pages are touched only by deep statements.
    private static let stackSize = 256 << 20

    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    private init() {
        let thread = Thread { [self] in
            while true {
                arrivals.wait()
                jobs.withLock { $0.removeFirst() }()
            }
        }
        thread.stackSize = Self.stackSize
        thread.name = "pgmedic parser"
        thread.start()
    }

    /// Waits until `body` has run there: microseconds for a usual statement. Not to be called from within `body`.
    func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result {
        let answer = Answer<Result>()
        let done = DispatchSemaphore(value: 0)
        jobs.withLock {
            $0.append {
                answer.value.withLock { $0 = body() }
                done.signal()
            }
        }
        arrivals.signal()
        done.wait()
        return answer.value.withLock { $0! }
    }

    private final class Answer<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }
}
