import Diagnosing
import Foundation
import Model
import Recommending

/// Reads entries of `suppressions`. Any doubt is an error: an entry that is misread could hide what hurts.
struct SuppressionReader {
    /// Identifiers of all rules.
    let rules: [String]
    /// See `Suppression.isShared`.
    let isShared: Bool

    static let keys = ["fingerprint", "rule", "object", "database", "severity", "reason", "owner", "until"]

    func read(_ section: Section) throws(ConfigurationError) -> [Suppression] {
        var found: [Suppression] = []
        for member in try section.members(of: "entries") {
            let entry = try read(entry: member)
            if let twin = found.first(where: { $0.subject == entry.subject }) {
                throw member.error("stands for the same finding as \(twin.place)", "keep one of them")
            }
            found.append(entry)
        }
        return found
    }

    private func read(entry: Section) throws(ConfigurationError) -> Suppression {
        let values = try entry.values(known: Self.keys)
        func required(_ key: String, _ why: String, _ example: String) throws(ConfigurationError) -> String {
            guard let value = values[key] else { throw entry.error("has no \(key)", why) }
            return try value.text(example)
        }
        let subject = try subject(entry, values)
        let severity = try required(
            "severity", "say at which severity it was accepted: notice, warning or critical",
            "notice, warning or critical")
        guard let accepted = Severity(rawValue: severity) else {
            throw values["severity"]!.error("\"\(severity)\" is no severity", "write notice, warning or critical")
        }
        return Suppression(
            subject, severity: accepted,
            reason: try required("reason", "say why it may stay, for whoever reads it in a year", "why it may stay"),
            owner: try required("owner", "say who answers for it", "who answers for it"),
            until: try until(values["until"]), place: entry.place, isShared: isShared)
    }

    private func subject(_ entry: Section, _ values: [String: Section]) throws(ConfigurationError)
        -> Suppression.Subject
    {
        let rule = try values["rule"].map(rule)
        if let section = values["fingerprint"] {
            let print = try section.text("the eight digits that the report shows")
            guard print.wholeMatch(of: /[0-9a-f]{8}/) != nil else {
                throw section.error(
                    "\"\(print)\" is no fingerprint",
                    "write the eight hexadecimal digits that the report shows, in quotes")
            }
            guard values["object"] == nil, values["database"] == nil else {
                throw entry.error(
                    "has a fingerprint and an object", "keep the fingerprint, which stands for the object too")
            }
            return .fingerprint(print, rule: rule)
        }
        guard let rule, let object = values["object"] else {
            throw entry.error(
                "does not say which finding it is", "give its fingerprint, or its rule and its object (public.orders)")
        }
        return .object(
            try object.text("its whole name, as the report has it: public.orders"), rule: rule,
            database: try values["database"].map { section throws(ConfigurationError) in try section.text("its name") })
    }

    private func rule(_ section: Section) throws(ConfigurationError) -> String {
        let name = try section.text("a rule: index.unused")
        guard rules.contains(name) else {
            let near = RuleName.nearest(to: name, among: rules)
            throw section.error(
                "no rule is named \"\(name)\"", near.map { "did you mean \($0)?" } ?? "`pgmedic rules list` shows them")
        }
        return name
    }

    private func until(_ section: Section?) throws(ConfigurationError) -> String? {
        guard let section else { return nil }
        let text = try section.text("the last day: 2027-01-31")
        guard CalendarDay.end(of: text) != nil else {
            throw section.error("\"\(text)\" is no day", "write year, month and day: 2027-01-31")
        }
        return text
    }
}
