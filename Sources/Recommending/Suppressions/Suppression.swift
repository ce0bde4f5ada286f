import Diagnosing
import Foundation

/// A finding that somebody accepted: it is counted, and not shown among the others.
///
/// It stands for one finding. What could hide several, or one that is graver than it was, hides nothing.
package struct Suppression: Sendable, Equatable {
    /// The one finding that is meant.
    package enum Subject: Sendable, Equatable {
        /// By its identity, and the rule where it is named: both must meet.
        case fingerprint(String, rule: String?)
        /// The rule's finding whose first object has this name; `database` where several have such an object.
        case object(String, rule: String, database: String?)
    }

    package var subject: Subject
    /// The severity that was accepted: graver, the finding is shown again.
    package var severity: Severity
    package var reason: String
    package var owner: String
    /// The last day, of UTC, as `2027-01-31`; nil: for good.
    package var until: String?
    /// Where it is written: `pgmedic.yaml:12`.
    package var place: String
    /// It stands for several servers: that it meets nothing on one of them is no news.
    package var isShared: Bool

    package init(
        _ subject: Subject, severity: Severity, reason: String, owner: String, until: String? = nil, place: String,
        isShared: Bool = false
    ) {
        self.subject = subject
        self.severity = severity
        self.reason = reason
        self.owner = owner
        self.until = until
        self.place = place
        self.isShared = isShared
    }

    /// `index.unused public.orders_old_idx`, `finding 4f2a91c0`
    package var what: String {
        switch subject {
        case .fingerprint(let print, _): "finding \(print)"
        case .object(let name, let rule, let database): "\(rule) \(name)" + (database.map { " in \($0)" } ?? "")
        }
    }

    /// The rule that it names.
    var rule: String? {
        switch subject {
        case .fingerprint(_, let rule): rule
        case .object(_, let rule, _): rule
        }
    }

    func means(_ finding: Finding) -> Bool {
        switch subject {
        case .fingerprint(let print, let rule):
            return finding.fingerprint == print && (rule == nil || rule == finding.rule)
        case .object(let name, let rule, let database):
            guard finding.rule == rule, let object = finding.objects.first, object.name == name else { return false }
            return database == nil || object.database == database
        }
    }
}

/// A day of the calendar, in UTC.
package enum CalendarDay {
    /// The first moment after the day `2027-01-31`; nil where the text is no day.
    package static func end(of text: String) -> Date? {
        guard text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil else { return nil }
        let parts = text.split(separator: "-").compactMap { Int($0) }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0)!
        let components = DateComponents(year: parts[0], month: parts[1], day: parts[2])
        // The calendar would take the 31st of February for the 3rd of March.
        guard let start = calendar.date(from: components),
            calendar.dateComponents([.year, .month, .day], from: start) == components
        else { return nil }
        return start.addingTimeInterval(86_400)
    }

    package static func text(_ moment: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0)!
        let day = calendar.dateComponents([.year, .month, .day], from: moment)
        func padded(_ number: Int?, _ width: Int) -> String {
            let digits = String(number ?? 0)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return [padded(day.year, 4), padded(day.month, 2), padded(day.day, 2)].joined(separator: "-")
    }
}
