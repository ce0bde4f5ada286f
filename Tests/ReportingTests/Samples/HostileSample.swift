@testable import Diagnosing
import Foundation
import Model
import Recommending

extension Sample {
    /// Markup, quotes, right-to-left marks, line breaks, escape sequences and a quote hidden under a combining mark.
    static let evil =
        "<script>alert(1)</script>\"'\u{301}\u{202E}gpj\n# [x](javascript:1) @root `|` &amp; {{x}} \u{1B}[31m\u{7}\u{0}"

    static let hostile = Sample(name: "hostile") {
        let relation = QualifiedName("public", evil)
        let finding = Finding(
            metadata("schema.hostile", .schema), severity: .warning, tier: .fix, title: "\(evil) is wide",
            objects: [.relation(relation, in: "shop")], impact: Impact(1, .risk, evil), confidence: .low,
            summary: "Somebody named a table \(evil).",
            evidence: [.init("name", evil, .text(evil)), .init("names", "names", .list([evil, "表 テーブル 😀"]))],
            notIf: evil,
            actions: [
                .init(
                    .fix, "rename \(evil)", sql: ["ALTER TABLE \(relation.quoted)\n    RENAME TO \"```\";"],
                    steps: [evil], lock: LockNote("ACCESS EXCLUSIVE", evil), gain: Gain(evil, .ruleOfThumb),
                    verify: evil, undo: evil, caution: evil)
            ])
        var snapshot = SampleSnapshot.sick
        snapshot.server.database = evil
        snapshot.server.host = evil
        snapshot.backends[0].application = evil
        snapshot.statementStatistics!.statements[0].text = "SELECT \"\(evil)\""
        snapshot.lockHistory?.deadlocks[0].sessions[0].applications = [evil]
        snapshot.lockHistory?.deadlocks[0].sessions[0].wanted.relation = relation
        snapshot.lockHistory?.waits[0].lock.relationText = evil
        var judgement = Judgement()
        judgement.findings = [finding]
        judgement.skipped = [.init(rule: "x.y", title: evil, reason: evil, remedy: evil)]
        return Diagnosis(observation: Observation(snapshot), judgement: judgement)
    }
}
