/// The first words of a statement, comments skipped: a lexical look, no parsing.
enum SQLPrefix {
    static func words(of sql: String, count: Int) -> [String] {
        var words: [String] = []
        var rest = Substring(sql).utf8[...]
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

    /// Whether an EXPLAIN has, or may have, the option ANALYZE, which executes. Options are plain words between
    /// parentheses; anything else there (quotes, comments) is not ours.
    static func explainMayExecute(_ sql: String) -> Bool {
        var rest = skippingBlanks(Substring(sql).utf8)
        rest = skippingBlanks(rest.dropFirst("explain".utf8.count))
        guard rest.first == UInt8(ascii: "(") else { return isAnalyze(words(of: String(Substring(rest)), count: 1)) }
        guard let end = rest.firstIndex(of: UInt8(ascii: ")")) else { return true }
        let options = Substring(rest[rest.index(after: rest.startIndex)..<end])
        guard options.allSatisfy({ $0.isASCII && ($0.isLetter || $0 == "_" || $0 == "," || $0 == " ") }) else {
            return true
        }
        return isAnalyze(options.split { $0 == "," || $0 == " " }.map(String.init))
    }

    private static func isAnalyze(_ words: [String]) -> Bool {
        words.contains { ["analyze", "analyse"].contains($0.lowercased()) }
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
