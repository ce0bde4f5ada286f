import Diagnosing
import Model

/// A finding as JSON.
extension JSONValue {
    static func finding(_ finding: Finding, causes: [String], symptoms: [String]) -> JSONValue {
        [
            "fingerprint": .string(finding.fingerprint),
            "rule": .string(finding.rule),
            "area": .string(finding.area.rawValue),
            "title": .string(finding.title),
            "severity": .string(finding.severity.rawValue),
            "tier": .string(finding.tier.rawValue),
            "objects": .array(finding.objects.map(object)),
            "impact": [
                "value": .rounded(finding.impact.value, places: 6), "unit": .string(finding.impact.unit.word),
                "text": .string(finding.impact.text),
            ],
            "confidence": .string(finding.confidence.rawValue),
            "summary": .string(finding.summary),
            "notIf": .optional(finding.notIf),
            "history": finding.past.map(history) ?? .null,
            "evidence": evidence(finding.evidence),
            "causes": .strings(causes),
            "symptoms": .strings(symptoms),
            "actions": .array(finding.actions.map(action)),
        ]
    }

    private static func history(_ past: FindingPast) -> JSONValue {
        [
            "firstSeen": .string(Moments.rfc3339(past.firstSeen)), "since": .string(Moments.rfc3339(past.openedAt)),
            "sightings": .integer(Int64(past.sightings)), "recurrences": .integer(Int64(past.recurrences)),
            "new": .bool(past.isNew), "worse": .bool(past.isWorse), "flapping": .bool(past.isFlapping),
            "raisedFrom": .optional(past.raisedFrom?.rawValue), "fix": .optional(past.fix),
            "escalation": .optional(past.escalation),
        ]
    }

    private static func object(_ object: ObjectReference) -> JSONValue {
        [
            "kind": .string(object.kind == .preparedTransaction ? "prepared-transaction" : object.kind.rawValue),
            "name": .string(object.name), "database": .optional(object.database),
        ]
    }

    static func action(_ action: Action) -> JSONValue {
        [
            "tier": .string(action.tier.rawValue),
            "title": .string(action.title),
            "sql": .strings(action.sql),
            "steps": .strings(action.steps),
            "lock": action.lock.map { ["mode": .string($0.mode), "blocks": .string($0.blocks)] } ?? .null,
            "gain": ["text": .string(action.gain.text), "basis": .string(action.gain.basis.rawValue)],
            "verify": .optional(action.verify),
            "undo": .optional(action.undo),
            "caution": .optional(action.caution),
        ]
    }

    /// Keys carry their units; a key that comes twice is numbered, so that nothing is lost.
    static func evidence(_ evidence: [Evidence]) -> JSONValue {
        var seen: [String: Int] = [:]
        return .object(
            evidence.map { fact in
                let key = fact.key + fact.value.suffix
                seen[key, default: 0] += 1
                return JSONMember(seen[key]! > 1 ? "\(key)\(seen[key]!)" : key, value(fact.value))
            })
    }

    private static func value(_ value: Evidence.Value) -> JSONValue {
        switch value {
        case .count(let count), .bytes(let count): .integer(count)
        case .number(let number): .rounded(number, places: 6)
        case .milliseconds(let time), .seconds(let time): .rounded(time)
        case .share(let share): .rounded(share, places: 6)
        case .flag(let flag): .bool(flag)
        case .text(let text): .string(text)
        case .list(let texts): .strings(texts)
        }
    }
}

extension Evidence.Value {
    /// The unit, as the end of a JSON key.
    fileprivate var suffix: String {
        switch self {
        case .bytes: "Bytes"
        case .milliseconds: "Ms"
        case .seconds: "Seconds"
        case .share: "Share"
        case .count, .number, .flag, .text, .list: ""
        }
    }
}

extension Impact.Unit {
    /// As JSON has enums: in lower case.
    var word: String { self == .shareOfTime ? "share-of-time" : rawValue }
}
