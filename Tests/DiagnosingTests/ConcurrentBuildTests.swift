import Foundation
import Model
import Testing

@testable import Diagnosing

/// Advice to build an index says what the build would hang on.
@Suite struct ConcurrentBuildTests {
    private func lock(_ configure: (inout Snapshot) -> Void) throws -> LockNote {
        var snapshot = Snapshot.healthyExample
        snapshot.addScannedTable(whatIf: (14_000, 16))
        configure(&snapshot)
        let judgement = Engine([MissingForPredicate.self]).judge(Observation(snapshot))
        let action = try #require(judgement.findings.first?.actions.first)
        return try #require(action.lock)
    }

    private func backend(_ pid: Int, openFor seconds: Double, state: String, in database: String = "shop") -> Backend {
        .make {
            $0.pid = pid
            $0.application = "nightly"
            $0.database = database
            $0.state = state
            $0.xminAge = 1000
            $0.transactionStart = Snapshot.healthyExample.takenAt.addingTimeInterval(-seconds)
        }
    }

    @Test func anOldTransactionOfTheDatabaseIsNamed() throws {
        let lock = try lock {
            $0.backends = [
                backend(7, openFor: 40, state: "idle in transaction"), backend(8, openFor: 90, state: "active"),
            ]
        }
        #expect(lock.mode == "SHARE UPDATE EXCLUSIVE")
        #expect(lock.blocks.contains("would now wait for session 8 (nightly), open for 90 s, and 1 more"))
    }

    @Test func shortOnesAndThoseOfOtherDatabasesAreNot() throws {
        let lock = try lock {
            $0.backends = [
                backend(7, openFor: 0.2, state: "active"), backend(8, openFor: 90, state: "active", in: "other"),
            ]
        }
        #expect(lock == .concurrentIndex)
    }
}
