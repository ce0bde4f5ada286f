import Diagnosing
import Foundation
import Model
import Reporting

/// A rule's page, made from the rule itself: what is documented is what runs.
enum RulePage {
    static func text(_ metadata: RuleMetadata, examples: [RuleExample] = [], width: Int) -> String {
        var page = "\(metadata.id)\n\(metadata.title)\n"
        func section(_ name: String, _ lines: [String]) {
            guard !lines.isEmpty else { return }
            page += "\n\(name)\n"
            for line in lines { page += Paragraph.text(line, width: width, indent: 2) }
        }
        section("Looks at", [metadata.looksAt])
        section("Why it hurts", [metadata.why])
        section("What would make it wrong", [metadata.limits])
        section(
            "Thresholds",
            metadata.thresholds.map { "\($0.name): \(number($0.documented)) \($0.unit) (source: \($0.source))" })
        section("Needs", metadata.needs.isEmpty ? [] : [metadata.needs.map(\.rawValue).joined(separator: ", ")])
        section("Sees more with", metadata.uses.isEmpty ? [] : [metadata.uses.map(\.rawValue).joined(separator: ", ")])
        section("Fires when", titles { if case .fires = $0 { true } else { false } })
        section("Stays silent when", titles { if case .silent = $0 { true } else { false } })
        section("Cannot judge when", titles { if case .inconclusive = $0 { true } else { false } })
        section("Explains", metadata.explains.map { "- \($0.effect): it \($0.mechanism.name)" })
        section("References", metadata.references)
        return page + adjusting(metadata)

        func titles(_ matches: (RuleExample.Expectation) -> Bool) -> [String] {
            examples.filter { matches($0.expectation) }.map { "- " + $0.title }
        }
    }

    /// How a threshold is set otherwise; those of measured plans cannot be.
    private static func adjusting(_ metadata: RuleMetadata) -> String {
        guard let first = metadata.thresholds.first,
            !MeasuredPlan.insights.contains(where: { $0.metadata.id == metadata.id })
        else { return "" }
        let value = number(first.documented)
        return """

            To adjust a threshold
              for one run:
                pgmedic diagnose --threshold '\(metadata.id):\(first.name)=\(value)'
              in pgmedic.yaml, for every server, or below a target for it alone:
                thresholds:
                  \(metadata.id): { "\(first.name)": \(value) }

            """
    }

    static func json(_ rules: [RuleMetadata]) throws -> String {
        struct Page: Encodable {
            struct Limit: Encodable {
                var name: String
                var value: Double
                var unit: String
                var source: String
            }
            var id: String
            var title: String
            var area: String
            var needs: [String]
            var uses: [String]
            var looksAt: String
            var why: String
            var limits: String
            var thresholds: [Limit]
            var references: [String]
            var explains: [String]
        }
        let pages = rules.map { rule in
            Page(
                id: rule.id, title: rule.title, area: rule.area.rawValue, needs: rule.needs.map(\.rawValue),
                uses: rule.uses.map(\.rawValue),
                looksAt: rule.looksAt, why: rule.why, limits: rule.limits,
                thresholds: rule.thresholds.map {
                    .init(name: $0.name, value: $0.documented, unit: $0.unit, source: $0.source)
                },
                references: rule.references, explains: rule.explains.map(\.effect))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(pages), as: UTF8.self) + "\n"
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
