import Diagnosing
import Foundation
import Model
import Recommending

extension Page {
    /// Statements listed.
    static let listedStatements = 25
    /// Below a thousandth of the time a statement is no news.
    static let leastShare = 0.001
    /// Findings written out, so that a page stays below 300 kB.
    static let listedFindings = 60

    init(_ content: ReportContent, _ diagnosis: Diagnosis, _ options: ReportOptions) {
        let snapshot = diagnosis.snapshot
        generator = content.generator
        title = "pgmedic: " + Visible.folded(content.target)
        target = Visible.folded(content.target)
        facts = [content.server, Moments.plain(content.takenAt), "window \(content.window)"].map(Visible.folded)
        if let covered = content.coveredTime { facts.append(covered) }
        tone = content.tone
        headline = Visible.folded(content.headline)
        steps = content.steps.map { step in
            Step(
                label: step.label, tier: step.tier.rawValue, title: Visible.folded(step.title),
                gain: step.gain.map { Visible.folded($0.text) } ?? "", basis: step.gain?.basisText ?? "",
                fingerprint: step.fingerprint ?? "")
        }
        charts = Self.charts(content, diagnosis)
        waits = content.waits.map { [Waits($0)] } ?? []
        var cards = CardList(content.entries)
        findings = cards.cards(content.entries.filter { $0.finding.severity > .notice })
        notices = cards.cards(content.notices)
        noticesTitle = Quantity.plural(content.count(.notice), "notice")
        opensNotices = findings.isEmpty
        let unlisted = cards.unlisted
        moreFindings = unlisted > 0 ? ["and \(Quantity.plural(unlisted, "more finding")) (see the JSON report)"] : []
        let loads = diagnosis.observation.workload.statements
        let listed = loads.prefix(Self.listedStatements).filter { $0.share >= Self.leastShare }
        statements = listed.map(Self.row)
        let hidden = loads.count - statements.count
        moreStatements = hidden > 0 ? ["and \(Quantity.plural(hidden, "more statement")) (see the JSON report)"] : []
        judged = Quantity.plural(content.evaluated, "rule") + " judged"
        if !content.gaps.isEmpty { judged += ", \(Quantity.plural(content.gaps.count, "gap"))" }
        evaluated = Quantity.plural(content.evaluated, "rule") + " judged."
        cleared = content.cleared.map(Visible.folded)
        gaps = content.gaps.map {
            Gap(
                text: Visible.folded($0.text), remedy: $0.remedy.map { [Visible.block($0)] } ?? [],
                rules: $0.rules.isEmpty ? [] : [.init(count: Quantity.plural($0.rules.count, "rule"), names: $0.rules)])
        }
        suppressed = content.suppressions.count.map { "\($0) suppressed" } ?? "Nothing is suppressed."
        suppressions = content.suppressions.all.map(Visible.folded)
        hasSuppressions = !suppressions.isEmpty
        adjusted = content.thresholds.count.map { $0 + "." } ?? ""
        thresholds = content.thresholds.all.map(Visible.folded)
        hasThresholds = !thresholds.isEmpty
        environment = Self.environment(snapshot)
        method = Self.method(content, snapshot, options)
        hasNotices = !notices.isEmpty
        hasFindings = !findings.isEmpty
        contents = Self.contents(content, hasStatements: !statements.isEmpty)
        hasContents = !contents.isEmpty
        hasSteps = !steps.isEmpty
        hasCharts = !charts.isEmpty
        hasStatements = !statements.isEmpty
        hasCleared = !cleared.isEmpty
        hasGaps = !gaps.isEmpty
    }

    /// Worth its line only where the page is long.
    private static func contents(_ content: ReportContent, hasStatements: Bool) -> [Link] {
        guard !content.entries.isEmpty else { return [] }
        let counts = [(Severity.critical, "critical"), (.warning, "warning"), (.notice, "notice")].compactMap {
            severity, word -> String? in
            let count = content.count(severity)
            guard count > 0 else { return nil }
            return severity == .critical ? "\(count) \(word)" : Quantity.plural(count, word)
        }
        var links = [Link(target: "findings", text: "Findings: " + counts.joined(separator: ", "))]
        if hasStatements { links.append(Link(target: "statements", text: "Statements")) }
        if content.waits != nil { links.append(Link(target: "waits", text: "Waits")) }
        return links + [
            Link(target: "coverage", text: "Coverage"), Link(target: "method", text: "Environment and method"),
        ]
    }

    private static func row(_ load: StatementLoad) -> StatementRow {
        let counters = load.counters
        return StatementRow(
            share: Quantity.percent(load.share), calls: Quantity.count(counters.calls),
            mean: Quantity.milliseconds(counters.meanTime), total: Quantity.milliseconds(counters.executionTime),
            rows: Quantity.about(counters.rowsPerCall), blocks: Quantity.about(counters.blocksPerCall),
            text: Visible.folded(load.label(400)),
            who: Visible.folded(load.roles.joined(separator: ", ") + " in " + load.database))
    }

    private static func environment(_ snapshot: Snapshot) -> [Pair] {
        let server = snapshot.server
        var pairs = [
            Pair(label: "target", value: server.target ?? ""),
            Pair(label: "server", value: server.versionText),
            Pair(label: "started", value: Moments.plain(server.startedAt)),
            Pair(label: "looked into", value: snapshot.catalogs.map(\.database).joined(separator: ", ")),
            Pair(label: "as role", value: ([server.role] + server.roleMemberships).joined(separator: ", ")),
        ]
        if let service = ManagedService(snapshot) { pairs.append(Pair(label: "service", value: service.rawValue)) }
        if let cores = server.cores { pairs.append(Pair(label: "cores", value: String(cores))) }
        if let memory = server.memory { pairs.append(Pair(label: "memory", value: Quantity.bytes(memory))) }
        if let disk = server.disk { pairs.append(Pair(label: "disk", value: disk.rawValue)) }
        if server.isThroughPooler { pairs.append(Pair(label: "reached", value: "through a pooler")) }
        if let statistics = snapshot.statementStatistics {
            pairs.append(Pair(label: "statements", value: "pg_stat_statements \(statistics.extensionVersion)"))
        }
        if let version = server.hypoPGVersion { pairs.append(Pair(label: "what-if", value: "HypoPG \(version)")) }
        return pairs.filter { !$0.value.isEmpty }
            .map { Pair(label: $0.label, value: Visible.folded($0.value)) }
    }

    private static func method(_ content: ReportContent, _ snapshot: Snapshot, _ options: ReportOptions) -> [Pair] {
        var pairs = [
            Pair(label: "made by", value: content.generator), Pair(label: "window", value: content.window),
            Pair(label: "literals", value: content.redactionText),
            Pair(label: "cost", value: content.cost.joined(separator: ", ")),
        ]
        if let command = options.command { pairs.append(Pair(label: "command", value: command)) }
        if let moment = options.generatedAt { pairs.append(Pair(label: "written", value: Moments.plain(moment))) }
        return pairs.map { Pair(label: $0.label, value: Visible.folded($0.value)) }
    }
}

extension ReportContent {
    /// The colour of the headline: green only when nothing was found and nothing was out of sight.
    var tone: String {
        guard let worst = entries.map(\.finding.severity).max(), worst > .notice else {
            return gaps.isEmpty ? "good" : "notice"
        }
        return worst.rawValue
    }
}
