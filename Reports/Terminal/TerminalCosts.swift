import Model

/// What was spent, for whoever asks whether it may run each minute.
extension TerminalReport {
    var costs: [String] {
        guard let costs = content.costs else { return [] }
        var lines = [styling.bold("Cost")]
        lines += labelled("by query", Wrapping.items(costs.queries.map(text), width: width - 14))
        for (offset, area) in costs.areas.enumerated() {
            lines += labelled(offset == 0 ? "by area" : "", Wrapping.lines(text(area), width: width - 14))
        }
        lines += labelled(
            "",
            Wrapping.lines(
                "Times of queries are from one answer to the next; areas share most of what is read, so that theirs overlap.",
                width: width - 14
            ).map(styling.faint))
        return lines
    }

    private func text(_ query: ReportContent.Costs.Query) -> String {
        let times = query.times > 1 ? " in \(query.times) readings" : ""
        return "\(query.name) \(Quantity.milliseconds(query.time)), \(Quantity.plural(query.rows, "row"))\(times)"
    }

    private func text(_ area: ReportContent.Costs.AreaCost) -> String {
        var text = "\(area.name): \(Quantity.plural(area.rules, "rule"))"
        if let judging = area.judging { text += " judged in \(Quantity.milliseconds(judging))" }
        return text + ", on \(Quantity.milliseconds(area.collecting)) of reading \(area.needs.joined(separator: ", "))"
    }
}
