import Foundation
import Model
import PostgresClient
import TestKit
import Testing

@testable import Collecting

/// A visit that is given what an earlier one read of pg_stat_statements' texts.
@Suite("Texts that are known are not read again")
struct KnownTextsTests {
    /// As one end of a window: the numbers of all entries.
    private static var options: CollectionOptions {
        var options = CollectionOptions.quick
        options.statementLimit = .max
        return options
    }

    private func collect(
        _ server: TestServer, knowing earlier: Snapshot? = nil, _ change: (inout CollectionOptions) -> Void = { _ in }
    ) async throws -> Snapshot {
        var options = Self.options
        options.knownTexts = earlier.flatMap { KnownTexts($0) }
        change(&options)
        return try await Collector.collect(try ConnectionTarget(dsn: server.dsn()), options: options)
    }

    private func readsTexts(_ snapshot: Snapshot) -> Bool {
        snapshot.cost.queries?.contains { $0.query == "statement_texts" } ?? false
    }

    /// By what makes an entry.
    private func texts(_ snapshot: Snapshot) -> [Statement.Entry: [String?]] {
        Dictionary(
            (snapshot.statementStatistics?.statements ?? []).map {
                ($0.entry, [$0.text, $0.fingerprint, "\($0.isOurs)"])
            },
            uniquingKeysWith: { first, _ in first })
    }

    private func server(_ version: TestServer.Version = .v15) async throws -> TestServer {
        let server = try await TestServer.start(version: version, extensions: ["pg_stat_statements"])
        try await server.psql(Shop.setup)
        try await server.psql(Shop.queries)
        return server
    }

    @Test(
        "the second visit has the same texts without asking, also out of a file", arguments: TestServer.Version.allCases
    )
    func same(version: TestServer.Version) async throws {
        let server = try await server(version)
        defer { server.stop() }
        let first = try await collect(server)
        #expect(readsTexts(first) && first.statement(containing: "customer_id = $1") != nil)
        let second = try await collect(server, knowing: try kept(first))
        #expect(!readsTexts(second) && second.cost.roundTrips == first.cost.roundTrips)
        #expect(texts(second) == texts(first))
        let third = try await collect(server, knowing: second)
        #expect(!readsTexts(third) && texts(third) == texts(first))
    }

    /// As files and the history keep it.
    private func kept(_ snapshot: Snapshot) throws -> Snapshot {
        let (encoder, decoder) = (JSONEncoder(), JSONDecoder())
        encoder.dateEncodingStrategy = .millisecondsSince1970
        decoder.dateDecodingStrategy = .millisecondsSince1970
        return try decoder.decode(Snapshot.self, from: try encoder.encode(snapshot))
    }

    @Test("a file that keeps a moment with its last bit off is of the same server")
    func moments() throws {
        var isOff = false
        for number in 0..<2_000 {
            // As date_part('epoch', …) has it.
            let moment = Date(timeIntervalSince1970: 1_795_771_598 + Double(number * 49_999) / 1_000_000)
            var snapshot = Snapshot()
            snapshot.server.startedAt = moment
            var statistics = StatementStatistics()
            statistics.reset = moment
            var statement = Statement()
            statement.since = moment
            statistics.statements = [statement]
            snapshot.statementStatistics = statistics
            let kept = try kept(snapshot)
            isOff = isOff || kept.server.startedAt != moment
            let known = try #require(KnownTexts(kept))
            #expect(known.isOfSameEntries(as: snapshot) && known.entry(of: statement) != nil)
            snapshot.server.startedAt += 0.01
            #expect(!known.isOfSameEntries(as: snapshot))
        }
        #expect(isOff)
    }

    @Test("a statement that is new and great, or of our own role, has the texts read, one trip more")
    func new() async throws {
        let server = try await server()
        defer { server.stop() }
        try await server.psql("CREATE ROLE app LOGIN; GRANT SELECT ON orders TO app")
        let first = try await collect(server) { $0.textLimit = 8 }
        // Ours are of our role: which a new one is, its text alone tells.
        try await server.psql("SELECT max(total) FROM orders WHERE customer_id = 4")
        let second = try await collect(server, knowing: first)
        #expect(readsTexts(second) && second.cost.roundTrips == first.cost.roundTrips + 1)
        #expect(second.statement(containing: "max(total)")?.fingerprint != nil)
        #expect(second.statement(containing: "customer_id = $1 AND note = $2") != nil)
        let third = try await collect(server, knowing: second) { $0.textLimit = 4 }
        try await server.psql("SELECT id FROM orders WHERE id = 1", role: "app")
        let fourth = try await collect(server, knowing: third) { $0.textLimit = 4 }
        let small = fourth.statementStatistics?.statements.filter { $0.role == "app" } ?? []
        #expect(!readsTexts(fourth) && small.count == 1 && small[0].text == nil && !small[0].isOurs)
        try await server.psql("SELECT count(*) FROM orders a JOIN orders b ON a.note = b.note", role: "app")
        let fifth = try await collect(server, knowing: fourth) { $0.textLimit = 4 }
        #expect(readsTexts(fifth) && fifth.statement(containing: "JOIN orders b")?.role == "app")
    }

    @Test("a role that leaves entries of its own knows them again", arguments: TestServer.Version.allCases)
    func own(version: TestServer.Version) async throws {
        let server = try await server(version)
        defer { server.stop() }
        try await server.psql("CREATE ROLE monitor LOGIN; GRANT pg_monitor TO monitor")
        let target = try ConnectionTarget(dsn: server.dsn(role: "monitor"))
        var visits: [Snapshot] = []
        for _ in 1...4 {
            var options = Self.options
            options.knownTexts = visits.last.flatMap { KnownTexts($0) }
            visits.append(try await Collector.collect(target, options: options))
        }
        // The second visit meets what the first left.
        #expect(visits.map(readsTexts) == [true, true, false, false])
        func ours(_ snapshot: Snapshot) -> Set<Statement.Entry> {
            Set(snapshot.statementStatistics?.statements.filter(\.isOurs).map(\.entry) ?? [])
        }
        #expect(ours(visits[1]).count > 10 && ours(visits[3]) == ours(visits[1]))
        let others = visits[3].statementStatistics?.statements.filter { $0.role == "monitor" && !$0.isOurs } ?? []
        #expect(others.isEmpty, "\(others.map(\.text))")
        #expect(visits[3].statement(containing: "customer_id = $1")?.fingerprint != nil)
    }

    @Test("an entry that was removed and came back under another name of its table has its new text")
    func renamed() async throws {
        let server = try await server()
        defer { server.stop() }
        for _ in 1...3 { try await server.psql("SELECT min(placed) FROM orders") }
        let first = try await collect(server)
        let old = try #require(first.statement(containing: "SELECT min(placed) FROM orders"))
        try await server.psql(
            """
            ALTER TABLE orders RENAME TO purchases;
            SELECT pg_stat_statements_reset(0, 0, \(old.queryID));
            SELECT min(placed) FROM purchases;
            """)
        // The two statements besides are read first, so that the entry alone is what is new.
        let between = try await collect(server)
        var forged = between
        let place = try #require(
            forged.statementStatistics?.statements.firstIndex { $0.queryID == old.queryID && $0.text != nil })
        #expect(forged.statementStatistics?.statements[place].text == "SELECT min(placed) FROM purchases")
        forged.statementStatistics?.statements[place].text = old.text
        forged.statementStatistics?.statements[place].counters.calls = old.counters.calls
        let second = try await collect(server, knowing: forged)
        #expect(readsTexts(second))
        #expect(texts(second) == texts(between))
    }

    @Test("after a reset or a restart, of another server or by another pgmedic nothing is known")
    func others() async throws {
        let server = try await server()
        defer { server.stop() }
        let first = try await collect(server)
        func changed(_ change: (inout Snapshot) -> Void) async throws -> Bool {
            var earlier = first
            change(&earlier)
            return readsTexts(try await collect(server, knowing: earlier))
        }
        #expect(try await changed { _ in } == false)
        // What was evicted and came back is counted anew, each for itself.
        #expect(try await changed { $0.statementStatistics?.evictions = 1 } == false)
        #expect(try await changed { $0.statementStatistics?.reset = .distantPast })
        #expect(try await changed { $0.server.startedAt -= 60 })
        #expect(try await changed { $0.server.systemIdentifier = "1" })
        #expect(try await changed { $0.server.version = .v17 })
        #expect(try await changed { $0.redaction = .none })
        #expect(try await changed { $0.generator = "pgmedic 0.0.1" })
        try await server.psql("SELECT pg_stat_statements_reset()")
        #expect(readsTexts(try await collect(server, knowing: first)))
    }

    @Test("what rises among the greatest without a text has it read; what falls out keeps it for a while")
    func ranks() async throws {
        let server = try await server()
        defer { server.stop() }
        // Each of these is another statement.
        for number in 1...40 {
            let columns = (1...number).map { "id AS c\($0)" }.joined(separator: ", ")
            try await server.psql("SELECT \(columns) FROM orders WHERE id = 1")
        }
        let first = try await collect(server) { $0.textLimit = 8 }
        let known = first.statementStatistics?.statements.filter { $0.text != nil } ?? []
        #expect((8...14).contains(known.count))
        let again = try await collect(server, knowing: first) { $0.textLimit = 8 }
        #expect(!readsTexts(again) && texts(again) == texts(first))
        // Of the eight more that are asked for none is known.
        #expect(readsTexts(try await collect(server, knowing: first) { $0.textLimit = 16 }))
        // Half as many are asked for now; twice as many as these keep theirs.
        let fewer = try await collect(server, knowing: first) { $0.textLimit = 4 }
        #expect(!readsTexts(fewer))
        let left = fewer.statementStatistics?.statements.count { $0.text != nil } ?? 0
        #expect((8...known.count).contains(left))
    }

    @Test(
        "what a visit of another database of the server read is known too, unless it was another server's or an older entry's"
    )
    func shared() async throws {
        let server = try await server()
        defer { server.stop() }
        try await server.psql("CREATE DATABASE billing")
        let billing = try ConnectionTarget(dsn: server.dsn(database: "billing"))
        func visit(knowing last: Snapshot, _ texts: SharedTexts) async throws -> Snapshot {
            var options = Self.options
            options.knownTexts = KnownTexts(last, shared: texts)
            return try await Collector.collect(billing, options: options)
        }
        // Each database has an entry of our BEGIN after this.
        _ = try await collect(server)
        // Nothing had a text when billing was visited last.
        var last = try await Collector.collect(billing, options: Self.options)
        let known = texts(last)
        for place in last.statementStatistics!.statements.indices {
            last.statementStatistics!.statements[place].text = nil
            last.statementStatistics!.statements[place].fingerprint = nil
        }
        #expect(readsTexts(try await visit(knowing: last, SharedTexts())))
        let orders = try await collect(server)
        let texts = SharedTexts()
        texts.learn(from: orders)
        let second = try await visit(knowing: last, texts)
        #expect(!readsTexts(second) && self.texts(second) == known)
        let others = SharedTexts()
        var other = orders
        other.server.systemIdentifier = "1"
        others.learn(from: other)
        #expect(readsTexts(try await visit(knowing: last, others)))
        let older = SharedTexts()
        other = orders
        for place in other.statementStatistics!.statements.indices {
            other.statementStatistics!.statements[place].counters.calls += 1_000
        }
        older.learn(from: other)
        #expect(readsTexts(try await visit(knowing: last, older)))
    }
}
