import Foundation
import History
import Model

/// Sweeps five minutes apart, and what a history makes of them.
struct Sweeps {
    static let start = Date(timeIntervalSince1970: 1_772_409_600)
    static let rule = "index.missing"

    var known: [String: FindingRecord] = [:]
    var number = 0
    var events: [FindingEvent] = []
    var isIndexed = false

    /// The moment of the next sweep, less some seconds.
    func moment(less seconds: Double = 0) -> Date { Self.start.addingTimeInterval(Double(number) * 300 - seconds) }

    static func finding(_ impact: Double, tier: String = "L2", rule: String = rule, on objects: [String]? = nil)
        -> FindingRecord
    {
        .make {
            $0.fingerprint = "\(rule)"
            $0.rule = rule
            $0.title = "\(rule) hurts"
            $0.severity = "warning"
            $0.tier = tier
            $0.objects = objects ?? ["relation:public.orders"]
            $0.database = "shop"
            $0.impactValue = impact
            $0.advice = [.index(relation: "public.orders", columns: ["status"], database: "shop")]
        }
    }

    /// One sweep for each impact; nil: judged and not there.
    mutating func sweep(
        _ impacts: [Double?], tier: String = "L2", also others: [FindingRecord] = [], judged: Bool = true,
        indexed: Bool = false
    ) {
        for impact in impacts {
            let found = impact.map { [Self.finding($0, tier: tier)] } ?? []
            let outcome = FindingLifecycle.advance(
                known.values.sorted { $0.fingerprint < $1.fingerprint },
                by: .init(
                    findings: found + others, judged: judged ? [Self.rule, "other"] : ["other"], at: moment(),
                    change: isIndexed == indexed ? nil : change(to: indexed)))
            isIndexed = indexed
            for record in outcome.records { known[record.fingerprint] = record }
            events += outcome.events.filter { $0.fingerprint == Self.rule }.map(\.event)
            number += 1
        }
    }

    /// The advised index comes or goes.
    private func change(to isThere: Bool) -> FixDetection.Change {
        let index = FixDetection.Index("public.i", on: "public.orders", ["status"], in: "shop")
        func facts(_ isThere: Bool) -> FixDetection.Facts {
            var facts = FixDetection.Facts()
            facts.databases = ["shop"]
            facts.indexes = isThere ? [index] : []
            return facts
        }
        return .init(from: facts(!isThere), at: moment(less: 300), to: facts(isThere))
    }

    mutating func resolve(tier: String? = nil, what: String? = nil, runbook: String? = "r1", less seconds: Double = 10)
    {
        let at = moment(less: seconds)
        known[Self.rule]?.apply(
            .make {
                $0.appliedAt = at
                $0.tier = tier
                $0.what = what
                $0.runbook = runbook
            })
    }

    var record: FindingRecord { known[Self.rule] ?? FindingRecord() }
    var fix: FixRecord { record.fixes?.last ?? FixRecord() }
}
