import Diagnosing
import Model
import Recommending

extension JSONReport {
    /// What was accepted and is not among the findings, and the entries that hide nothing.
    var suppressions: JSONValue {
        let outcome = diagnosis.suppressions
        return [
            "suppressed": .array(outcome.suppressed.map(suppressed)),
            "told": .array(outcome.told.map(told)),
            "lapsingSoon": .array(outcome.lapsingSoon.map { .object(entry($0)) }),
        ]
    }

    private func suppressed(_ one: SuppressionOutcome.Suppressed) -> JSONValue {
        let finding = one.finding
        let found: [(String, JSONValue)] = [
            ("finding", .string(finding.fingerprint)), ("findingRule", .string(finding.rule)),
            ("title", .string(finding.title)), ("findingSeverity", .string(finding.severity.rawValue)),
            ("symptomsShown", .strings(one.shown.map(\.fingerprint))),
        ]
        return .object(found.map { JSONMember($0.0, $0.1) } + entry(one.entry))
    }

    private func told(_ told: SuppressionOutcome.Told) -> JSONValue {
        let trouble: (name: String, findings: [String], severity: String?, near: String?)
        let shown = told.finding.map { [$0.fingerprint] } ?? []
        switch told.trouble {
        case .lapsed: trouble = ("lapsed", shown, nil, nil)
        case .graver(let severity): trouble = ("graver", shown, severity.rawValue, nil)
        case .ambiguous(let fingerprints): trouble = ("ambiguous", fingerprints, nil, nil)
        case .unmatched(let near): trouble = ("unmatched", [], nil, near)
        }
        let why: [(String, JSONValue)] = [
            ("trouble", .string(trouble.name)), ("findings", .strings(trouble.findings)),
            ("severityNow", .optional(trouble.severity)), ("near", .optional(trouble.near)),
        ]
        return .object(why.map { JSONMember($0.0, $0.1) } + entry(told.entry))
    }

    private func entry(_ entry: Suppression) -> [JSONMember] {
        let subject: (fingerprint: String?, rule: String?, object: String?, database: String?) =
            switch entry.subject {
            case .fingerprint(let print, let rule): (print, rule, nil, nil)
            case .object(let name, let rule, let database): (nil, rule, name, database)
            }
        let members: [(String, JSONValue)] = [
            ("fingerprint", .optional(subject.fingerprint)), ("rule", .optional(subject.rule)),
            ("object", .optional(subject.object)), ("database", .optional(subject.database)),
            ("severity", .string(entry.severity.rawValue)), ("reason", .string(entry.reason)),
            ("owner", .string(entry.owner)), ("until", .optional(entry.until)), ("place", .string(entry.place)),
        ]
        return members.map { JSONMember($0.0, $0.1) }
    }
}
