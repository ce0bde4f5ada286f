import Diagnosing
import Model
import Testing

@testable import Configuration

/// `thresholds` of pgmedic.yaml, and `--threshold`.
@Suite struct ThresholdFileTests {
    static let whole = """
        thresholds:
          locks.rollback-rate: { "rollbacks a day": 20000, "share of the transactions": 40 % }
          capacity.sequence-exhaustion:
            share of numbers left: 0.1
        targets:
          warehouse:
            dsn: host=w
            thresholds:
              locks.rollback-rate: { rollbacks a day: 5e4 }
              locks.long-transaction: { age of the transaction: 30min }
              capacity.replication-lag: { far behind: 10GB, behind: 20000000 }
          shop: { dsn: host=s, thresholds: }
        """

    private func read(_ text: String) throws(ConfigurationError) -> ProjectFile {
        try ProjectFile(text: text, file: "pgmedic.yaml")
    }

    private func values(_ thresholds: ThresholdAdjustments) -> [String] {
        thresholds.all.map { "\($0.rule) \($0.name) \($0.value) \($0.place)" }
    }

    @Test func aTargetsOwnStandBeforeTheFiles() throws {
        let file = try read(Self.whole)
        #expect(
            values(file.thresholds(of: "warehouse")) == [
                "capacity.replication-lag behind 20000000.0 pgmedic.yaml:11",
                "capacity.replication-lag far behind 10737418240.0 pgmedic.yaml:11",
                "capacity.sequence-exhaustion share of numbers left 0.1 pgmedic.yaml:4",
                "locks.long-transaction age of the transaction 1800.0 pgmedic.yaml:10",
                "locks.rollback-rate rollbacks a day 50000.0 pgmedic.yaml:9",
                "locks.rollback-rate share of the transactions 0.4 pgmedic.yaml:2",
            ])
        #expect(file.thresholds(of: "shop") == file.thresholds && file.thresholds(of: nil) == file.thresholds)
        #expect(file.thresholds.all.count == 3)
    }

    @Test func aTargetMayHaveTheDocumentedOneBack() throws {
        let file = try read(
            """
            thresholds: { locks.rollback-rate: { rollbacks a day: 20000 } }
            targets: { shop: { dsn: x, thresholds: { locks.rollback-rate: { rollbacks a day: 4000 } } } }
            """)
        #expect(file.thresholds(of: "shop").effective.isEmpty && file.thresholds.effective.count == 1)
        #expect(
            file.thresholds.all[0].text
                == "locks.rollback-rate: rollbacks a day 20,000 a day instead of 4,000 a day (pgmedic.yaml:1)")
    }

    @Test(arguments: [
        ("locks.rollback-rates: { rollbacks a day: 1 }", "f:2: thresholds: no rule is named", "locks.rollback-rate?"),
        ("rollback-rate: { rollbacks a day: 1 }", "f:2: thresholds: no rule is named", "locks.rollback-rate?"),
        ("nosuch: {}", "f:2: thresholds: no rule is named \"nosuch\"", "`pgmedic rules list`"),
        ("plan.spilled-to-disk: {}", "f:2: thresholds:", "fixed thresholds"),
        (
            "locks.rollback-rate: { rollback a day: 1 }", "f:2: thresholds.locks.rollback-rate: ",
            "did you mean \"rollbacks a day\"? It has \"share of the transactions\" (10 %), "
        ),
        (
            "locks.rollback-rate:\n    x: 1", "f:3: thresholds.locks.rollback-rate: ",
            "\"rollbacks a day\" (4,000 a day)"
        ),
        ("locks.rollback-rate:", "", ""),
        ("locks.rollback-rate: 5", "f:2: thresholds.locks.rollback-rate: is no mapping", ""),
        (
            "locks.rollback-rate:\n    rollbacks a day: many",
            "f:3: thresholds.locks.rollback-rate.rollbacks a day: \"many\" is no number of a day", "plain number"
        ),
        ("locks.rollback-rate: { rollbacks a day: }", "rollbacks a day: is empty", "a number of a day"),
        ("locks.rollback-rate: { rollbacks a day: inf }", "is not finite", "a day"),
        ("locks.rollback-rate: { rollbacks a day: nan }", "is not finite", "a day"),
        ("locks.rollback-rate: { rollbacks a day: -1 }", "is negative", "write 4 a day to 4,000,000 a day"),
        (
            "locks.rollback-rate: { rollbacks a day: 0 }", "is beyond what",
            "(documented: 4,000 a day), or leave the rule out"
        ),
        ("locks.rollback-rate: { rollbacks a day: 1e9 }", "is beyond what", "--skip locks.rollback-rate"),
        ("locks.rollback-rate: { share of the transactions: 40 }", "is more than all", "0.4, or 40%"),
        ("locks.rollback-rate: { share of the transactions: 140% }", "is more than all", "0.4, or 40%"),
        ("locks.rollback-rate: { share of the transactions: 4min }", "no number of share", "0.4, or 40%"),
        ("locks.long-transaction: { age of the transaction: 30kB }", "no number of s", "30min"),
        ("capacity.replication-lag: { behind: 30% }", "no number of bytes", "10GB"),
        ("locks.rollback-rate: [1]", "is no mapping", "\"share of the transactions\": number"),
        ("locks.rollback-rate: { rollbacks a day: 1, rollbacks a day: 2 }", "stands twice", "keep one"),
    ])
    func everyMistakeIsToldWithItsPlace(entry: String, says: String, remedy: String) throws {
        do throws(ConfigurationError) {
            _ = try ProjectFile(text: "thresholds:\n  \(entry)\n", file: "f")
            #expect(says.isEmpty, "taken: \(entry)")
        } catch {
            let text = error.description
            #expect(!says.isEmpty && text.contains(says) && text.contains(remedy), "\(text)")
        }
    }

    @Test func everyRulesThresholdsCanBeWritten() throws {
        for metadata in allRules.map({ $0.metadata }) {
            for threshold in metadata.thresholds {
                let option = "\(metadata.id):\(threshold.name)=\(threshold.documented)"
                #expect(try WrittenThreshold.option(option).isAsDocumented, "\(option)")
            }
        }
    }

    @Test(arguments: [
        ("locks.rollback-rate", "is not RULE:NAME=VALUE"), ("=:", "is not RULE:NAME=VALUE"),
        ("locks.rollback-rate:rollbacks a day", "is not RULE:NAME=VALUE"),
        ("locks.rollback-rate:nosuch=1", "It has \"share of the transactions\" (10 %)"),
        ("locks.rollback-rate:rollbacks a day=", "is no number of a day"),
    ])
    func anOptionIsReadAsStrictly(option: String, says: String) {
        do throws(ThresholdProblem) {
            _ = try WrittenThreshold.option(option)
            Issue.record("taken: \(option)")
        } catch {
            #expect(error.description.contains(says), "\(error)")
        }
    }
}
