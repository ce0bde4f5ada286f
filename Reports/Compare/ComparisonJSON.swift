import History
import Model
import Trends

/// A comparison for machines; `Schema/compare-1.schema.json` describes it.
extension WrittenComparison {
    var jsonValue: JSONValue {
        object(
            "compare",
            [
                ("target", .target(comparison.target)),
                ("good", window(comparison.good, comparison.goodSeconds, comparison.goodTime)),
                ("bad", window(comparison.bad, comparison.badSeconds, comparison.badTime)),
                ("timeZone", .string(clock.name)), ("differenceSessions", .significant(comparison.difference)),
                ("headline", .string(comparison.headline)),
                ("profile", .array(comparison.profile.map(profile))),
                ("statements", .array(comparison.statements.map(statement))),
                ("others", comparison.others.map(statement) ?? .null),
                ("waits", .array(comparison.waits.map(wait))), ("sizes", .array(comparison.sizes.map(size))),
                ("changes", .array(comparison.changes.map(change))), ("notes", .strings(comparison.notes)),
            ])
    }

    private func window(_ range: Range<Double>, _ seconds: Double, _ time: Double) -> JSONValue {
        [
            "from": .moment(seconds: range.lowerBound), "to": .moment(seconds: range.upperBound),
            "readSeconds": .rounded(seconds), "executionSessions": .significant(time),
        ]
    }

    private func profile(_ line: ProfileLine) -> JSONValue {
        [
            "title": .string(line.title), "unit": .string(line.unit.rawValue), "good": .significant(line.good),
            "bad": .significant(line.bad), "factor": .significant(line.factor),
        ]
    }

    private func statement(_ line: StatementDifference) -> JSONValue {
        [
            "statement": .statement(line.statement), "verdict": .string(line.verdict.rawValue),
            "goodSessions": .significant(line.goodTime), "badSessions": .significant(line.badTime),
            "differenceSessions": .significant(line.difference), "share": .rounded(line.share, places: 6),
            "fromCallsSessions": .significant(line.fromCalls), "fromMeanSessions": .significant(line.fromMean),
            "goodCallsPerSecond": .significant(line.goodCalls), "badCallsPerSecond": .significant(line.badCalls),
            "goodMeanMs": .significant(line.goodMean), "badMeanMs": .significant(line.badMean),
            "goodBlocksPerCall": .significant(line.goodBlocks), "badBlocksPerCall": .significant(line.badBlocks),
            "attributions": .attributions(line.attributions),
        ]
    }

    private func wait(_ wait: WaitDifference) -> JSONValue {
        [
            "wait": .string(wait.wait), "goodSessions": .significant(wait.good),
            "badSessions": .significant(wait.bad),
        ]
    }

    private func size(_ size: SizeDifference) -> JSONValue {
        [
            "kind": .string("\(size.kind)"), "database": .optional(size.database), "object": .string(size.object),
            "goodBytes": .significant(size.good), "badBytes": .significant(size.bad),
        ]
    }

    private func change(_ change: ComparedChange) -> JSONValue {
        ["change": .change(change.change), "text": .string(change.text), "blamed": .bool(change.isBlamed)]
    }
}
