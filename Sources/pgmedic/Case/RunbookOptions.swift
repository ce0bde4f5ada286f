import ArgumentParser
import Configuration
import Diagnosing
import Foundation
import History
import Model
import Recommending
import Reporting
import Runbooks

/// Which runbooks are shown with findings.
struct RunbookOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The folder of runbooks; else `runbooks` of pgmedic.yaml.", valueName: "folder"))
    var runbooks: String?

    /// The folder that is meant; nil: none.
    func folder(_ project: ProjectFile?) -> String? { runbooks ?? project?.runbooks }

    /// Reads them; bad files are told, and hide no good one.
    ///
    /// - Throws: `Failure` where a folder that was given cannot be read.
    func load(_ project: ProjectFile?) throws -> KnownRunbooks {
        guard let folder = folder(project) else { return KnownRunbooks() }
        // The project file names it before the first one is written.
        if runbooks == nil, !FileManager.default.fileExists(atPath: folder) { return KnownRunbooks() }
        let contents = try Failure.unusable { try RunbookFolder.load(folder) }
        let fatal = contents.problems.filter(\.isFatal)
        for problem in fatal.prefix(3) { Console.note("runbook \(problem)") }
        if fatal.count > 3 { Console.note("\(fatal.count - 3) more runbooks cannot be read: pgmedic runbooks check") }
        return KnownRunbooks(runbooks: contents.runbooks, hasFolder: true)
    }
}

/// Runbooks with what histories know of them.
struct KnownRunbooks: Sendable {
    var runbooks: [Runbook] = []
    var records: [String: RunbookRecord] = [:]
    /// They are those of the team's folder: what was taken out of it is not shown any more.
    private let hasFolder: Bool

    init(runbooks: [Runbook] = [], hasFolder: Bool = false) {
        self.runbooks = runbooks
        self.hasFolder = hasFolder
    }

    var isEmpty: Bool { runbooks.isEmpty }

    /// Counts what became of them over all targets of a history; where no folder is at hand, they are the history's own copies.
    mutating func count(in history: History?) async throws {
        guard let history, !(isEmpty && hasFolder) else { return }
        let findings = try await HistoryAccess.told {
            var findings: [FindingRecord] = []
            for target in try await history.targets() { findings += try await history.findings(of: target.target) }
            return findings
        }
        records = RunbookRecord.counted(findings)
        guard !hasFolder else { return }
        for text in findings.flatMap({ $0.fixes ?? [] }).compactMap(\.runbookText) {
            guard let runbook = Runbook(text: text), !runbooks.contains(where: { $0.id == runbook.id }) else {
                continue
            }
            runbooks.append(runbook)
        }
    }

    /// Findings with the runbooks that fit them as steps of their ladders.
    func advising(_ judgement: Judgement) -> Judgement { judgement.advised(by: runbooks, records: records) }

    /// The files that belong to a diagnosis.
    func texts(for diagnosis: Diagnosis) -> [(name: String, text: String, about: String)] {
        var seen: Set<String> = []
        return diagnosis.findings.flatMap { RunbookMatch.all(of: runbooks, for: RunbookSubject($0), records: records) }
            .filter { seen.insert($0.runbook.id).inserted }
            .map { ($0.runbook.fileName, $0.runbook.text, "\($0.runbook.title) (\($0.text))") }
    }
}
