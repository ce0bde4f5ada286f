import Model

extension StatementName {
    /// Its text's beginning, or `statement 50fde20626009aba`.
    package var shown: String {
        guard let text, !text.isEmpty else { return "statement \(Shown.name(identity, limit: 20))" }
        return Shown.excerpt(text)
    }

    /// With its role: `SELECT … FROM orders (role app)`.
    var shownWithRole: String {
        role.map { "\(shown) (role \(Shown.name($0, limit: 63)))" } ?? shown
    }

    /// `statement 50fde206 of role reporting`: where its text would be too long.
    var short: String {
        "statement \(Shown.name(identity, limit: 16))" + (role.map { " of role \(Shown.name($0, limit: 63))" } ?? "")
    }

    /// Whether it writes, as far as its first word tells.
    var isWriting: Bool {
        let verb = (text ?? "").drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }.uppercased()
        return ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY"].contains(verb)
    }
}
