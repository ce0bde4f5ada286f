import Testing

@testable import Diagnosing

/// Rules about rules.
@Suite struct RuleConventionsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let rule: any Rule.Type
        var testDescription: String { rule.metadata.id }
    }

    static let cases = allRules.map(Case.init)

    /// Rules are named after what is wrong, not after what to do.
    static let disallowedPrefixes = [
        "avoid-", "do-not-", "dont-", "use-", "uses-", "prefer-", "consider-", "rewrite-", "check-",
    ]

    @Test func identifiersAreUnique() {
        var seen: Set<String> = []
        let repeated = allRules.map { $0.metadata.id }.filter { !seen.insert($0).inserted }
        #expect(repeated.isEmpty)
    }

    @Test(arguments: cases)
    func identifierNamesAreaAndPattern(_ tested: Case) {
        let metadata = tested.rule.metadata
        let parts = metadata.id.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            Issue.record("\(metadata.id) is not area.kebab-case")
            return
        }
        #expect(parts[0] == metadata.area.rawValue, "\(metadata.id) is of area \(metadata.area.rawValue)")
        #expect(parts[1].wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)*/) != nil, "\(metadata.id) is not kebab-case")
        for prefix in Self.disallowedPrefixes {
            #expect(!parts[1].hasPrefix(prefix), "\(metadata.id) names the remedy, not the pattern")
        }
    }

    @Test(arguments: cases)
    func documentationIsComplete(_ tested: Case) {
        let metadata = tested.rule.metadata
        #expect(!metadata.title.isEmpty, "\(metadata.id) has no title")
        #expect(!metadata.looksAt.isEmpty, "\(metadata.id) does not say what it looks at")
        #expect(!metadata.why.isEmpty, "\(metadata.id) does not say why")
        #expect(!metadata.limits.isEmpty, "\(metadata.id) does not say its limits")
        #expect(!metadata.references.isEmpty, "\(metadata.id) has no reference")
        for threshold in metadata.thresholds {
            #expect(
                !threshold.name.isEmpty && !threshold.unit.isEmpty, "\(metadata.id): a threshold without name or unit")
            #expect(!threshold.source.isEmpty, "\(metadata.id): threshold “\(threshold.name)” has no source")
            #expect(threshold.value.isFinite, "\(metadata.id): threshold “\(threshold.name)” is no number")
        }
        let names = metadata.thresholds.map(\.name)
        #expect(Set(names).count == names.count, "\(metadata.id): two thresholds of one name")
    }

    @Test(arguments: cases)
    func examplesFireAndStaySilent(_ tested: Case) {
        let (metadata, examples) = (tested.rule.metadata, tested.rule.examples)
        let fires = examples.contains { if case .fires = $0.expectation { true } else { false } }
        let silent = examples.contains { if case .silent = $0.expectation { true } else { false } }
        #expect(fires, "\(metadata.id) has no example that fires")
        #expect(silent, "\(metadata.id) has no example that stays silent")
        let titles = examples.map(\.title)
        #expect(Set(titles).count == titles.count, "\(metadata.id): two examples of one title")
    }

    @Test(arguments: cases)
    func explainedRulesExist(_ tested: Case) {
        let known = Set(allRules.map { $0.metadata.id })
        for explained in tested.rule.metadata.explains {
            #expect(
                known.contains(explained.effect),
                "\(tested.rule.metadata.id) explains \(explained.effect), which is no rule")
        }
    }
}
