import Configuration
import Diagnosing
import Foundation
import Model
import Recommending
import Reporting
import Sweeping
import Trends

/// Whom a sweep tells, and how.
struct SweepOutputs: Sendable {
    let project: ProjectFile
    let options: SweepOptions

    private var folder: ReportFolder? {
        project.sweep.reports.map {
            ReportFolder($0, options: ReportOptions(verbose: true, generator: Pgmedic.generator))
        }
    }

    /// Before a server is asked: can all be written?
    func prepare() throws {
        try folder?.prepare()
        if let textfile = project.sweep.textfile { try AtomicFile.check(textfile + "/pgmedic_sweep.prom") }
        if let webhook = project.sweep.webhook { _ = try Webhook(webhook).address() }
    }

    /// The reports of one target, as soon as it is judged.
    func write(_ target: SweepTarget, _ diagnosis: Diagnosis, isNews: Bool) throws -> SweepRun.WrittenTarget {
        let report = Report(diagnosis, options: ReportOptions(verbose: true, generator: Pgmedic.generator))
        var written = SweepRun.WrittenTarget()
        if isNews && options.mailFormat { written.attachment = report.html() }
        written.link = try folder?.write(
            report, of: target.name, at: diagnosis.snapshot.takenAt, isNews: isNews)
        return written
    }

    /// The slow statements of a target.
    func write(_ target: SweepTarget, _ report: SlowReport, _ diagnosis: Diagnosis) throws {
        let options = ReportOptions(verbose: true, generator: Pgmedic.generator)
        try folder?.write(
            WrittenSlowReport(report, details: SlowDetails(diagnosis), options: options), of: target.name, as: "slow")
    }

    /// Tells all; what cannot be told here is told elsewhere all the same.
    ///
    /// - Returns: what went wrong.
    func tell(_ outcome: SweepOutcome, print: (String) -> Void) async -> [String] {
        var failures: [String] = []
        func attempt(_ work: () async throws -> Void) async {
            do { try await work() } catch { failures.append("\(error)") }
        }
        let entries = Fleet.entries(outcome, earlier: folder?.earlierEntries() ?? [], project: project)
        let all = report(entries, outcome)
        let visited = Set(outcome.results.map(\.entry.target))
        let run = report(entries.filter { visited.contains($0.target) }, outcome)
        await attempt { try folder?.writeIndex(all) }
        if let textfile = project.sweep.textfile {
            await attempt {
                try Textfile(folder: textfile).write(outcome, known: project.targets.map(\.name))
            }
        }
        if let webhook = project.sweep.webhook, !run.news.isEmpty {
            await attempt { try await Webhook(webhook).post(run.jsonLine()) }
        }
        show(run, outcome, print)
        return failures
    }

    private func report(_ entries: [FleetEntry], _ outcome: SweepOutcome) -> FleetReport {
        FleetReport(
            entries, sweptAt: outcome.startedAt, seconds: outcome.seconds,
            options: ReportOptions(
                color: !options.noColor && Console.wantsColor, width: Console.width, generator: Pgmedic.generator))
    }

    private func show(_ report: FleetReport, _ outcome: SweepOutcome, _ print: (String) -> Void) {
        if options.format == .json { return print(report.json()) }
        if options.verbose { return print(report.terminal()) }
        guard !report.news.isEmpty else { return }
        print(options.mailFormat ? mail(report, outcome).written : report.summary())
    }

    /// Reports that are attached to a mail, the gravest targets' first.
    private static let attached = 5

    private func mail(_ report: FleetReport, _ outcome: SweepOutcome) -> MailMessage {
        let settings = project.sweep.mail ?? SweepSettings.Mail()
        let environment = ProcessInfo.processInfo.environment
        // cron hands its MAILTO over.
        let fallback = [environment["MAILTO"], environment["LOGNAME"], "root"].compactMap { $0 }
            .first(where: MailAddress.isAllowed)
        let who = report.news.count == 1 ? report.news[0].target : "\(report.news.count) targets"
        var mail = MailMessage(
            from: settings.from, to: settings.to.isEmpty ? [fallback ?? "root"] : settings.to,
            subject: "\(settings.subjectPrefix) \(who): \(report.newsCounts)", text: report.mailText(),
            html: report.mailHTML(), date: outcome.startedAt)
        let texts = Dictionary(
            outcome.results.compactMap { result in result.attachment.map { (result.entry.target, $0) } },
            uniquingKeysWith: { first, _ in first })
        let reports = report.news.compactMap { entry in texts[entry.target].map { (entry.target, $0) } }
        mail.attachments = reports.prefix(Self.attached).map { name, html in
            MailMessage.Attachment(name: "\(name).html", html: html)
        }
        return mail
    }
}
