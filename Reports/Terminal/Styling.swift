import Diagnosing

/// Colours of a terminal (ECMA-48 SGR), the eight basic ones: they follow the reader's own theme.
struct Styling {
    var isOn: Bool

    func bold(_ text: String) -> String { wrap(text, "1") }
    func faint(_ text: String) -> String { wrap(text, "2") }
    func accent(_ text: String) -> String { wrap(text, "36") }
    func good(_ text: String) -> String { wrap(text, "32") }

    func severity(_ severity: Severity, _ text: String) -> String {
        switch severity {
        case .critical: wrap(text, "31;1")
        case .warning: wrap(text, "33")
        case .notice: wrap(text, "34")
        }
    }

    /// Wrapped text under a label, the way the whole first screen is set.
    func labelled(_ label: String, _ lines: [String], indentation: Int = 2, column: Int = 14) -> [String] {
        let gap = String(repeating: " ", count: column)
        return lines.enumerated().map { offset, line in
            guard offset == 0 else { return gap + line }
            let name = DisplayWidth.padded(label, to: column - indentation)
            return String(repeating: " ", count: indentation) + faint(name) + line
        }
    }

    private func wrap(_ text: String, _ code: String) -> String {
        isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
