import Diagnosing
import Model

extension Page {
    /// What sessions wait for, as the page's template has it.
    struct Waits {
        struct Event {
            var name: String
            var sessions: String
            var share: String
            var what: String
            var causes: String
            var confirm: String
        }

        struct Statement {
            var sessions: String
            var share: String
            var waits: String
            var kernel: [String]
            var text: String
            var who: String
        }

        var basis: String
        var method: String
        var events: [Event]
        var statements: [Statement]
        var others: [Pair]
        /// None or one.
        var counted: [Counted]
        var hasStatements: Bool

        struct Counted {
            var countedText: String
            var countedEvents: [Event]
            var countedStatements: [Statement]
        }

        init(_ waits: ReportContent.Waits) {
            basis = waits.basis
            method = ReportContent.Waits.method
            events = waits.events.map { Event($0.row, $0.note) }
            statements = waits.statements.map(Statement.init)
            hasStatements = !statements.isEmpty
            others = [
                ("databases", waits.databases), ("roles", waits.roles), ("applications", waits.applications),
            ].filter { $0.1.count > 1 }.map { label, rows in
                let items = rows.prefix(8).map { "\($0.name) \($0.sessionsText)" }
                return Pair(label: label, value: Visible.folded(items.joined(separator: " · ")))
            }
            counted =
                waits.counted.map { counted in
                    [
                        Counted(
                            countedText: counted.text, countedEvents: counted.events.map { Event($0, nil) },
                            countedStatements: counted.statements.map(Statement.init))
                    ]
                } ?? []
        }
    }
}

extension Page.Waits.Event {
    init(_ row: ReportContent.Waits.Row, _ note: WaitEventNote?) {
        self.init(
            name: Visible.folded(row.name), sessions: row.sessionsText, share: row.shareText, what: note?.what ?? "",
            causes: note?.causes ?? "", confirm: note?.confirm ?? "")
    }
}

extension Page.Waits.Statement {
    init(_ statement: ReportContent.Waits.StatementRow) {
        self.init(
            sessions: statement.row.sessionsText, share: statement.row.shareText,
            waits: Visible.folded(statement.waitsText), kernel: [statement.kernelText].compactMap(\.self),
            text: Visible.folded(statement.text), who: Visible.folded(statement.database))
    }
}
