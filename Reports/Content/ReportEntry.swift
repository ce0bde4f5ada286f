import Diagnosing
import Model
import Recommending

extension ReportContent {
    /// A line of the list of findings: a finding with what it explains, or many of one rule that are read as one.
    struct Entry {
        var number: Int
        /// The worst of them.
        var finding: Finding
        var symptoms: [Finding] = []
        /// The causal graph below it; nil where it explains nothing.
        var cause: CauseNode?
        /// Findings of the same rule and gravity, less urgent than `finding`.
        var alike: [Finding] = []
        /// The rule's title.
        var kind: String?

        var findings: [Finding] { [finding] + alike }

        /// `new: orders has no index on status`; of many
        /// `60 × Table without a primary key: public.a, public.b, public.c and 57 more`
        var title: String {
            guard !alike.isEmpty else {
                return (finding.past?.word.map { $0 + ": " } ?? "") + finding.title
            }
            let named = findings.prefix(Self.named).map { $0.objects.first?.name ?? $0.fingerprint }
            let more = findings.count - named.count
            return
                "\(Quantity.count(Int64(findings.count))) × \(kind ?? finding.rule): \(named.joined(separator: ", "))"
                + (more > 0 ? " and \(Quantity.count(Int64(more))) more" : "")
        }

        /// Of many the worst one's.
        var impact: String {
            switch finding.impact.unit {
            case .none, .risk: finding.impact.text
            default: alike.isEmpty ? finding.impact.text : "≤ " + finding.impact.text
            }
        }

        /// The worst of many, by name.
        private static let named = 3
        /// Fewer findings of one rule stand on lines of their own: each may be another story.
        private static let fewest = 4

        /// In the order of the ranking. Findings that explain others are never joined: each of them is a story.
        static func entries(_ diagnosis: Diagnosis) -> [Entry] {
            struct Kind: Hashable {
                var rule: String
                var severity: Severity
            }
            let causes = Dictionary(
                diagnosis.causes.map { ($0.finding.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
            var members: [Kind: [Finding]] = [:]
            for ranked in diagnosis.ranked where ranked.symptoms.isEmpty {
                members[Kind(rule: ranked.finding.rule, severity: ranked.finding.severity), default: []].append(
                    ranked.finding)
            }
            var entries: [Entry] = []
            var joined: Set<Kind> = []
            for ranked in diagnosis.ranked {
                let finding = ranked.finding
                let kind = Kind(rule: finding.rule, severity: finding.severity)
                var entry = Entry(
                    number: entries.count + 1, finding: finding, symptoms: ranked.symptoms,
                    cause: causes[finding.fingerprint], kind: diagnosis.title(ofRule: finding.rule))
                if ranked.symptoms.isEmpty, let all = members[kind], all.count >= fewest {
                    guard joined.insert(kind).inserted else { continue }
                    entry.alike = Array(all.dropFirst())
                }
                entries.append(entry)
            }
            return entries
        }
    }
}
