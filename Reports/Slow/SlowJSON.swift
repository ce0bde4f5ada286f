import Diagnosing
import History
import Model
import Trends

/// The slow report for machines; `Schema/slow-1.schema.json` describes it.
extension WrittenSlowReport {
    var jsonValue: JSONValue {
        object(
            "slow",
            [
                ("target", .target(report.target)), ("window", .window(report.window)),
                ("timeZone", .string(clock.name)),
                ("before", report.before.map(JSONValue.window) ?? .null), ("readSeconds", .rounded(report.seconds)),
                ("headline", .string(report.headline)), ("statements", .array(report.statements.map(statement))),
                ("rankings", .array(report.rankings.map(ranking))), ("gone", .array(report.gone.map(statement))),
                ("roles", .array(report.roles.map(role))), ("notes", .strings(report.notes)),
            ])
    }

    private func statement(_ slow: SlowStatement) -> JSONValue {
        [
            "statement": .statement(slow.statement), "news": .string(slow.news.rawValue),
            "calls": .significant(slow.calls), "timeSeconds": .significant(slow.time),
            "meanMs": .significant(slow.mean), "deviationMs": .significant(slow.deviation),
            "maximumMs": .significant(slow.maximum), "rows": .significant(slow.rows),
            "blocksHit": .significant(slow.blocksHit), "blocksRead": .significant(slow.blocksRead),
            "blocksWritten": .significant(slow.blocksWritten), "temporaryBlocks": .significant(slow.temporaryBlocks),
            "walBytes": .significant(slow.wal), "callsBefore": .significant(slow.callsBefore),
            "meanBeforeMs": .significant(slow.meanBefore), "trendMs": .points(slow.trend),
            "sentence": .string(slow.sentence), "shape": .optional(details[slow.statement.fingerprint]?.shape),
            "plans": .strings(details[slow.statement.fingerprint]?.plans ?? []),
            "advice": .array((details[slow.statement.fingerprint]?.advice ?? []).map(Self.advice)),
        ]
    }

    private static func advice(_ advice: SlowDetails.Advice) -> JSONValue {
        [
            "fingerprint": .string(advice.fingerprint), "severity": .string(advice.severity.rawValue),
            "tier": .string(advice.tier.rawValue), "title": .string(advice.title), "step": .optional(advice.step),
        ]
    }

    private func ranking(_ ranking: SlowReport.Ranking) -> JSONValue {
        [
            "order": .string(ranking.order.rawValue),
            "entries": .array(
                ranking.entries.map {
                    [
                        "statement": .integer(Int64($0.statement)), "value": .significant($0.value),
                        "share": .rounded($0.share, places: 6), "cumulativeShare": .rounded($0.cumulative, places: 6),
                    ]
                }),
        ]
    }

    private func role(_ role: SlowReport.RoleReport) -> JSONValue {
        [
            "role": .string(role.role), "share": .rounded(role.share, places: 6), "sentence": .string(role.sentence),
            "statements": .array(role.statements.map(statement)), "rankings": .array(role.rankings.map(ranking)),
            "slowSometimes": .array(role.slowSometimes.map(JSONValue.sometimes)),
        ]
    }
}
