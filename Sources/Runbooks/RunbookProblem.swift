/// What is wrong with a runbook's file: where, what, and how to mend it.
package struct RunbookProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package var file: String
    /// From 1; nil: the whole file.
    package var line: Int?
    package var problem: String
    package var remedy: String?
    /// The runbook cannot be used; else it is, and this is a doubt about it.
    package var isFatal: Bool

    package init(_ file: String, _ line: Int?, _ problem: String, _ remedy: String? = nil, isFatal: Bool = true) {
        self.file = file
        self.line = line
        self.problem = problem
        self.remedy = remedy
        self.isFatal = isFatal
    }

    package var description: String {
        file + (line.map { ":\($0)" } ?? "") + ": " + problem + (remedy.map { "; \($0)" } ?? "")
    }
}
