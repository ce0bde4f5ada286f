import CaseFile
import Diagnosing
import Foundation
import Model
import Recommending
import Redacting
import Reporting

/// Puts the evidence into a case file, the most needed first.
struct CaseBuilding {
    private(set) var writer: CaseFileWriter
    private let evidence: CaseEvidence
    private let told: CaseTold
    private let runbooks: KnownRunbooks
    private let options: ReportOptions
    private let diagnosis: Diagnosis
    private var files: [(name: String, about: String)] = []
    private(set) var summary: CaseSummary

    init(_ evidence: CaseEvidence, _ told: CaseTold, _ runbooks: KnownRunbooks, options: ReportOptions) {
        self.evidence = evidence
        self.told = told
        self.runbooks = runbooks
        self.options = options
        diagnosis = evidence.diagnosis(runbooks)
        let server = evidence.observation.snapshot.server
        writer = CaseFileWriter(
            version: Pgmedic.version, madeAt: Date(), target: server.target ?? server.database,
            redaction: evidence.redaction, ticket: told.ticket,
            thresholds: evidence.observation.thresholds.withoutFolders)
        summary = CaseSummary(diagnosis, told: told, past: evidence.past?.past ?? CasePast(), options: options)
    }

    mutating func add(_ attachments: [CaseAttachment]) throws {
        var pseudonyms = evidence.pseudonyms
        for attachment in attachments {
            let content = attachment.content { pseudonyms?.redacted(text: $0) ?? $0 }
            let name = try writer.add(
                content, called: attachment.name, in: "attachments", kind: .attachment, about: attachment.about,
                priority: .normal)
            files.append((name, attachment.about))
        }
    }

    mutating func addAll(sizeLimit: Int) throws {
        writer.bound = sizeLimit
        let report = Report(diagnosis, options: options)
        typealias Name = CaseManifest.Name
        try add(report.html(), Name.reportPage, .report, "the whole diagnosis", .essential)
        try add(report.markdown(), Name.reportText, .report, "the same, for a ticket", .high)
        try add(report.json(), Name.reportData, .report, "the same, for programs", .high)
        let snapshot = evidence.observation.snapshot
        try add(
            SnapshotFile.encode(snapshot), Name.snapshot, .snapshot,
            "what was read of the server; pgmedic diagnose --from judges it anew", .essential)
        if let earlier = evidence.observation.earlier {
            try add(
                SnapshotFile.encode(earlier), CaseSnapshots.earlier(evidence.observation.window.basis), .snapshot,
                "the one before, with which it is compared", .high)
        }
        for (place, image) in evidence.images.enumerated() {
            try add(
                Gzip.compress(try Self.json(image)), Name.plannerImage(place + 1), .plannerImage,
                "database \(image.database) without its rows; pgmedic lab builds it", .high)
        }
        try addHistory()
        for runbook in runbooks.texts(for: diagnosis) {
            try writer.add(
                Data(runbook.text.utf8), called: runbook.name, in: "runbooks", kind: .runbook, about: runbook.about,
                priority: .normal)
            files.append(("runbooks/" + runbook.name, runbook.about))
        }
        try add(log, Name.log, .log, "how it was made, what could not be read", .high)
        try addSummary()
    }

    private mutating func addHistory() throws {
        guard let history = evidence.past else { return }
        // Its texts stand in sentences and charts, where a name cannot be told from a word.
        if evidence.redaction != "names" {
            try add(history.report.html(), "trends.html", .history, "the days around it, with charts", .normal)
        }
        try add(
            Gzip.compress(Data(history.lines.utf8)), CaseManifest.Name.history, .history,
            "the numbers of these days, a JSON object a line", .normal)
    }

    /// Last, since it lists the others.
    private mutating func addSummary() throws {
        summary = CaseSummary(
            diagnosis, told: told, past: evidence.past?.past ?? CasePast(), files: files, options: options)
        try writer.add(
            Data(summary.html().utf8), as: CaseManifest.Name.summaryPage, kind: .summary, about: "the first page",
            priority: .essential)
        try writer.add(
            Data(summary.markdown().utf8), as: CaseManifest.Name.summaryText, kind: .summary,
            about: "the same, to be pasted into a ticket", priority: .essential)
    }

    private mutating func add(
        _ text: String, _ name: String, _ kind: CaseManifest.Kind, _ about: String, _ priority: CaseFileWriter.Priority
    ) throws {
        try add(Data(text.utf8), name, kind, about, priority)
    }

    private mutating func add(
        _ content: Data, _ name: String, _ kind: CaseManifest.Kind, _ about: String, _ priority: CaseFileWriter.Priority
    ) throws {
        try writer.add(content, as: name, kind: kind, about: about, priority: priority)
        files.append((name, about))
    }

    private static func json(_ image: PlannerImage) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(image)
    }

    /// What was done and what was not to be had, in order.
    private var log: String {
        let snapshot = evidence.observation.snapshot
        var lines = [
            "\(Pgmedic.generator), case format \(CaseManifest.currentFormat)",
            "PostgreSQL \(snapshot.server.versionText), snapshot format \(snapshot.format)",
            "snapshot \(Moments.plain(snapshot.takenAt)) of \(snapshot.server.database)",
            "window \(evidence.observation.window.text)", "redaction \(evidence.redaction)",
            "rules: \(diagnosis.judgement.evaluated.count) judged, \(diagnosis.judgement.skipped.count) skipped, "
                + "\(diagnosis.judgement.inconclusive.count) inconclusive",
            "cost: \(snapshot.cost.roundTrips) round trips, \(snapshot.cost.statements) statements, "
                + "\(Quantity.milliseconds(snapshot.cost.wallTime)) of wall time",
        ]
        for query in snapshot.cost.queries ?? [] {
            lines.append(
                "query \(query.query): \(Quantity.milliseconds(query.time)), \(query.rows) rows, \(query.times) times")
        }
        for note in snapshot.notes {
            lines.append("not read (\(note.evidence.rawValue), \(note.reason.rawValue)): \(note.text)")
        }
        for image in evidence.images {
            lines.append(
                "planner's image of \(image.database): \(image.definitions.count) definitions, \(image.columns.count) columns"
            )
            lines += image.missing.map { "not in the image of \(image.database): \($0)" }
        }
        lines += evidence.missing
        return lines.map(Visible.line).joined(separator: "\n") + "\n"
    }
}

/// The names of snapshots in a case beside the one that is judged.
enum CaseSnapshots {
    static let earlierOne = "snapshots/earlier.json.gz"
    static let sampleStart = "snapshots/sample-start.json.gz"

    static func earlier(_ basis: Window.Basis) -> String { basis == .sample ? sampleStart : earlierOne }
}
