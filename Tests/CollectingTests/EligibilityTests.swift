import Model
import Testing

@testable import Collecting

@Suite("Which statements are explained")
struct EligibilityTests {
    private static let orders = QualifiedName("public", "orders")

    private func verdict(
        _ text: String, superuser: Bool = false, mayWrite: Bool = false, foreign: Set<String> = [],
        locked: [QualifiedName: Set<String>] = [:], searchPath: [String] = ["public"]
    ) -> Eligibility.Verdict {
        let relations = [("orders", Relation.Kind.table), ("recent", .view)].map { name, kind in
            Relation.make {
                $0.name = QualifiedName("public", name)
                $0.kind = kind
            }
        }
        return Eligibility(
            isSuperuser: superuser, mayWrite: mayWrite, foreignNames: foreign, lockedModes: locked,
            names: RelationNames(relations)
        ).verdict(on: text, queryID: 1, searchPath: searchPath)
    }

    private func candidate(_ verdict: Eligibility.Verdict) -> Eligibility.Candidate? {
        if case .explain(let candidate) = verdict { candidate } else { nil }
    }

    @Test("a read is sent as it stands, with as many parameters as it has")
    func read() throws {
        let sent = try #require(candidate(verdict("SELECT * FROM orders WHERE a = $1 AND b < $3")))
        #expect(sent.parameterCount == 3 && sent.basis == .generic && sent.relations == [Self.orders])
        #expect(candidate(verdict("SELECT * FROM orders"))?.basis == .custom)
    }

    @Test("only one SELECT, INSERT, UPDATE, DELETE or MERGE is ever sent")
    func kinds() {
        for text in [
            "SELECT 1; DROP TABLE orders", "VACUUM orders", "COPY orders TO STDOUT", "SET x.y = 1",
            "SELECT * INTO x FROM orders",
            "BEGIN", "SELECT broken FROM", "", "DO $$ BEGIN END $$",
        ] {
            #expect(candidate(verdict(text, superuser: true, mayWrite: true)) == nil, "\(text)")
        }
    }

    @Test("a write is explained as the SELECT that finds its rows, unless our role may write")
    func writes() throws {
        let update = "UPDATE orders SET total = $1 WHERE id = $2"
        let sent = try #require(candidate(verdict(update)))
        #expect(sent.basis == .equivalentSelect && sent.text.hasPrefix("SELECT") && sent.parameterCount == 1)
        #expect(candidate(verdict(update, mayWrite: true))?.text == update)
        #expect(candidate(verdict("INSERT INTO orders VALUES ($1)")) == nil)
        #expect(candidate(verdict("SELECT * FROM orders WHERE id = $1 FOR UPDATE"))?.text.contains("UPDATE") == false)
    }

    @Test("a superuser plans nothing that could run what users wrote")
    func superuser() {
        #expect(candidate(verdict("SELECT price(1) FROM orders", superuser: true, foreign: ["price"])) == nil)
        #expect(candidate(verdict("SELECT app.price(1)", superuser: true, foreign: ["price"])) == nil)
        #expect(candidate(verdict("SELECT 1 FROM orders WHERE a === 2", superuser: true, foreign: ["==="])) == nil)
        #expect(candidate(verdict("SELECT * FROM recent", superuser: true)) == nil)
        #expect(candidate(verdict("SELECT 1", superuser: true, searchPath: ["public", "pg_catalog"])) == nil)
        #expect(candidate(verdict("SELECT lower(note) FROM orders", superuser: true, foreign: ["price"])) != nil)
        #expect(candidate(verdict("SELECT price(1) FROM recent", foreign: ["price"])) != nil)
    }

    @Test("a statement whose lock would queue is left alone, others on the same table are not")
    func locks() {
        let shared = [Self.orders: Set(["ShareLock"])]
        #expect(candidate(verdict("SELECT * FROM orders", locked: shared)) != nil)
        #expect(candidate(verdict("DELETE FROM orders", mayWrite: true, locked: shared)) == nil)
        #expect(candidate(verdict("DELETE FROM orders", locked: shared))?.basis == .equivalentSelect)
        #expect(candidate(verdict("SELECT * FROM orders", locked: [Self.orders: ["AccessExclusiveLock"]])) == nil)
    }
}
