import Foundation
import Model
import Testing

@testable import Diagnosing
@testable import Reporting

@Suite struct LockReportTests {
    enum Case: String, CaseIterable, CustomTestStringConvertible {
        case pile, queue, deadlock, prepared, nobody, strong
        var testDescription: String { rawValue }
    }

    @Test(arguments: Case.allCases)
    func everyFormatIsUnchanged(_ sample: Case) throws {
        let report = Self.report(sample)
        try Golden.check(report.terminal(), "locks-\(sample.rawValue).txt")
        try Golden.check(report.markdown(), "locks-\(sample.rawValue).md")
        try Golden.check(report.html(), "locks-\(sample.rawValue).html")
        try Golden.check(report.json(), "locks-\(sample.rawValue).json")
    }

    @Test func jsonIsAsTheSchemaSaysAndOneLineIsTheSame() throws {
        let reports = Case.allCases.map { Self.report($0) } + [Self.report(.pile, watch: true), Self.hostile]
        #expect(try Schema.complaints(reports.map { $0.json() } + reports.map { $0.jsonLine() }, of: "locks-1") == "")
        let broken = Self.report(.pile).json().replacing("\"idle-in-transaction\"", with: "\"lazy\"")
        #expect(try Schema.complaints([broken], of: "locks-1").contains("'lazy' is not one of"))
        let report = Self.report(.pile)
        #expect(report.jsonLine().dropLast().contains("\n") == false)
        let (pretty, line) = try (
            JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? NSDictionary,
            JSONSerialization.jsonObject(with: Data(report.jsonLine().utf8)) as? NSDictionary
        )
        #expect(pretty == line)
    }

    /// Four hundred waiters, six levels deep: still a picture.
    @Test func fourHundredWaitersCanBeReadAtAGlance() throws {
        let report = LockReport(LockReading(Self.deep()))
        #expect(report.reading.waiting == 400)
        var deepest = 0
        func measure(_ node: WaitForest.Node, _ depth: Int) {
            deepest = max(deepest, depth)
            for child in node.waiting { measure(child, depth + 1) }
        }
        measure(report.reading.trees[0].root, 0)
        #expect(deepest == 6)
        let lines = report.terminal().split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 60, "\(lines.count) lines")
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= 80 || $0.contains(";") })
        #expect(report.html().components(separatedBy: "<rect").count - 1 <= 41)
        // All are counted, though few are shown.
        #expect(report.terminal().contains("400 sessions wait behind 1 root"))
    }

    /// Every session another statement: nothing is alike, and most are counted.
    @Test func fourHundredDifferentWaitersToo() throws {
        var snapshot = Self.deep()
        for place in snapshot.backends.indices { snapshot.backends[place].query = "SELECT \(place) FROM t\(place)" }
        let report = LockReport(LockReading(snapshot))
        let boxes = report.html().components(separatedBy: "<rect").count - 1
        #expect(boxes <= 41, "\(boxes) boxes")
        #expect(report.terminal().contains("more sessions here and behind"))
    }

    @Test func hostileNamesAreEscapedEverywhere() {
        let report = Self.hostile
        for text in [report.terminal(), report.markdown(), report.html(), report.json(), report.jsonLine()] {
            #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}") && !text.contains("\u{7}"))
        }
        #expect(!report.html().contains("<script>alert"))
    }

    @Test func theWatchAddsUpWhatWaitedWhileItWatched() throws {
        var watch = LockWatch()
        let first = Self.snapshot(.pile)
        watch.take(LockReading(first))
        #expect(watch.secondsBlocked == 0, "nobody knows what was before the first reading")
        var second = first
        second.takenAt += 10
        watch.take(LockReading(second))
        // Seven waited for all of the ten seconds.
        #expect(watch.secondsBlocked == 70)
        var third = second
        third.takenAt += 10
        third.locks = []
        watch.take(LockReading(third))
        #expect(watch.secondsBlocked == 70)
        #expect(watch.roots.count == 1 && watch.roots[0].peak == 7 && watch.peak == 7)
        #expect(watch.duration == 20 && watch.readings == 3)
    }

    /// What was not read is not healthy.
    @Test func locksThatCouldNotBeReadAreSaidToBe() {
        var snapshot = Self.snapshot(.nobody)
        snapshot.notes = [
            .make {
                ($0.evidence, $0.reason, $0.isTotal) = (.locks, .timeout, true)
                $0.text = "Locks could not be read: the time allowed was over."
            }
        ]
        let report = LockReport(LockReading(snapshot))
        #expect(report.isIncomplete)
        for text in [report.terminal(), report.markdown(), report.html(), report.json()] {
            #expect(text.contains("is not known") && !text.contains("Nobody"))
        }
    }

    @Test func treesAreChosenByDatabaseAndWait() {
        let snapshot = Self.snapshot(.pile)
        #expect(LockReading(snapshot, .init(database: "shop")).trees.count == 1)
        let other = LockReading(snapshot, .init(database: "other"))
        #expect(other.trees.isEmpty && other.hiddenTrees == 1)
        #expect(other.headline == "Nobody of those asked for (7 wait in all) waits for a lock.")
        #expect(LockReading(snapshot, .init(leastWait: 200)).trees.count == 1)
        #expect(LockReading(snapshot, .init(leastWait: 300)).trees.isEmpty)
    }

    // MARK: Samples

    static func snapshot(_ sample: Case) -> Snapshot {
        var snapshot = Snapshot.healthyExample
        switch sample {
        case .pile: snapshot.addRowLockPile(waiting: 7, for: 250)
        case .queue:
            snapshot.addDDLQueue(readers: 5, for: 30)
            snapshot.addSession(199, "report", for: 20)
            snapshot.addLock(199, "relation", "AccessShareLock", on: "carts")
        case .deadlock:
            for (pid, own, wanted) in [(1, 10, 20), (2, 20, 10)] {
                snapshot.addSession(pid, "batch", for: 10)
                snapshot.addLock(pid, "transactionid", "ExclusiveLock", transaction: Int64(own))
                snapshot.addLock(pid, "transactionid", "ShareLock", transaction: Int64(wanted), waitingFor: 0.5)
            }
        case .prepared:
            snapshot.preparedTransactions = [
                .make {
                    ($0.gid, $0.owner, $0.database) = ("xa-4711", "app", "shop")
                    $0.prepared = snapshot.takenAt - 3600
                }
            ]
            snapshot.addLock(0, "transactionid", "ExclusiveLock", transaction: 815, prepared: "xa-4711")
            snapshot.addSession(300, "checkout", for: 20)
            snapshot.addLock(300, "transactionid", "ShareLock", transaction: 815, waitingFor: 20)
            snapshot.addLock(300, "relation", "RowExclusiveLock", on: "orders")
        case .nobody: snapshot.addSession(1, "web")
        case .strong:
            snapshot.addSession(1, "migration", state: "idle in transaction", for: 600)
            snapshot.addLock(1, "relation", "AccessExclusiveLock", on: "orders")
        }
        return snapshot
    }

    static func report(_ sample: Case, watch isWatch: Bool = false) -> LockReport {
        let reading = LockReading(snapshot(sample))
        var watch = LockWatch()
        watch.take(reading)
        return LockReport(
            reading, watch: isWatch ? watch : nil,
            options: ReportOptions(command: "pgmedic locks shop", generator: "pgmedic test"))
    }

    /// One root, and on six levels below it 400 that wait for rows.
    static func deep() -> Snapshot {
        var snapshot = Snapshot.healthyExample
        let levels = [0..<1, 1..<5, 5..<20, 20..<60, 60..<140, 140..<270, 270..<401]
        for (depth, level) in levels.enumerated() {
            for pid in level {
                let state = depth == 0 ? "idle in transaction" : "active"
                snapshot.addSession(1000 + pid, "app-\(pid % 5)", state: state, for: Double(500 - pid))
                snapshot.addLock(1000 + pid, "transactionid", "ExclusiveLock", transaction: Int64(pid))
                guard depth > 0 else { continue }
                let above = levels[depth - 1]
                let holder = above.lowerBound + (pid - level.lowerBound) % above.count
                snapshot.addLock(
                    1000 + pid, "transactionid", "ShareLock", transaction: Int64(holder), waitingFor: Double(500 - pid))
                snapshot.addLock(1000 + pid, "relation", "RowExclusiveLock", on: "orders")
            }
        }
        return snapshot
    }

    static let hostile: LockReport = {
        let evil = "<script>alert(1)</script> | `x` \u{1B}[31m \u{202E} \u{7}\n# heading"
        var snapshot = LockReportTests.snapshot(.queue)
        for place in snapshot.backends.indices {
            snapshot.backends[place].application = evil
            snapshot.backends[place].role = evil
            snapshot.backends[place].client = evil
            snapshot.backends[place].query = evil
        }
        for place in snapshot.locks.indices { snapshot.locks[place].relation = QualifiedName(evil, evil) }
        snapshot.server.database = evil
        var watch = LockWatch()
        watch.take(LockReading(snapshot))
        return LockReport(LockReading(snapshot), watch: watch, options: ReportOptions(color: false, command: evil))
    }()
}
