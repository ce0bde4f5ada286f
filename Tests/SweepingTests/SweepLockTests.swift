import Foundation
import Testing

@testable import Sweeping

@Suite struct SweepLockTests {
    @Test func theSecondIsToldWhoHasIt() throws {
        let path = "/tmp/pgmedic-lock-\(UUID().uuidString)"
        defer { unlink(path) }
        do {
            guard case .ours(let lock) = try SweepLock.take(path, at: Date(timeIntervalSince1970: 0)) else {
                Issue.record("not ours")
                return
            }
            guard case .others(let pid, let since) = try SweepLock.take(path, at: Date()) else {
                Issue.record("taken twice")
                return
            }
            #expect(pid == Int(getpid()) && since == "1970-01-01T00:00:00Z")
            withExtendedLifetime(lock) {}
        }
        guard case .ours = try SweepLock.take(path, at: Date()) else {
            Issue.record("not given back")
            return
        }
    }

    @Test func aLinkIsNotFollowedAndAMissingFolderIsTold() throws {
        let path = "/tmp/pgmedic-lock-\(UUID().uuidString)"
        defer { unlink(path) }
        symlink("/tmp/pgmedic-lock-elsewhere", path)
        #expect(throws: SweepLock.LockError.self) { try SweepLock.take(path, at: Date()) }
        #expect(throws: SweepLock.LockError.self) { try SweepLock.take("/nonexistent/x", at: Date()) }
    }

    @Test func sweepsOfOtherTargetsHaveOtherLocks() {
        func path(_ words: [String], _ history: String = "/h/history.db") -> String {
            SweepLock.path(
                history: history, isServer: history.contains("://"), words: words,
                environment: ["XDG_RUNTIME_DIR": "/run/user/7"])
        }
        #expect(path(["a", "b"]) == path(["b", "a"]))
        #expect(path(["a"]) != path([]) && path([]).hasPrefix("/h/history.db.sweep-"))
        #expect(path([], "postgresql://db/h").hasPrefix("/run/user/7/sweep-"))
    }
}
