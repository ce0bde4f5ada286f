/// Words of PostgreSQL's grammar.
package enum SQLKeyword {
    /// The word is a keyword, reserved or not.
    package static func isKeyword(_ word: String) -> Bool {
        guard let tokens = try? Scanner.tokens(of: word), tokens.count == 1 else { return false }
        if case .keyword = tokens[0].kind { return true }
        return false
    }
}
