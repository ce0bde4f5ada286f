/// The first words of a statement, comments skipped: a lexical look, no parsing.
enum SQLPrefix {
    static func words(of sql: String, count: Int) -> [String] {
        var words: [String] = []
        var rest = Substring(sql)[...].utf8
        while words.count < count {
            rest = skippingBlanks(rest)
            let word = rest.prefix {
                ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") || $0 == UInt8(ascii: "_")
            }
            guard !word.isEmpty else { return words }
            words.append(String(Substring(word)))
            rest = rest.dropFirst(word.count)
        }
        return words
    }

    /// EXPLAIN ANALYZE executes. Options stand before the statement, so the first words up to it decide.
    static func explainAnalyzes(_ sql: String) -> Bool {
        let head = sql.utf8.prefix(200)
        return String(Substring(head)).uppercased().split { !$0.isLetter }.prefix(8).contains {
            $0 == "ANALYZE" || $0 == "ANALYSE"
        }
    }

    private static func skippingBlanks(_ text: Substring.UTF8View.SubSequence) -> Substring.UTF8View.SubSequence {
        var rest = text
        while let first = rest.first {
            if first == 0x20 || first >= 0x09 && first <= 0x0d {
                rest = rest.dropFirst()
            } else if rest.starts(with: "--".utf8) {
                rest = rest.drop { $0 != 0x0a }
            } else if rest.starts(with: "/*".utf8) {
                var depth = 0
                repeat {
                    if rest.starts(with: "/*".utf8) {
                        depth += 1; rest = rest.dropFirst(2)
                    } else if rest.starts(with: "*/".utf8) {
                        depth -= 1; rest = rest.dropFirst(2)
                    } else if rest.isEmpty {
                        return rest
                    } else {
                        rest = rest.dropFirst()
                    }
                } while depth > 0
            } else {
                return rest
            }
        }
        return rest
    }
}
