import Foundation
import History
import Trends

/// What a report of a history says, in plain text that is not escaped for any format yet. The formats differ in nothing but
/// how they write it.
struct HistoryDocument {
    enum Tone: String { case critical, warning, notice, good }

    /// `Trends of`
    var title: String
    /// `shop`
    var target: String
    var facts: [String] = []
    var headline: String
    var tone = Tone.notice
    var sections: [Section] = []
    /// How it was made, and with what.
    var method: [(label: String, text: String)] = []

    struct Section {
        /// Its anchor.
        var id: String
        var title: String
        var blocks: [Block] = []

        init(_ id: String, _ title: String, _ blocks: [Block] = []) {
            self.id = id
            self.title = title
            self.blocks = blocks
        }
    }

    enum Block {
        case text(String)
        case heading(String)
        case list([Item])
        case panels([Panel])
        case cards([Card])
        case table(Table)
    }

    struct Item {
        var text: String
        /// Less sure or less weighty than others.
        var isFaint = false
    }

    enum Drawing {
        case chart(TimeChart)
        case week(WeekHeatMap)
        case bars(DifferenceBars)

        var isWide: Bool {
            switch self {
            case .chart(let chart): chart.size == .wide
            case .week, .bars: false
            }
        }
    }

    /// A chart and what it shows.
    struct Panel {
        var title: String
        var sentence: String
        /// nil: the sentence says why there is none.
        var drawing: Drawing?
    }

    /// One thing that a reader has to know.
    struct Card {
        enum Tone: String { case worse, better, none }

        var tone = Tone.none
        var title: String
        /// `9.1 ms → 412 ms`
        var lead = ""
        /// `45 × · since Tue Mar 3 14:05`
        var note = ""
        var sentence: String
        var code: String?
        /// What speaks for it.
        var evidence: [Item] = []
        var drawings: [Drawing] = []
    }

    struct Table {
        struct Column {
            enum Kind {
                case number, text, code, trend
                /// Text that may be long.
                case prose
            }
            var title: String
            var kind: Kind

            init(_ title: String, _ kind: Kind = .number) {
                self.title = title
                self.kind = kind
            }
        }

        struct Cell {
            var text: String
            /// On a line of its own below.
            var note = ""
            var tone = Tone.none
            var trend: Sparkline?
            /// An anchor that others point to.
            var id: String?

            init(_ text: String, note: String = "", tone: Tone = .none, trend: Sparkline? = nil, id: String? = nil) {
                self.text = text
                self.note = note
                self.tone = tone
                self.trend = trend
                self.id = id
            }
        }

        enum Tone: String { case none, up, down }

        var columns: [Column]
        var rows: [[Cell]]
        /// The last row is a sum.
        var hasTotal = false
        /// What was left out.
        var more: String?
    }
}

/// A report that is written from a document of its own.
protocol HistoryReport: WrittenReport {
    var document: HistoryDocument { get }
    var jsonValue: JSONValue { get }
    var options: ReportOptions { get }
}

extension HistoryReport {
    package func terminal() -> String { TerminalHistory(document, options).text }
    package func markdown() -> String { MarkdownHistory(document, options).text }
    package func html() -> String { PageTemplates.render(HistoryPage(document, options)) }
    package func json() -> String { jsonValue.text }

    var generator: String { options.generator ?? "pgmedic" }
}
