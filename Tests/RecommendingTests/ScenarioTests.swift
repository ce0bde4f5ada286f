import Foundation
import Model
import Testing

@testable import Diagnosing
@testable import Recommending

/// Several things are wrong at once, and it is known which brought about which.
struct Scenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// By the rule of each root, the rules of what must stand under it.
    let trees: KeyValuePairs<String, Set<String>>
    let snapshot: @Sendable (inout Snapshot) -> Void

    init(
        _ title: String, _ trees: KeyValuePairs<String, Set<String>>,
        _ snapshot: @escaping @Sendable (inout Snapshot) -> Void
    ) {
        testDescription = title
        self.trees = trees
        self.snapshot = snapshot
    }

    static let all: [Scenario] = [
        Scenario(
            "a missing index makes a DELETE slow, which keeps its locks, which fills the connections",
            [
                "index.missing-on-foreign-key": [
                    "workload.heavy-statement", "locks.blocking-session", "locks.max-connections-near",
                ]
            ]
        ) {
            $0.addUnindexedForeignKey()
            $0.addBlocker(running: "del", queryID: 501, waiting: 30)
            $0.fillConnections()
        },
        Scenario(
            "a forgotten report holds the horizon, and two tables fill with dead rows",
            ["locks.idle-in-transaction": ["vacuum.horizon-held", "vacuum.dead-rows-pile-up"]]
        ) {
            $0.addForgottenReport()
            $0.addDeadRows(in: "stock")
            $0.addDeadRows(in: "carts")
        },
        Scenario(
            "a slot without a consumer holds the horizon, and a table fills with dead rows",
            ["capacity.slot-retains-wal": ["vacuum.horizon-held", "vacuum.dead-rows-pile-up"]]
        ) {
            $0.addSlot()
            $0.addDeadRows(in: "stock")
        },
        Scenario(
            "autovacuum is off: dead rows and stale statistics",
            ["configuration.autovacuum-off": ["vacuum.dead-rows-pile-up", "statistics.stale"]]
        ) {
            $0.set("autovacuum", "off")
            $0.addDeadRows(in: "stock", vacuumedBefore: nil)
            $0.addTable("orders", rows: 100_000) {
                $0.modifiedSinceAnalyze = 90_000
            }
        },
        Scenario(
            "a prepared transaction that nobody ends blocks, and holds the horizon",
            ["locks.blocking-session": ["vacuum.horizon-held", "vacuum.dead-rows-pile-up"]]
        ) { snapshot in
            let then = snapshot.takenAt.addingTimeInterval(-9000)
            snapshot.preparedTransactions = [
                .make {
                    ($0.gid, $0.owner, $0.database) = ("xa-1", "app", "shop")
                    ($0.transactionIDAge, $0.prepared) = (5_000_000, then)
                }
            ]
            snapshot.addLock(0, "transactionid", "ExclusiveLock", transaction: 815, prepared: "xa-1")
            snapshot.addSession(300, "checkout", for: 200)
            snapshot.addLock(300, "transactionid", "ShareLock", transaction: 815, waitingFor: 200)
            snapshot.addDeadRows(in: "stock")
        },
        Scenario(
            "a reader keeps an ALTER TABLE waiting, behind which readers queue until the connections are full",
            ["locks.blocking-session": ["locks.ddl-queue", "locks.max-connections-near"]]
        ) {
            $0.addDDLQueue(readers: 40, for: 60)
            $0.fillConnections()
        },
        Scenario(
            "stale statistics mislead the planner, and a statement is slow",
            ["statistics.stale": ["plan.logged-slow-call", "workload.heavy-statement"]]
        ) { snapshot in
            let before = snapshot.takenAt.addingTimeInterval(-30 * 86_400)
            snapshot.addLogged((calls: 3, mean: 4000, .misjudged))
            snapshot.changeLastStatement { ($0.searchPath, $0.counters.calls) = (["public"], 75) }
            snapshot.addTable("orders") {
                ($0.liveTuples, $0.modifiedSinceAnalyze, $0.lastAutoanalyze) = (1_000_000, 5_000_000, before)
            }
        },
        Scenario(
            "one UPDATE of everything leaves dead rows and forces checkpoints",
            ["workload.mass-write": ["vacuum.dead-rows-pile-up", "configuration.checkpoints-requested"]]
        ) {
            $0.addColumns("log", "id!", "at", "kind")
            $0.addKey("log", "id")
            $0.addTable("log") { ($0.deadTuples, $0.liveTuples, $0.estimatedRows) = (5_000_000, 1_000_000, 1_000_000) }
            $0.addStatement(
                "mass", "UPDATE log SET kind = $1 WHERE at < $2", calls: 30, time: 300_000, rows: 30 * 400_000
            ) { $0.counters.walBytes = 30 * 2000 << 20 }
            $0.checkpointer.requested = 6000
        },
        Scenario(
            "a function around the column makes a statement slow, and its locks long",
            ["shape.function-on-indexed-column": ["workload.heavy-statement", "locks.blocking-session"]]
        ) {
            $0.addColumns("orders", "id!", "email", type: "text")
            $0.addIndex("orders_email_idx", on: "email")
            $0.addStatement(
                "fn", "UPDATE orders SET id = id WHERE lower(email) = $1", queryID: 502, calls: 1000, time: 600_000
            ) { $0.counters.sharedBlocksHit = 90_000_000 }
            $0.explainLast(
                #"{"Node Type": "ModifyTable", "Operation": "Update", "Relation Name": "orders", "Plans": [{"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "orders", "Filter": "(lower(email) = $1)"}]}"#
            )
            $0.addBlocker(running: "fn", queryID: 502, waiting: 4)
        },
        Scenario(
            "an application at work between the statements of its transactions keeps rows locked",
            ["workload.chatty-transaction": ["locks.blocking-session"]]
        ) {
            $0.addChatty(statements: 40, idle: 2800)
            $0.addSession(41, "orders", state: "idle in transaction", for: 0.4, transaction: 12) {
                $0.transactionIDAge = 9
            }
            $0.addLock(41, "transactionid", "ExclusiveLock", transaction: 4100)
            for waiter in 1...4 {
                $0.addSession(4100 + waiter, "checkout", for: 8)
                $0.addLock(4100 + waiter, "transactionid", "ShareLock", transaction: 4100, waitingFor: 8)
            }
        },
        Scenario(
            "one session both blocks and holds the horizon: it stands above both",
            ["locks.blocking-session": ["vacuum.horizon-held", "vacuum.dead-rows-pile-up"]]
        ) {
            $0.addRowLockPile(waiting: 5, for: 3000)
            for place in $0.backends.indices where $0.backends[place].pid == 100 {
                $0.backends[place].xminAge = 4_000_000
            }
            $0.addDeadRows(in: "stock")
        },
        Scenario(
            "many transactions left open by one application fill the connections",
            ["locks.idle-in-transaction": ["locks.max-connections-near"]]
        ) {
            for pid in 1...40 { $0.addSession(pid, "web", state: "idle in transaction", for: 400) }
            $0.fillConnections()
        },
        Scenario(
            "a table without autovacuum fills by itself, another because a slot holds the horizon",
            [
                "vacuum.autovacuum-disabled-on-table": ["vacuum.dead-rows-pile-up"],
                "capacity.slot-retains-wal": ["vacuum.horizon-held", "vacuum.dead-rows-pile-up"],
            ]
        ) {
            $0.addSlot()
            $0.addDeadRows(in: "stock")
            $0.addTable("web_sessions", rows: 10_000, dead: 800_000) {
                $0.options["autovacuum_enabled"] = "false"
                $0.lastAutovacuum = nil
            }
        },
        Scenario(
            "two faults that have nothing to do with each other: rows that are locked, and a slot",
            ["locks.blocking-session": [], "capacity.slot-retains-wal": []]
        ) {
            $0.addRowLockPile(waiting: 5, for: 60)
            $0.addSlot()
        },
        Scenario(
            "two sessions block, each its own table",
            ["locks.blocking-session": [], "locks.blocking-session": ["locks.ddl-queue"]]
        ) {
            $0.addRowLockPile(waiting: 5, for: 60)
            $0.addDDLQueue(readers: 2, for: 60)
        },
        Scenario(
            "a missing index on one table, a forgotten transaction that blocks on another",
            ["index.missing-on-foreign-key": ["workload.heavy-statement"], "locks.blocking-session": []]
        ) {
            $0.addUnindexedForeignKey()
            $0.addRowLockPile(waiting: 5, for: 60)
        },
        Scenario(
            "two statements are slow, each for its own reason",
            [
                "index.missing-on-foreign-key": ["workload.heavy-statement"],
                "shape.order-by-random": ["workload.heavy-statement"],
            ]
        ) {
            $0.addUnindexedForeignKey()
            $0.addColumns("products", "id!", "name")
            $0.addStatement(
                "rnd", "SELECT id FROM products ORDER BY random() LIMIT $1", calls: 4000, time: 1_400_000
            ) { $0.counters.sharedBlocksHit = 400_000_000 }
            $0.explainLast(
                #"{"Node Type": "Limit", "Plan Rows": 10, "Total Cost": 9000, "Plans": [{"Node Type": "Sort", "Plan Rows": 1000000, "Total Cost": 9000, "Plans": [{"Node Type": "Seq Scan", "Relation Name": "products", "Plan Rows": 1000000, "Total Cost": 8000}]}]}"#
            )
        },
    ]
}

@Suite("Several faults at once") struct ScenarioTests {
    @Test(arguments: Scenario.all) func theRootStandsAboveItsSymptoms(_ scenario: Scenario) {
        var snapshot = Snapshot.healthyExample
        scenario.snapshot(&snapshot)
        snapshot.onlyTheseStatements()
        let diagnosis = Diagnosis(judging: Observation(snapshot))
        let shown = diagnosis.ranked.map { "\($0.finding.rule) ← \($0.symptoms.map(\.rule))" }.joined(separator: "\n")
        for (root, symptoms) in scenario.trees {
            let found = diagnosis.ranked.filter { $0.finding.rule == root }
            let wanted = scenario.trees.count { $0.key == root }
            #expect(found.count >= wanted, "\(root) is a root \(found.count) times:\n\(shown)")
            let below = Set(found.flatMap(\.symptoms).map(\.rule))
            #expect(symptoms.isSubset(of: below), "\(root) stands above \(below.sorted()):\n\(shown)")
            // Each symptom is told once: under its root, and not also as a root.
            for one in found.flatMap(\.symptoms) {
                #expect(!diagnosis.ranked.contains { $0.finding.fingerprint == one.fingerprint })
            }
        }
        // What was not asked for as a symptom stands alone or is a notice: independent faults are not merged.
        let roots = Set(scenario.trees.map(\.key))
        let merged = diagnosis.ranked.flatMap(\.symptoms).map(\.rule).filter {
            roots.contains($0) && $0 != "locks.ddl-queue"
        }
        #expect(merged.isEmpty, "\(merged) stand under another root:\n\(shown)")
        let first = diagnosis.ranked.first?.finding.rule ?? ""
        #expect(roots.contains(first), "\(first) is first:\n\(shown)")
    }

    @Test func thereAreFifteen() { #expect(Scenario.all.count >= 15) }
}
