/// A step in words may end in indented lines: code.
enum StepText {
    static func split(_ step: String) -> (prose: String, code: String) {
        let lines = step.split(separator: "\n", omittingEmptySubsequences: false)
        let first = lines.firstIndex { $0.hasPrefix("  ") || $0.hasPrefix("\t") } ?? lines.endIndex
        let code = lines[first...]
        let indentation = code.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        return (
            lines[..<first].joined(separator: " "), code.map { $0.dropFirst(indentation) }.joined(separator: "\n")
        )
    }
}
