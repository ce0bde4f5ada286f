import Foundation
import Reporting

/// What goes to the terminal. Messages are escaped: they may hold names and texts of the server.
enum Console {
    /// A value as `--format json` prints it: keys in order, moments as RFC 3339.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    static func print(_ text: String) { write(text, to: .standardOutput) }

    static func error(_ message: String) {
        write("pgmedic: \(Visible.block(message))\n", to: .standardError)
    }

    static func note(_ message: String) {
        write("pgmedic: \(Visible.block(message))\n", to: .standardError)
    }

    /// A reader that went away (`| head`) is no failure of ours.
    static func write(_ text: String, to handle: FileHandle) {
        try? handle.write(contentsOf: Data(text.utf8))
    }

    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// https://no-color.org: any non-empty value of NO_COLOR switches colour off.
    static var wantsColor: Bool {
        let environment = ProcessInfo.processInfo.environment
        if let none = environment["NO_COLOR"], !none.isEmpty { return false }
        return outputIsTerminal && environment["TERM"] != "dumb"
    }

    /// By the locale, as POSIX orders its variables
    /// (https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html#tag_08_02).
    static var isUTF8: Bool {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return locale.lowercased().replacing("-", with: "").contains("utf8")
    }

    /// Columns of the terminal; 80 where there is none. At most 100: longer lines do not read well.
    static var width: Int { size.map { $0.columns >= 40 ? min($0.columns, 100) : 80 } ?? 80 }

    /// What the terminal shows at once; nil where there is none.
    static var size: (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

/// One line on stderr that says what is going on; only on a terminal.
final class ProgressLine: Sendable {
    private let isShown: Bool

    init(quiet: Bool) { isShown = !quiet && Console.errorIsTerminal }

    func show(_ text: String) {
        guard isShown else { return }
        Console.write("\r\u{1B}[2K" + Visible.line(text) + " …", to: .standardError)
    }

    func clear() {
        guard isShown else { return }
        Console.write("\r\u{1B}[2K", to: .standardError)
    }
}
