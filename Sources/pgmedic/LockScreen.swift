import Diagnosing
import Foundation
import Model
import Reporting

/// Where the readings of a watch are shown: in place on a terminal, else one after another.
struct LockScreen: Sendable {
    private enum Way { case inPlace, oneByOne, lines }

    private let way: Way
    private let options: ReportOptions

    /// - Parameter isPlain: for people; else one JSON document a line.
    init(_ output: OutputOptions, isPlain: Bool) {
        way = !isPlain ? .lines : Console.outputIsTerminal ? .inPlace : .oneByOne
        options = output.shown
    }

    func open() {
        guard way == .inPlace else { return }
        // Whatever way it ends, the reader's screen and cursor come back.
        atexit { LockScreen.leave() }
        isAlternate = true
        // xterm's control sequences (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html): the alternate screen, its
        // cursor hidden.
        Console.print("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    func show(_ reading: LockReading) {
        switch way {
        case .lines: Console.print(LockReport(reading, options: options).jsonLine())
        case .oneByOne:
            var quiet = options
            quiet.quiet = true
            Console.print(LockReport(reading, options: quiet).terminal() + "\n")
        case .inPlace: draw(LockReport(reading, options: options).terminal())
        }
    }

    /// A remark between two readings.
    func say(_ text: String) {
        guard way == .inPlace else { return Console.note(text) }
        Console.print("\u{1B}[H" + String(Visible.line("pgmedic: \(text)").prefix(Console.width - 1)) + "\u{1B}[K")
    }

    func close() {
        guard way == .inPlace else { return }
        Self.leave()
    }

    /// From the top, each line cleared to its end, and what was below: nothing flickers.
    private func draw(_ text: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        while lines.last?.isEmpty ?? false { lines.removeLast() }
        let (columns, rows) = Console.size ?? (80, 24)
        // SQL is left unbroken by us, and broken by the terminal.
        var room = rows - 1
        let shown = lines.prefix { line in
            room -= max(1, (Self.width(of: line) + columns - 1) / columns)
            return room >= 0
        }
        if shown.count < lines.count {
            lines = shown + ["… and \(Quantity.plural(lines.count - shown.count, "more line"))"]
        }
        Console.print("\u{1B}[H" + lines.joined(separator: "\u{1B}[K\n") + "\u{1B}[K\u{1B}[J")
    }

    /// Columns of a line, colours left out.
    private static func width(of line: Substring) -> Int {
        var width = 0
        var isInEscape = false
        for character in line {
            if character == "\u{1B}" { isInEscape = true }
            if !isInEscape { width += DisplayWidth.of(String(character)) }
            if isInEscape && character == "m" { isInEscape = false }
        }
        return width
    }

    private static func leave() {
        guard isAlternate else { return }
        isAlternate = false
        Console.print("\u{1B}[?25h\u{1B}[?1049l")
    }
}

/// Whether the terminal shows our screen. Set and cleared by the one watch of the process, and at its exit.
nonisolated(unsafe) private var isAlternate = false

/// The report at the end of a watch: as JSON one more line.
struct WatchedReport: WrittenReport {
    let report: LockReport

    func terminal() -> String { report.terminal() }
    func markdown() -> String { report.markdown() }
    func html() -> String { report.html() }
    func json() -> String { report.jsonLine() }
}
