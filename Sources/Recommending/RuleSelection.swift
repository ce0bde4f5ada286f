import Diagnosing
import Model

/// The rules that `--only` and `--skip` leave: each names a rule (`index.duplicate`) or an area (`index`).
package struct RuleSelection: Sendable {
    package let rules: [any Rule.Type]

    package init(only: [String] = [], skip: [String] = [], of rules: [any Rule.Type] = allRules)
        throws(RuleSelectionError)
    {
        for name in only + skip where !RuleSelection.names(rules).contains(name) {
            throw .unknown(name, nearest: RuleSelection.nearest(to: name, among: rules))
        }
        self.rules = rules.filter { rule in
            let names = [rule.metadata.id, rule.metadata.area.rawValue]
            return (only.isEmpty || names.contains(where: only.contains)) && !names.contains(where: skip.contains)
        }
        if self.rules.isEmpty { throw .nothingLeft }
    }

    private static func names(_ rules: [any Rule.Type]) -> [String] {
        Area.allCases.map(\.rawValue) + rules.map { $0.metadata.id }
    }

    private static func nearest(to name: String, among rules: [any Rule.Type]) -> String? {
        let candidates = names(rules)
        let wanted = name.lowercased()
        // `duplicate` for `index.duplicate`: the area was left out.
        if let whole = candidates.first(where: { $0.hasSuffix("." + wanted) }) { return whole }
        return NearName.nearest(to: wanted, among: candidates) ?? candidates.filter { $0.contains(wanted) }.min()
    }
}

package enum RuleSelectionError: Error, Equatable, CustomStringConvertible {
    case unknown(String, nearest: String?)
    case nothingLeft

    package var description: String {
        switch self {
        case .unknown(let name, let nearest?): "no rule or area is named \(name); did you mean \(nearest)?"
        case .unknown(let name, nil): "no rule or area is named \(name); `pgmedic rules list` shows them"
        case .nothingLeft: "--only and --skip leave no rule"
        }
    }
}
