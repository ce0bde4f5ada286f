import Model

/// The values of the template of a history's reports.
struct HistoryPage {
    struct Section {
        var id: String
        var title: String
        var blocks: [Block]
    }

    /// One of them has something: mustache has no choice of its own.
    struct Block {
        var texts: [String] = []
        var headings: [String] = []
        var lists: [List] = []
        var grids: [Grid] = []
        var decks: [Deck] = []
        var tables: [Table] = []
    }

    struct List { var items: [Item] }
    struct Item {
        var text: String
        var kind: String
    }
    struct Grid { var panels: [Panel] }
    struct Panel {
        var kind: String
        var title: String
        var sentence: String
        /// Its class: wide ones are scrolled on a phone, and begin at their end, which is the newest.
        var scroll: String
        /// None or one, SVG.
        var drawings: [String]
    }
    struct Deck { var cards: [Card] }
    struct Card {
        var kind: String
        var title: String
        var leads: [Lead]
        var sentence: String
        var codes: [String]
        var hasEvidence: Bool
        var evidence: [Item]
        var drawings: [String]
    }
    struct Lead {
        var text: String
        var note: String
    }
    struct Table {
        /// Without long texts it needs little room.
        var kind: String
        var columns: [Column]
        var rows: [Row]
        var more: [String]
    }
    struct Column {
        var title: String
        var kind: String
    }
    struct Row {
        var kind: String
        var cells: [Cell]
    }
    struct Cell {
        var kind: String
        /// None or one.
        var ids: [String]
        var texts: [String]
        var codes: [String]
        var notes: [String]
        /// SVG.
        var drawings: [String]
    }

    var generator: String
    var title: String
    var style = TemplateFiles.style + TemplateFiles.trendStyle
    var heading: String
    var facts: [String]
    var headline: String
    var tone: String
    var hasContents: Bool
    var contents: [Page.Link]
    var sections: [Section]
    var method: [Page.Pair]
    var origin: [String]

    init(_ document: HistoryDocument, _ options: ReportOptions) {
        generator = options.generator ?? "pgmedic"
        heading = Visible.folded("\(document.title) \(document.target)")
        title = "pgmedic: " + heading
        facts = document.facts.map(Visible.folded)
        headline = Visible.folded(document.headline)
        tone = document.tone.rawValue
        let filled = document.sections.filter { !$0.blocks.isEmpty }
        contents = filled.map { Page.Link(target: $0.id, text: Visible.folded($0.title)) }
        hasContents = contents.count > 2
        sections = filled.map { section in
            Section(id: section.id, title: Visible.folded(section.title), blocks: section.blocks.map(Self.block))
        }
        method = document.method.map { Page.Pair(label: $0.label, value: Visible.folded($0.text)) }
        origin = options.command.map { [Visible.folded($0)] } ?? []
    }

    private static func block(_ block: HistoryDocument.Block) -> Block {
        switch block {
        case .text(let text): Block(texts: [Visible.folded(text)])
        case .heading(let text): Block(headings: [Visible.folded(text)])
        case .list(let items): Block(lists: [List(items: items.map(item))])
        case .panels(let panels): Block(grids: [Grid(panels: panels.map(panel))])
        case .cards(let cards): Block(decks: [Deck(cards: cards.map(card))])
        case .table(let table): Block(tables: [self.table(table)])
        }
    }

    private static func item(_ item: HistoryDocument.Item) -> Item {
        Item(text: Visible.folded(item.text), kind: item.isFaint ? "unsure" : "")
    }

    private static func svg(_ drawing: HistoryDocument.Drawing?) -> [String] {
        switch drawing {
        case .chart(let chart): [chart.svg]
        case .week(let map): [map.svg]
        case .bars(let bars): [bars.svg]
        case nil: []
        }
    }

    private static func panel(_ panel: HistoryDocument.Panel) -> Panel {
        Panel(
            kind: panel.drawing?.isWide == true ? "wide" : "", title: Visible.folded(panel.title),
            sentence: Visible.folded(panel.sentence),
            scroll: panel.drawing?.isWide == true ? "scroll newest" : "scroll",
            drawings: svg(panel.drawing))
    }

    private static func card(_ card: HistoryDocument.Card) -> Card {
        Card(
            kind: card.tone == .none ? "" : card.tone.rawValue, title: Visible.folded(card.title),
            leads: card.lead.isEmpty ? [] : [Lead(text: Visible.folded(card.lead), note: Visible.folded(card.note))],
            sentence: Visible.folded(card.sentence), codes: card.code.map { [Visible.folded($0)] } ?? [],
            hasEvidence: !card.evidence.isEmpty, evidence: card.evidence.map(item),
            drawings: card.drawings.flatMap { svg($0) })
    }

    private static func table(_ table: HistoryDocument.Table) -> Table {
        Table(
            kind: table.columns.contains { [.code, .prose].contains($0.kind) } ? "" : "small",
            columns: table.columns.map { Column(title: $0.title, kind: kind($0.kind)) },
            rows: table.rows.enumerated().map { place, row in
                Row(
                    kind: table.hasTotal && place == table.rows.count - 1 ? "total" : "",
                    cells: zip(row, table.columns).map(cell))
            }, more: table.more.map { [$0] } ?? [])
    }

    private static func kind(_ kind: HistoryDocument.Table.Column.Kind) -> String {
        switch kind {
        case .number, .trend: ""
        case .text: "text short"
        case .code: "text"
        case .prose: "text prose"
        }
    }

    private static func cell(_ cell: HistoryDocument.Table.Cell, _ column: HistoryDocument.Table.Column) -> Cell {
        let text = Visible.folded(cell.text)
        let tone = cell.tone == .none ? "" : " " + cell.tone.rawValue
        return Cell(
            kind: kind(column.kind) + tone, ids: cell.id.map { [$0] } ?? [],
            texts: column.kind == .code || text.isEmpty ? [] : [text],
            codes: column.kind == .code && !text.isEmpty ? [text] : [],
            notes: cell.note.isEmpty ? [] : [Visible.folded(cell.note)], drawings: cell.trend.map { [$0.svg] } ?? [])
    }
}
