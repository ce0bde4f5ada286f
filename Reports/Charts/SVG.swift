import Foundation

/// Pieces of inline SVG. Texts are escaped here; colours are the stylesheet's.
enum SVG {
    static func element(_ name: String, _ attributes: [(String, String)], _ content: String = "") -> String {
        let list = attributes.map { " \($0.0)=\"\(Markup.escape($0.1))\"" }.joined()
        return content.isEmpty ? "<\(name)\(list)/>" : "<\(name)\(list)>\(content)</\(name)>"
    }

    static func text(_ text: String, x: String, y: Double, style: String = "", anchor: String = "start") -> String {
        var attributes = [("x", x), ("y", number(y))]
        if !style.isEmpty { attributes.append(("class", style)) }
        if anchor != "start" { attributes.append(("text-anchor", anchor)) }
        return element("text", attributes, Markup.escape(text))
    }

    /// What is no number is drawn at 0: coordinates come from what servers and files told.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let rounded = (min(max(value, -1e6), 1e6) * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(Int(rounded)) : "\(rounded)"
    }

    static func percent(_ share: Double) -> String { number(min(max(share, 0), 1) * 100) + "%" }
}
