import Model

/// The values of the index advice's template.
struct IndexPage {
    struct Card {
        var number: String
        var title: String
        var gain: String
        var size: String
        var basis: String
        var open: Bool
        var sql: String
        var hasServed: Bool
        var served: [Served]
        var moreServed: [String]
        var notes: [ActionView.Note]
    }

    struct Served {
        var cost: String
        var share: String
        var text: String
    }

    struct Rejection {
        var index: String
        var gain: String
        var reason: String
    }

    /// Statements with a bar.
    static let statementBars = 10

    var generator: String
    var title: String
    var style = TemplateFiles.style + TemplateFiles.indexStyle
    var target: String
    var facts: [String]
    var headline: String
    var tone: String
    var charts: [Page.Chart]
    var hasCards: Bool
    var cards: [Card]
    var hasRejected: Bool
    var rejected: [Rejection]
    var moreRejected: [String]
    var coverage: [Page.Pair]
    var hasNotes: Bool
    var notes: [String]

    init(_ report: IndexReport) {
        let advice = report.advice
        generator = report.generator
        target = Visible.folded(report.target)
        title = "pgmedic: indexes of " + target
        facts = [report.server, Moments.plain(report.snapshot.takenAt)].map(Visible.folded) + report.facts
        headline = report.headline
        tone =
            advice.refusal != nil ? "warning" : advice.recommendations.isEmpty && advice.isComplete ? "good" : "notice"
        charts = Self.chart(advice).map { [$0] } ?? []
        cards = report.entries.map(Self.card)
        hasCards = !cards.isEmpty
        rejected =
            report.explains
            ? report.listedRejections.map { candidate in
                Rejection(
                    index: Visible.folded(
                        candidate.index.isEmpty ? candidate.relation.description : candidate.index),
                    gain: candidate.gain.map(Quantity.percent) ?? "", reason: Visible.folded(candidate.reason))
            } : []
        hasRejected = !rejected.isEmpty
        moreRejected = report.explains ? report.unlistedRejections : []
        coverage = [
            .init(label: "bounds", value: report.bounds.joined(separator: ", ")),
            .init(label: "search", value: report.effort.joined(separator: ", ")),
        ]
        if let hint = report.hint { coverage.append(.init(label: "rejected", value: hint)) }
        if let command = report.options.command {
            coverage.append(.init(label: "command", value: Visible.folded(command)))
        }
        notes = advice.notes.map(Visible.folded)
        hasNotes = !notes.isEmpty
    }

    private static func card(_ entry: IndexEntry) -> Card {
        var notes = entry.facts.map { ActionView.Note(label: $0.label, value: $0.text) }
        for script in entry.scripts {
            let isSQL = script.lines.allSatisfy(SQLText.isSQL)
            let text = script.lines.joined(separator: "\n")
            notes.append(
                ActionView.Note(
                    label: script.label, value: isSQL ? Visible.block(text) : Visible.folded(text), isCode: isSQL))
        }
        notes += entry.cautions.map { ActionView.Note(label: "beware", value: $0) }
        return Card(
            number: String(entry.number), title: entry.title, gain: entry.gain,
            size: entry.bytes, basis: entry.basis, open: entry.number == 1,
            sql: Visible.block(entry.recommendation.sql.joined(separator: "\n")), hasServed: !entry.served.isEmpty,
            served: entry.served.map { Served(cost: $0.cost, share: $0.share, text: $0.text) },
            moreServed: entry.unlistedServed > 0
                ? ["and \(Quantity.plural(entry.unlistedServed, "more statement"))"] : [],
            notes: notes)
    }

    /// What the set leaves of the cost of the statements that matter most.
    private static func chart(_ advice: IndexAdvice) -> Page.Chart? {
        let priced = advice.statements.filter { ($0.costBefore ?? 0) > 0 && $0.costAfter != nil }
        guard !advice.made.isEmpty, !priced.isEmpty else { return nil }
        let shown = priced.sorted { $0.share > $1.share }.prefix(statementBars)
        let bars = shown.map { statement in
            let (before, after) = (statement.costBefore ?? 0, statement.costAfter ?? 0)
            return BarChart.Bar(
                label: String(Visible.folded(statement.text).prefix(120)), value: after / before * 100,
                text: IndexEntry.change(before, after))
        }
        let chart = BarChart(bars: bars, unit: "of the cost", least: 100) { Quantity.decimal($0, places: 0) + " %" }
        return Page.Chart(
            kind: "statements wide", title: "What is left of each statement's cost",
            note:
                "planner's cost of a call, before → with the whole set; the statements that take most of the workload",
            bars: [chart.view])
    }
}
