import Diagnosing
import Model

/// Index advice on a terminal: the answer, the set as a table, then each recommendation with all that is to be known.
struct TerminalIndexes {
    private let report: IndexReport
    private let styling: Styling
    private let width: Int
    private static let textLines = 3

    init(_ report: IndexReport) {
        self.report = report
        styling = Styling(isOn: report.options.color)
        width = min(max(report.options.width, 60), 120)
    }

    var text: String {
        let entries = report.entries
        var blocks = [header, Wrapping.lines(report.headline, width: width - 2).map { "  " + styling.bold($0) }]
        blocks += [table(entries), coverage]
        if !report.options.quiet {
            blocks += entries.flatMap(opened)
            blocks.append(rejected)
        }
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var header: [String] {
        let who = ["pgmedic", report.target, report.server, Moments.plain(report.snapshot.takenAt)].map(Visible.folded)
        return Wrapping.items(who, width: width).map(styling.bold)
            + Wrapping.items(["indexes"] + report.facts, width: width).map(styling.faint)
    }

    private func table(_ entries: [IndexEntry]) -> [String] {
        guard !entries.isEmpty else { return [] }
        func row(_ cells: [String], style: @escaping (String) -> String) -> [String] {
            Columns.rows(
                [
                    .init(cells[0], width: 3, isRight: true, style: styling.faint),
                    .init(cells[1], width: width - 46, style: style), .init(cells[2], width: 16, style: style),
                    .init(cells[3], width: 8, isRight: true, style: style),
                    .init(cells[4], width: 15, style: styling.faint),
                ], indentation: 0, gap: 1)
        }
        return row(["#", "what", "gain", "size", "known by"], style: styling.faint)
            + entries.flatMap { entry in
                row(
                    [
                        "\(entry.number)", entry.title, entry.gain, entry.bytes,
                        entry.basis,
                    ], style: { $0 })
            }
    }

    private var coverage: [String] {
        func lines(_ label: String, _ items: [String]) -> [String] {
            styling.labelled(label, Wrapping.items(items, width: width - 14))
        }
        var text = lines("bounds", report.bounds) + lines("search", report.effort)
        if let hint = report.hint { text += lines("rejected", [hint]) }
        for (offset, note) in report.advice.notes.enumerated() {
            text += styling.labelled(
                offset == 0 ? "not judged" : "", Wrapping.lines(Visible.folded(note), width: width - 14))
        }
        return text
    }

    private func opened(_ entry: IndexEntry) -> [[String]] {
        let right = "\(entry.gain) · \(entry.basis)"
        let head = "\(entry.number)"
        let title = Columns.rows(
            [
                .init(head, width: DisplayWidth.of(head), style: styling.accent),
                .init(
                    entry.title, width: width - DisplayWidth.of(head) - DisplayWidth.of(right) - 3, style: styling.bold),
                .init(right, width: DisplayWidth.of(right)),
            ], indentation: 0, gap: 1)
        var lines: [String] = []
        for statement in entry.recommendation.sql { lines += verbatim(statement).map { "      " + $0 } }
        lines += served(entry)
        for fact in entry.facts { lines += note(fact.label, fact.text) }
        for script in entry.scripts { lines += pasteable(script.label, script.lines) }
        for caution in entry.cautions { lines += note("beware", caution) }
        return [title + lines]
    }

    private func served(_ entry: IndexEntry) -> [String] {
        var lines: [String] = []
        for (offset, served) in entry.served.enumerated() {
            var text = Wrapping.lines(served.text, width: width - 15)
            if text.count > Self.textLines {
                text = Array(text.prefix(Self.textLines))
                text[Self.textLines - 1] += " …"
            }
            lines += labelled(
                offset == 0 ? "serves" : "", ["\(served.cost), \(served.share)"] + text.map(styling.faint))
        }
        if entry.unlistedServed > 0 {
            lines += labelled("", ["and \(Quantity.plural(entry.unlistedServed, "more statement"))"])
        }
        return lines
    }

    private var rejected: [String] {
        let rejected = report.advice.rejected
        guard report.explains, !rejected.isEmpty else { return [] }
        var lines = [styling.bold("Rejected")]
        for candidate in report.listedRejections {
            let name = Visible.folded(candidate.index.isEmpty ? candidate.relation.description : candidate.index)
            let gain = candidate.gain.map { " (alone \(Quantity.percent($0)))" } ?? ""
            lines += Wrapping.lines(name + gain, width: width - 4).map { "  " + $0 }
            lines += Wrapping.lines(Visible.folded(candidate.reason), width: width - 8).map {
                "      " + styling.faint($0)
            }
        }
        lines += report.unlistedRejections.map { "  " + $0 }
        return lines
    }

    private func labelled(_ label: String, _ lines: [String]) -> [String] {
        styling.labelled(label, lines, indentation: 6, column: 15)
    }

    private func note(_ label: String, _ text: String) -> [String] {
        labelled(label, Wrapping.lines(text, width: width - 15))
    }

    /// SQL is left unbroken, so that it can be pasted; prose is wrapped.
    private func pasteable(_ label: String, _ texts: [String]) -> [String] {
        labelled(
            label,
            texts.flatMap { text in
                SQLText.isSQL(text) ? verbatim(text) : Wrapping.lines(Visible.folded(text), width: width - 15)
            })
    }

    private func verbatim(_ statement: String) -> [String] {
        Visible.block(statement).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
