extension CaseManifest {
    /// Where what each case has is found. What comes in numbers stands in a folder: `snapshots/`, `planner/`, `runbooks/`,
    /// `attachments/`.
    package enum Name {
        package static let readme = "README.txt"
        package static let summaryPage = "summary.html"
        package static let summaryText = "summary.md"
        package static let reportPage = "report.html"
        package static let reportText = "report.md"
        package static let reportData = "report.json"
        package static let snapshot = "snapshot.json.gz"
        package static let history = "history.jsonl.gz"
        package static let log = "log.txt"

        static let manifest = "manifest.json"
        /// As `sha256sum -c` reads it; it covers the manifest too.
        static let sums = "SHA256SUMS"

        /// A `PlannerImage`, gzipped JSON.
        package static func plannerImage(_ number: Int) -> String { "planner/\(number).json.gz" }

        /// In this order; the rest follows by name.
        static let first = [readme, summaryPage, summaryText, reportPage, reportText, reportData, snapshot]
    }
}
