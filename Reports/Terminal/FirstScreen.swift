import Diagnosing
import Model

/// The first screen: what users feel, why, what to do now, and how we know.
extension TerminalReport {
    /// Lines of the table that fit one screen beside the rest.
    static let tableLines = 16
    /// Lines for what was not judged: as many of the gaps as fit, at least one; the rest is counted.
    static let notJudgedLines = 8

    var header: [String] {
        let who = ["pgmedic", content.target, content.server, Moments.plain(content.takenAt)].map(Visible.folded)
        var what = ["window \(content.window)"]
        if let covered = content.coveredTime { what.append(covered) }
        return Wrapping.items(who, width: width).map(styling.bold)
            + Wrapping.items(what, width: width).map(styling.faint)
    }

    var headline: [String] {
        let lines = wrapped(Visible.folded(content.headline), indentation: 2)
        return content.isQuiet ? lines : lines.map(styling.bold)
    }

    var steps: [String] {
        content.steps.flatMap { step in
            let gain = step.gain.map { Visible.folded($0.text) + " · " + $0.basisText } ?? ""
            let title = width - 13 - 32
            return Columns.rows(
                [
                    .init(step.label, width: 5, style: styling.accent),
                    .init(step.tier.rawValue, width: 2, style: styling.bold),
                    .init(Visible.folded(step.title), width: title),
                    .init(gain, width: 30, style: styling.faint),
                ], indentation: 2)
        }
    }

    var load: [String] {
        guard let load = content.load else { return [] }
        var lines = labelled("load", Wrapping.lines(load.text, width: width - 10), column: 10)
        if !load.parts.isEmpty { lines += bars(load.parts).map { String(repeating: " ", count: 10) + $0 } }
        return lines
    }

    /// `Lock ██████ 6.5   CPU* █ 1.1`: as many side by side as a line takes; lengths share one scale.
    private func bars(_ parts: [ReportContent.Load.Part]) -> [String] {
        let texts = parts.map { ($0.label, Quantity.decimal($0.sessions, places: 1)) }
        let fixed = texts.reduce(0) { $0 + DisplayWidth.of($1.0) + $1.1.count + 5 }
        let room = max(10, width - 10 - fixed)
        let total = parts.reduce(0) { $0 + $1.sessions }
        let bars = zip(parts, texts).map { part, text in
            let length = total > 0 ? max(1, Int((part.sessions / total * Double(room)).rounded(.down))) : 0
            return "\(text.0) \(String(repeating: "█", count: length)) \(text.1)"
        }
        return Wrapping.packed(bars, width: width - 10, gap: "   ")
    }

    var table: [String] {
        let shown = content.entries.filter { options.verbose || $0.finding.severity > .notice }
        var lines = shown.isEmpty ? [] : tableHead(shown)
        var rows = 0
        for entry in shown {
            let next = row(entry, impact: impactWidth(shown))
            if !options.verbose && lines.count + next.count > Self.tableLines { break }
            lines += next
            rows += 1
        }
        let hidden = shown.dropFirst(rows).reduce(0) { $0 + $1.findings.count }
        if hidden > 0 { lines.append("    + " + Quantity.plural(hidden, "more finding")) }
        let notices = content.count(.notice)
        if !options.verbose && notices > 0 {
            lines.append(
                "    + " + Quantity.plural(notices, "notice") + styling.faint(" (pgmedic diagnose --verbose)"))
        }
        return lines
    }

    private func impactWidth(_ entries: [ReportContent.Entry]) -> Int {
        min(22, max(6, entries.map { DisplayWidth.of($0.impact) }.max() ?? 0))
    }

    /// What number, mark, impact, tier, confidence and the blanks between them leave.
    private func titleWidth(_ impact: Int) -> Int { width - impact - 22 }

    private func tableHead(_ rows: [ReportContent.Entry]) -> [String] {
        let impact = impactWidth(rows)
        return Columns.rows(
            [
                .init("#", width: 3, isRight: true, style: styling.faint),
                .init("what", width: titleWidth(impact) + 3, style: styling.faint),
                .init("impact", width: impact + 1, style: styling.faint), .init("tier", width: 5, style: styling.faint),
                .init("sure", width: 6, style: styling.faint),
            ], indentation: 0, gap: 1)
    }

    private func row(_ entry: ReportContent.Entry, impact: Int) -> [String] {
        let finding = entry.finding
        var lines = Columns.rows(
            [
                .init(String(entry.number), width: 3, isRight: true, style: styling.faint),
                .init(finding.severity.mark, width: 1) { styling.severity(finding.severity, $0) },
                .init(Visible.folded(entry.title), width: titleWidth(impact) + 1),
                .init(Visible.folded(entry.impact), width: impact + 1),
                .init(finding.tier.rawValue, width: 5),
                .init(finding.confidence.rawValue, width: 6),
            ], indentation: 0, gap: 1)
        if !entry.symptoms.isEmpty { lines += folded(entry.symptoms) }
        return lines
    }

    /// Symptoms in at most two lines.
    private func folded(_ symptoms: [Finding]) -> [String] {
        let titles = symptoms.map { Visible.folded($0.title) }.joined(separator: "; ")
        let count = symptoms.count > 1 ? "explains \(symptoms.count) more: " : "explains: "
        var lines = Wrapping.lines(count + titles, width: width - 9)
        if lines.count > 2 { lines = [lines[0], DisplayWidth.cut(lines[1] + " " + lines[2], to: width - 9)] }
        return lines.enumerated().map { offset, line in
            String(repeating: " ", count: 6) + styling.faint((offset == 0 ? "└ " : "  ") + line)
        }
    }

    var coverage: [String] {
        var lines: [String] = []
        if !content.cleared.isEmpty {
            lines += labelled("cleared", Wrapping.items(content.cleared.map(Visible.folded), width: width - 14))
        }
        // Where all is calm and little is wanted, two are enough to say that some is missing.
        let most = options.verbose ? 0 : options.quiet && content.isQuiet ? 2 : 4
        var shown: [String] = []
        var hidden = content.gaps.count
        for gap in content.gaps.prefix(most) {
            let next = gapLines(gap, label: shown.isEmpty ? "not judged" : "")
            if !shown.isEmpty && shown.count + next.count > Self.notJudgedLines { break }
            shown += next
            hidden -= 1
        }
        lines += shown
        if hidden > 0 {
            let text =
                options.verbose
                ? Quantity.plural(hidden, "thing") + ", listed at the end"
                : "and \(hidden) more" + styling.faint(" (pgmedic diagnose --verbose)")
            lines += labelled(shown.isEmpty ? "not judged" : "", [text])
        }
        return lines + labelled("cost", Wrapping.items(content.cost, width: width - 14))
    }

    private func gapLines(_ gap: ReportContent.Gap, label: String, column: Int = 14) -> [String] {
        var lines = Wrapping.lines(Visible.folded(gap.text), width: width - column)
        if let remedy = gap.remedy {
            lines += Wrapping.lines(Visible.folded(remedy), width: width - column - 2).enumerated().map {
                ($0 == 0 ? "→ " : "  ") + $1
            }
        }
        return labelled(label, lines, column: column)
    }

    /// How many were accepted; the entries that need somebody; each of them where more is wanted.
    var suppressions: [String] {
        let content = content.suppressions
        var lines: [String] = []
        if let count = content.count { lines += Wrapping.lines(count, width: width - 14) }
        let told = options.verbose ? content.all : content.told
        for text in told {
            lines += Wrapping.lines(Visible.folded(text), width: width - 16).enumerated().map {
                ($0 == 0 ? "· " : "  ") + $1
            }
        }
        return lines.isEmpty ? [] : labelled("suppressed", lines)
    }

    /// How many thresholds are not the documented ones; which, where they are few or more is wanted.
    var thresholds: [String] {
        let content = content.thresholds
        guard let count = content.count else { return [] }
        var lines = Wrapping.lines(count, width: width - 14)
        let few = content.adjusted.count <= 3 ? content.adjusted : []
        for text in options.verbose ? content.all : few {
            lines += Wrapping.lines(Visible.folded(text), width: width - 16).enumerated().map {
                ($0 == 0 ? "· " : "  ") + $1
            }
        }
        return labelled("adjusted", lines)
    }

    var gaps: [String] {
        guard !content.gaps.isEmpty else { return [] }
        return [styling.bold("Not judged")]
            + content.gaps.flatMap { gap in
                let rules = Wrapping.items(gap.rules, width: width - 4).map { "    " + styling.faint($0) }
                return gapLines(gap, label: "·", column: 4) + rules
            }
    }
}
