import Foundation
import History
import Model
import Trends

/// What the JSON of all reports of a history has in common.
extension JSONValue {
    /// Of seconds since 1970; null: never, or not known.
    static func moment(seconds: Double) -> JSONValue {
        // Beyond year 9999 there is no RFC 3339.
        guard seconds.isFinite, (-62_135_596_800...253_402_300_799).contains(seconds) else { return .null }
        return .moment(Date(timeIntervalSince1970: seconds))
    }

    static func window(_ range: Range<Double>) -> JSONValue {
        ["from": .moment(seconds: range.lowerBound), "to": .moment(seconds: range.upperBound)]
    }

    /// `[start, end, value, peak]` of each interval; seconds since 1970.
    static func points(_ series: TimeSeries) -> JSONValue {
        let count = min(series.starts.count, series.ends.count, series.values.count)
        return .array(
            (0..<count).filter { series.starts[$0].isFinite && series.ends[$0].isFinite }.map { place in
                let peak = place < series.peaks.count ? series.peaks[place] : series.values[place]
                return .array(
                    [series.starts[place], series.ends[place], series.values[place], peak].enumerated().map {
                        $0.offset < 2 ? .rounded($0.element, places: 0) : .significant($0.element)
                    })
            })
    }

    /// Six digits: more than was measured.
    static func significant(_ value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        guard value != 0 else { return .number(0) }
        let scale = pow(10, 5 - floor(log10(abs(value))))
        guard scale.isFinite, scale > 0 else { return .number(value) }
        let rounded = scale >= 1 ? (value * scale).rounded() / scale : (value / (1 / scale)).rounded() * (1 / scale)
        return .number(rounded.isFinite ? rounded : value)
    }

    static func target(_ target: HistoryTarget) -> JSONValue {
        [
            "name": .string(target.name), "address": .string(target.address), "database": .string(target.database),
            "systemIdentifier": .optional(target.systemIdentifier),
        ]
    }

    static func statement(_ name: StatementName) -> JSONValue {
        [
            "fingerprint": .optional(name.fingerprint), "queryid": .string(name.queryID), "role": .optional(name.role),
            "database": .optional(name.database), "text": .optional(name.text),
        ]
    }

    static func attributions(_ attributions: [Attribution]) -> JSONValue {
        .array(
            attributions.map {
                [
                    "cause": .string($0.cause.rawValue), "text": .string($0.text), "object": .optional($0.object),
                    "confidence": .rounded($0.confidence),
                ]
            })
    }

    static func rhythm(_ rhythm: Rhythm) -> JSONValue {
        [
            "profile": .array(rhythm.profile.map { .significant($0) }), "strength": .rounded(rhythm.strength),
            "peaks": .strings(rhythm.peaks),
        ]
    }

    static func change(_ change: HistoryChange) -> JSONValue {
        [
            "kind": .string(change.kind.rawValue), "at": .moment(change.at), "after": .moment(change.after),
            "database": .optional(change.database), "object": .string(change.object),
            "relations": .strings(change.relations), "before": .optional(change.before), "now": .optional(change.now),
        ]
    }

    static func sometimes(_ slow: SlowSometimes) -> JSONValue {
        [
            "statement": .statement(slow.statement), "usualMs": .significant(slow.usual),
            "slowMs": .significant(slow.slow), "rhythm": slow.rhythm.map(rhythm) ?? .null,
            "companions": .array(
                slow.companions.map {
                    [
                        "name": .string($0.name), "correlation": .rounded($0.correlation),
                        "chance": .rounded($0.chance, places: 6),
                    ]
                }),
            "points": .points(slow.line), "sentence": .string(slow.sentence),
        ]
    }
}

extension HistoryReport {
    /// The beginning of every document.
    func head(_ schema: String) -> [JSONMember] {
        [
            JSONMember("$schema", .string("urn:pgmedic:schema:\(schema)-1")), JSONMember("schemaVersion", .integer(1)),
            JSONMember("generator", .string(generator)),
        ]
    }

    /// Members in the order given.
    func object(_ schema: String, _ rest: [(String, JSONValue)]) -> JSONValue {
        .object(head(schema) + rest.map { JSONMember($0.0, $0.1) })
    }
}
