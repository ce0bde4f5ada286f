import Foundation
import Model
import Testing

@testable import Collecting

/// Deadlocks and waits out of a log, in each of its formats.
@Suite struct LockLogTests {
    private static let prefix = "%m [%p] %q%u@%d/%a "

    /// The catalog of the server that wrote the sample.
    private static func catalog(_ settings: [String: String] = [:]) -> Snapshot {
        .make {
            $0.server.database = "postgres"
            $0.settings = settings.merging(["log_line_prefix": prefix, "log_timezone": "UTC"]) { mine, _ in mine }.map {
                name, value in
                .make { ($0.name, $0.value) = (name, value) }
            }
            $0.databases = [.make { ($0.oid, $0.name) = (5, "postgres") }]
            $0.catalogs = [
                .make {
                    $0.database = "postgres"
                    $0.relations = [(16384, "orders"), (16389, "stock"), (16395, "items")].map { oid, name in
                        .make { ($0.oid, $0.name) = (Int64(oid), QualifiedName("public", name)) }
                    }
                }
            ]
        }
    }

    private static func read(
        _ logs: [String], settings: [String: String] = [:], redaction: Redaction = .literals, chunk: Int = 4096
    ) -> Snapshot {
        var snapshot = catalog(settings)
        snapshot.redaction = redaction
        var evidence = LoggedEvidence(of: snapshot)
        for log in logs {
            evidence.read { take in
                var rest = Data(log.utf8)[...]
                while !rest.isEmpty {
                    take(Data(rest.prefix(chunk)))
                    rest = rest.dropFirst(chunk)
                }
            }
        }
        evidence.attach(.locks, to: &snapshot)
        return snapshot
    }

    private static func history(_ log: String, chunk: Int = 4096) throws -> LockHistory {
        try #require(read([log], chunk: chunk).lockHistory)
    }

    /// As 15.20 writes it: the table stands in the context's last line. A table that nobody knows is left out.
    @Test(arguments: [1, 4096])
    func cancelledAutovacuumIsCounted(chunk: Int) throws {
        let one = { (table: String) in
            """
            2026-11-26 09:35:15.089 UTC [30190] ERROR:  canceling autovacuum task
            2026-11-26 09:35:15.089 UTC [30190] CONTEXT:  while scanning block 0 of relation "public.orders"
            \tautomatic vacuum of table "\(table)"

            """
        }
        let log = one("postgres.public.orders") + one("postgres.public.orders") + one("postgres.public.gone")
        let history = try Self.history(log, chunk: chunk)
        let cancelled = try #require(history.cancelledVacuums)
        #expect(cancelled.map(\.relation) == [QualifiedName("public", "orders")])
        #expect(cancelled.first?.events.count == 2 && cancelled.first?.database == "postgres")
    }

    @Test(arguments: LockLogSample.all.keys.sorted(), [1, 4096])
    func deadlocksAreRead(format: String, chunk: Int) throws {
        let history = try Self.history(try #require(LockLogSample.all[format]), chunk: chunk)
        #expect(history.deadlocks.count == 2 && history.leftOut == 0)
        let pair = try #require(history.deadlocks.first { $0.sessions.count == 2 })
        #expect(pair.database == "postgres" && pair.events.count == 1)
        let at = try #require(pair.events.first)
        #expect(abs(at.timeIntervalSince1970 - 1_795_667_898.455) < 0.002)
        let orders = try #require(pair.sessions.firstIndex { $0.statement?.text.contains("UPDATE orders") ?? false })
        let stock = 1 - orders
        #expect(pair.sessions[orders].statement?.text == "UPDATE orders\nSET n=n+$1 WHERE id=$2")
        #expect(pair.sessions[orders].wanted.relation == QualifiedName("public", "orders"))
        #expect(pair.sessions[orders].wanted.kind == .row && pair.sessions[orders].applications == ["b"])
        // What the one wants the other holds.
        #expect(pair.held(by: orders).relation == QualifiedName("public", "stock"))
        #expect(pair.sessions[stock].wanted.relation == QualifiedName("public", "stock"))
        #expect(pair.sessions[stock].victims == 1 && pair.sessions[orders].victims == 0)
        #expect(pair.sessions[stock].applications == ["a"])
        #expect(pair.sessions[stock].statement?.text == "UPDATE stock SET n=n+$1 WHERE id=$2")
        let three = try #require(history.deadlocks.first { $0.sessions.count == 3 })
        #expect(three.sessions.allSatisfy { $0.wanted.relation == QualifiedName("public", "orders") })
        #expect(three.sessions.reduce(0) { $0 + $1.victims } == 1)
    }

    @Test(arguments: LockLogSample.all.keys.sorted())
    func waitsAreSummed(format: String) throws {
        let history = try Self.history(try #require(LockLogSample.all[format]))
        // Of w1 and w2, of the queue for row 5; and w3, which gave up: a tuple's queue and its transaction are one row.
        let queue = try #require(history.waits.first { $0.events.longestWait == 895.634 })
        #expect(queue.statement?.text == "UPDATE orders SET n=n+$1 WHERE id=$2" && queue.events.count >= 4)
        #expect(queue.lock.kind == .row && queue.lock.relation == QualifiedName("public", "orders"))
        #expect(queue.longestQueue == 2)
        #expect(queue.applications.count == 3 && queue.unfinished == 0)
        let ddl = try #require(history.waits.first { $0.lock.mode == "AccessExclusiveLock" })
        #expect(ddl.lock.kind == .relation && ddl.lock.relation == QualifiedName("public", "stock"))
        #expect(ddl.events.totalWait == 893.102 && ddl.unfinished == 0)
        let reader = try #require(history.waits.first { $0.lock.mode == "AccessShareLock" })
        #expect(reader.statement?.text == "SELECT count(*) FROM stock" && reader.applications == ["sel"])
        let check = try #require(history.waits.first { $0.lock.isForeignKeyCheck })
        #expect(check.lock.relation == QualifiedName("public", "orders") && check.applications == ["fk2"])
        let advisory = try #require(history.waits.first { $0.lock.kind == .advisory })
        #expect(advisory.events.totalWait == 505.339 && advisory.lock.relation == nil)
    }

    @Test(arguments: LockLogSample.all.keys.sorted())
    func failuresAreRead(format: String) throws {
        let history = try Self.history(try #require(LockLogSample.all[format]))
        let timeout = try #require(history.failures.first { $0.reason == .lockTimeout })
        #expect(timeout.applications == ["w3"] && timeout.lock.kind == .row)
        #expect(timeout.lock.relation == QualifiedName("public", "orders"))
        // 200 ms until it was logged, 200 ms until it gave up.
        #expect(abs(timeout.events.totalWait - 400) < 2)
        let refused = history.failures.filter { $0.reason == .noWait }
        #expect(refused.count == 2)
        #expect(refused.allSatisfy { $0.lock.relation == QualifiedName("public", "orders") })
    }

    @Test(arguments: LockLogSample.all.keys.sorted())
    func noLiteralIsKept(format: String) throws {
        let log = try #require(LockLogSample.all[format]).replacing("id=1", with: "id=987654321 /* canary */")
        let snapshot = Self.read([log])
        let text = String(decoding: try JSONEncoder().encode(snapshot), as: UTF8.self)
        #expect(!text.contains("987654321") && !text.contains("canary"))
        #expect(text.contains("UPDATE orders"))
        let shown = String(decoding: try JSONEncoder().encode(Self.read([log], redaction: .none)), as: UTF8.self)
        #expect(shown.contains("987654321"))
    }

    @Test func theLogSpansAllThatIsInIt() throws {
        let idle = "2026-11-26 03:00:00.000 UTC [1] LOG:  checkpoint starting: time\n"
        let late = "2026-11-26 06:00:00.000 UTC [1] LOG:  checkpoint starting: time\n"
        let history = try Self.history(idle + LockLogSample.stderr + late)
        #expect(abs((history.span ?? 0) - 3 * 3600) < 0.002)
        let nothing = try Self.history(idle + late)
        #expect(abs((nothing.span ?? 0) - 3 * 3600) < 0.002 && nothing.deadlocks.isEmpty && nothing.waits.isEmpty)
    }

    /// Which session noticed it is chance: it is the same deadlock.
    @Test func theSameDeadlockIsCountedOnceWhoeverWasRolledBack() throws {
        func deadlock(_ first: (Int, String), _ second: (Int, String), at time: String) -> String {
            """
            2026-11-26 0\(time).000 UTC [\(first.0)] app@postgres/web ERROR:  deadlock detected
            2026-11-26 0\(time).000 UTC [\(first.0)] app@postgres/web DETAIL:  Process \(first.0) waits for ShareLock on transaction 7; blocked by process \(second.0).
            \tProcess \(second.0) waits for ShareLock on transaction 8; blocked by process \(first.0).
            \tProcess \(first.0): \(first.1)
            \tProcess \(second.0): \(second.1)
            2026-11-26 0\(time).000 UTC [\(first.0)] app@postgres/web STATEMENT:  \(first.1)

            """
        }
        let (one, other) = ("UPDATE stock SET n = 1 WHERE id = 2", "UPDATE orders SET n = 5 WHERE id = 6")
        let history = try Self.history(
            deadlock((11, one), (12, other), at: "1:00:00") + deadlock((22, other), (21, one), at: "2:00:00")
                + deadlock((31, one), (32, other), at: "3:00:00"))
        let found = try #require(history.deadlocks.first)
        #expect(history.deadlocks.count == 1 && found.events.count == 3 && found.events.moments.count == 3)
        // No CONTEXT: the tables are the statements' own.
        #expect(found.relations == ["orders", "stock"])
        #expect(found.sessions.map(\.victims).sorted() == [1, 2])
        let later = found.events.since(Date(timeIntervalSince1970: 1_795_657_000))
        #expect(later.count == 2, "\(found.events)")
    }

    @Test func otherLanguagesAreKnownByTheirSQLState() throws {
        let log = """
            2026-11-26 01:00:00.000 UTC [1] 40P01 app@postgres/web FEHLER:  Verklemmung entdeckt

            """
        let german = ["lc_messages": "de_DE.UTF-8", "log_line_prefix": "%m [%p] %e %u@%d/%a "]
        let snapshot = Self.read([log], settings: german)
        #expect(snapshot.notes.contains { $0.reason == .unparsable && !$0.isTotal && $0.text.contains("de_DE.UTF-8") })
        let json =
            #"{"timestamp":"2026-11-26 01:00:00.000 UTC","user":"app","dbname":"postgres","pid":11,"error_severity":"FEHLER","state_code":"40P01","message":"Verklemmung entdeckt","detail":"Prozess 11 wartet auf ShareLock-Sperre auf Transaktion 7; blockiert von Prozess 12.\nProzess 12 wartet auf ShareLock-Sperre auf Transaktion 8; blockiert von Prozess 11.\nProzess 11: UPDATE stock SET n = 1\nProzess 12: UPDATE orders SET n = 1","context":"beim Aktualisieren von Tupel (0,1) in Relation „stock“","statement":"UPDATE stock SET n = 1"}"#
        let history = try #require(Self.read([json + "\n"], settings: german).lockHistory)
        #expect(history.deadlocks.first?.relations == ["orders", "stock"], "\(history)")
        let nothing = Self.read(
            ["2026-11-26 01:00:00.000 UTC [1] LOG:  bereit\n"], settings: ["lc_messages": "de_DE.UTF-8"])
        #expect(nothing.notes.contains { $0.evidence == .lockHistory && $0.isTotal })
        #expect(Self.read([LockLogSample.stderr], settings: ["lc_messages": "en_US.UTF-8"]).notes.isEmpty)
    }

    @Test func withoutWaitsTheRemedyIsASetting() throws {
        let quiet = "2026-11-26 03:00:00.000 UTC [1] LOG:  ready\n"
        let off = Self.read([quiet], settings: ["log_lock_waits": "off"])
        let note = try #require(off.notes.first)
        #expect(!note.isTotal && note.remedy?.contains("log_lock_waits = on") ?? false)
        #expect(Self.read([quiet], settings: ["log_lock_waits": "on"]).notes.isEmpty)
    }

    /// With the beginning of what follows.
    private static func oneDeadlock(_ log: String?) -> String? {
        guard let log, let found = log.firstRange(of: "deadlock detected") else { return nil }
        let start = log[..<found.lowerBound].lastIndex(of: "\n") ?? log.startIndex
        return String(decoding: log.utf8[start...].prefix(1_300), as: UTF8.self)
    }

    /// Whatever a log was cut at, what is left of it is read.
    @Test(arguments: LockLogSample.all.keys.sorted())
    func aLogMayBeCutAnywhere(format: String) throws {
        let whole = Array(try #require(Self.oneDeadlock(LockLogSample.all[format])).utf8)
        var most = 0
        for end in 0...whole.count {
            var snapshot = Self.catalog()
            var evidence = LoggedEvidence(of: snapshot)
            evidence.read { $0(Data(whole[..<end])) }
            evidence.read { $0(Data(whole[end...])) }
            evidence.attach(.locks, to: &snapshot)
            most = max(most, snapshot.lockHistory?.deadlocks.count ?? 0)
        }
        #expect(most > 0)
    }

    /// Bytes of a log turned into others: nothing is trusted.
    @Test func damagedLogsAreReadToTheirEnd() throws {
        let logs = LockLogSample.all.values.map { Array($0.utf8) }
        var read: Int64 = 0
        for seed in 1...150 {
            var generator = SystemRandomNumberGenerator()
            var log = logs[seed % logs.count]
            for _ in 0..<60 {
                let place = Int.random(in: log.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: log[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: log.removeSubrange(place..<min(log.count, place + 9))
                default: log.insert(contentsOf: ": \"(,;9999999999999999999".utf8, at: place)
                }
            }
            var snapshot = Self.catalog()
            var evidence = LoggedEvidence(of: snapshot)
            evidence.read { $0(Data(log)) }
            evidence.attach(.locks, to: &snapshot)
            read += snapshot.lockHistory?.waits.reduce(0) { $0 + $1.events.count } ?? 0
        }
        #expect(read > 150)
    }
}

extension LoggedDeadlock {
    fileprivate var relations: [String] { sessions.compactMap { $0.wanted.relation?.name }.sorted() }
}
