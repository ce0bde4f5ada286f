import Diagnosing
import Model

extension Evidence {
    /// As a person reads it: `4.1 billion`, `2.1 GB`, `a, b, c`.
    var text: String {
        switch value {
        case .count(let count): abs(count) < 10_000_000 ? Quantity.count(count) : Quantity.about(Double(count))
        case .number(let number):
            Quantity.decimal(number, places: abs(number) < 10 && number != number.rounded() ? 2 : 0)
        case .bytes(let bytes): Quantity.bytes(bytes)
        case .milliseconds(let time): Quantity.milliseconds(time)
        case .seconds(let time): Quantity.seconds(time)
        case .share(let share): Quantity.percent(share)
        case .flag(let flag): flag ? "yes" : "no"
        case .text(let text): Visible.folded(text)
        case .list(let texts): texts.isEmpty ? "none" : texts.map(Visible.folded).joined(separator: ", ")
        }
    }

    /// `sequential scans 1,204`, `is read: no`
    var phrase: String {
        switch value {
        case .flag, .text, .list: "\(Visible.folded(label)): \(text)"
        default: "\(Visible.folded(label)) \(text)"
        }
    }

    /// A long text with its own lines.
    var block: String {
        switch value {
        case .text(let text): Visible.block(text)
        case .list(let texts): texts.map(Visible.folded).joined(separator: "\n")
        default: text
        }
    }

    /// A long text (a plan, a statement) gets a place of its own.
    var isLong: Bool {
        switch value {
        case .text(let text): key == "statement" || text.count > 100 || text.contains("\n")
        case .list(let texts): texts.reduce(0) { $0 + $1.count } > 60
        default: false
        }
    }
}

extension Severity {
    /// Told apart by shape, for those who do not see the colour.
    var mark: String {
        switch self {
        case .critical: "■"
        case .warning: "▲"
        case .notice: "●"
        }
    }
}

extension Gain {
    /// `measured`, `what-if`, `estimated`, `rule of thumb`, `by definition`
    var basisText: String { basis == .whatIf ? basis.rawValue : basis.rawValue.replacing("-", with: " ") }
}
