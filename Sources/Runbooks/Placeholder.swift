import Model

/// What a runbook for more than one object leaves open in its SQL: `{{relation}}`, filled in from the finding.
package enum Placeholder: String, CaseIterable {
    case relation, column, index, database

    /// The names between double braces, known or not.
    static func all(in text: String) -> [String] {
        text.matches(of: /\{\{[ ]*([A-Za-z_-]+)[ ]*\}\}/).map { String($0.1).lowercased() }
    }

    /// With all that are known put in; those for which there is nothing stay.
    package static func filled(_ text: String, by value: (Placeholder) -> String?) -> String {
        text.replacing(/\{\{[ ]*([A-Za-z_-]+)[ ]*\}\}/) { match in
            Placeholder(rawValue: match.1.lowercased()).flatMap(value) ?? String(match.0)
        }
    }
}
