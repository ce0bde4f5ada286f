import Diagnosing
import Foundation
import Recommending

/// An entry to be pasted below `suppressions:`. Reason and owner are left for a human: until they are there, the file is
/// refused.
package struct SuppressionEntry: Sendable {
    private let finding: Finding
    private let until: String

    /// Days for which an entry is proposed: what was accepted in one quarter is looked at again in the next.
    private static let days = 90.0

    package init(_ finding: Finding, at moment: Date) {
        self.finding = finding
        until = CalendarDay.text(moment.addingTimeInterval(Self.days * 86_400))
    }

    package var yaml: String {
        """
        # \(Self.comment(finding.title))
        - fingerprint: "\(finding.fingerprint)"
          rule: \(finding.rule)
          severity: \(finding.severity.rawValue)
          reason:    # why it may stay
          owner:     # who answers for it
          until: \(until)

        """
    }

    /// Names may hold line breaks, and whatever else would end a comment.
    private static func comment(_ text: String) -> String {
        String(
            text.unicodeScalars.map {
                $0.properties.generalCategory == .control || $0.value == 0x2028 || $0.value == 0x2029
                    || $0.value == 0x85 ? " " : Character($0)
            })
    }
}
