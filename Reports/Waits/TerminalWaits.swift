import Diagnosing
import Model

/// What sessions wait for, with `--verbose`.
extension TerminalReport {
    private static let shownEvents = 10
    private static let shownOthers = 4

    var waits: [String] {
        guard let waits = content.waits else { return [] }
        var lines = [styling.bold("Waits")] + wrapped(waits.basis, indentation: 2).map(styling.faint)
        for shown in waits.events.prefix(Self.shownEvents) { lines += event(shown) }
        lines += statements(waits.statements)
        for (label, rows) in [
            ("databases", waits.databases), ("roles", waits.roles), ("programs", waits.applications),
        ] where rows.count > 1 {
            let items = rows.prefix(Self.shownOthers).map { "\(Visible.folded($0.name)) \($0.sessionsText)" }
            lines += labelled(label, Wrapping.items(items, width: width - 14))
        }
        if let counted = waits.counted { lines += self.counted(counted) }
        for (offset, hint) in waits.hints.enumerated() {
            lines += labelled(offset == 0 ? "more" : "", Wrapping.lines(hint, width: width - 14)).map(styling.faint)
        }
        return lines
            + labelled("errors", Wrapping.lines(ReportContent.Waits.method, width: width - 14)).map(styling.faint)
    }

    private func event(_ event: ReportContent.Waits.Event) -> [String] {
        var lines = row(Visible.folded(event.row.name), event.row)
        guard let note = event.note else { return lines }
        for text in ["waits for \(note.what)", "typically \(note.causes)", "see \(note.confirm)"] {
            lines += wrapped(text, indentation: 6).map(styling.faint)
        }
        return lines
    }

    private func row(_ name: String, _ row: ReportContent.Waits.Row) -> [String] {
        Columns.rows(
            [
                .init(name, width: width - 32), .init(row.sessionsText, width: 6, isRight: true),
                .init(row.shareText, width: 18, isRight: true, style: styling.faint),
            ], indentation: 2)
    }

    private func statements(_ statements: [ReportContent.Waits.StatementRow]) -> [String] {
        statements.prefix(Self.shownOthers).flatMap { statement in
            var lines = row(DisplayWidth.cut(Visible.folded(statement.text), to: width - 32), statement.row)
            let facts = [statement.waitsText, statement.kernelText].compactMap(\.self)
            lines += wrapped(Visible.folded(facts.joined(separator: " · ")), indentation: 6).map(styling.faint)
            return lines
        }
    }

    private func counted(_ counted: ReportContent.Waits.Counted) -> [String] {
        var lines = wrapped(counted.text, indentation: 2).map(styling.faint)
        for event in counted.events.prefix(Self.shownOthers + 2) { lines += row(Visible.folded(event.name), event) }
        return lines + statements(counted.statements)
    }
}
