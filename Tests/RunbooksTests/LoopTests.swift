import Foundation
import History
import Model
import Testing

@testable import Runbooks

/// Knowledge that comes back down: a fix that held on one relation is shown with the same fault on another.
@Suite struct LoopTests {
    private var known: [String: FindingRecord] = [:]
    private var now = Sample.moment

    private mutating func sweep(_ relation: String, _ impacts: [Double?]) {
        for impact in impacts {
            let finding = FindingRecord.make {
                $0.fingerprint = relation
                $0.rule = "index.missing"
                $0.tier = "L2"
                $0.objects = ["relation:\(relation)"]
                $0.database = "shop"
                $0.impactValue = impact ?? 0
            }
            let outcome = FindingLifecycle.advance(
                Array(known.values),
                by: .init(findings: impact == nil ? [] : [finding], judged: ["index.missing"], at: now))
            for record in outcome.records { known[record.fingerprint] = record }
            now += 300
        }
    }

    private mutating func resolve(_ relation: String, _ runbook: Runbook) {
        known[relation]?.apply(
            .make {
                $0.appliedAt = now - 1
                $0.runbook = runbook.id
                $0.what = runbook.title
            })
    }

    private func matches(_ runbooks: [Runbook], _ relation: String) -> [RunbookMatch] {
        guard let record = known[relation] else { return [] }
        return RunbookMatch.all(
            of: runbooks, for: RunbookSubject(record), records: RunbookRecord.counted(known.values))
    }

    @Test mutating func whatHeldIsShownElsewhereAndWhatFailsGoesLast() throws {
        let runbook = Sample.runbook {
            ($0.appliesTo, $0.relation, $0.id) = (.rule, nil, "index-it")
            $0.title = "an index on the foreign key"
        }
        let folder = try Folder()
        _ = try RunbookFolder.write(runbook, into: folder.path)
        sweep("public.orders", [40, 42, 38, 41])
        #expect(matches([runbook], "public.orders").map(\.text) == ["same rule; not applied yet"])
        resolve("public.orders", runbook)
        sweep("public.orders", [nil, nil, nil, nil])
        #expect(known["public.orders"]?.fixes?.last?.verdict == .verified)

        sweep("public.items", [12, 12, 13, 12])
        let runbooks = try RunbookFolder.load(folder.path).runbooks
        let match = try #require(matches(runbooks, "public.items").first)
        #expect(match.text == "same rule; applied once, worked once" && match.tier == .fix)

        resolve("public.items", runbook)
        sweep("public.items", [12, 12, 13, 12])
        let items = try #require(known["public.items"])
        #expect(items.tier == "L3" && items.fixes?.last?.text.hasPrefix("no effect") == true)
        #expect(items.escalation == "L2 tried an index on the foreign key without effect, now L3")
        #expect(matches(runbooks, "public.items").first?.record.text == "applied twice, worked 1")
    }

    @Test mutating func whatFailedThreeTimesIsShownLast() {
        let bad = Sample.runbook { ($0.id, $0.title) = ("bad", "a partial index") }
        let other = Sample.runbook { ($0.id, $0.appliesTo, $0.relation) = ("other", .rule, nil) }
        sweep("public.orders", [40, 42, 38, 41])
        #expect(matches([bad, other], "public.orders").map(\.runbook.id) == ["bad", "other"])
        for _ in 0..<3 {
            resolve("public.orders", bad)
            sweep("public.orders", [40, 42, 38, 41])
        }
        let shown = matches([bad, other], "public.orders")
        #expect(shown.map(\.runbook.id) == ["other", "bad"])
        #expect(shown.last?.record.text == "tried 3, worked 0")
        #expect(
            known["public.orders"]?.escalation
                == "L2 tried a partial index without effect, L3 tried a partial index twice without effect, now L3")
    }
}
