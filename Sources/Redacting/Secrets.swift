import Foundation

/// Passwords, keys and tokens within texts: in DSNs and URIs, and behind words that announce them. They go from whatever is written,
/// in every mode.
package enum Secrets {
    static let mark = "…"

    /// The text (a setting's value, a DSN, a command) with `…` in place of its secrets.
    package static func redacted(_ text: String) -> String {
        guard mayHold(text) else { return text }
        return ranges(in: text).reversed().reduce(into: text) { $0.replaceSubrange($1, with: mark) }
    }

    /// Where secrets stand, in order; they do not overlap.
    static func ranges(in text: String) -> [Range<String.Index>] {
        guard mayHold(text) else { return [] }
        let whole = NSRange(text.startIndex..., in: text)
        var found: [Range<String.Index>] = []
        for expression in expressions {
            for match in expression.matches(in: text, range: whole) {
                guard let range = Range(match.range(withName: "secret"), in: text), !isPlaceholder(text[range]) else {
                    continue
                }
                found.append(range)
            }
        }
        found.sort { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) }
        var apart: [Range<String.Index>] = []
        for range in found where range.lowerBound >= apart.last?.upperBound ?? text.startIndex { apart.append(range) }
        return apart
    }

    /// What most texts have nothing of, told without a regular expression.
    private static func mayHold(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            for place in bytes.indices {
                switch bytes[place] | 0x20 {
                // `pass…`, `pwd`
                case UInt8(ascii: "p"): if begins(bytes, place, "pass") || begins(bytes, place, "pwd") { return true }
                case UInt8(ascii: "s"): if begins(bytes, place, "secret") { return true }
                case UInt8(ascii: "t"): if begins(bytes, place, "token") { return true }
                case UInt8(ascii: "c"): if begins(bytes, place, "credential") { return true }
                case UInt8(ascii: "b"): if begins(bytes, place, "bearer") { return true }
                case UInt8(ascii: "k"): if begins(bytes, place, "key") { return true }
                case UInt8(ascii: "/"):
                    if begins(bytes, place, "//") && bytes.contains(UInt8(ascii: "@")) { return true }
                case UInt8(ascii: "-"): if begins(bytes, place, "-u ") { return true }
                default: break
                }
            }
            return false
        }
    }

    private static func begins(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ word: StaticString) -> Bool {
        guard place + word.utf8CodeUnitCount <= bytes.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount where bytes[place + offset] | 0x20 != word.utf8Start[offset] | 0x20 {
            return false
        }
        return true
    }

    /// `$1`, `$HOME`, `%p`, `'…'`, `(not read)`, asterisks: what stands where a secret stood.
    private static func isPlaceholder(_ text: Substring) -> Bool {
        let inside = text.trimmingCharacters(in: CharacterSet(charactersIn: "'\",;."))
        return inside.hasPrefix("…") || inside.hasPrefix("(not read") || inside.hasPrefix("&lt;")
            || inside.allSatisfy { "*x?".contains($0) }
            || inside.wholeMatch(of: #/\$[0-9]+|\$[A-Z_]+|\$\{[A-Z_]+\}|%[a-z]|<[a-z ]*>/#) != nil
            || ["null", "none", "required", "off", "on", "true", "false"].contains(inside.lowercased())
    }

    // Possessive and bounded: a text of one long word must not take minutes.
    private static let quoted = #"(?:[EeNn]|[Uu]&)?'(?:[^'\\]++|\\.|'')*+'|"(?:[^"\\]++|\\.)*+""#
    private static let quotedValue = "(?<secret>\(quoted))"
    /// To the next blank; a quotation mark and brackets before it are not the secret's.
    private static let value =
        #"(?<secret>\#(quoted)|(?!['"]|\(not read)(?:\\.|[^\s\\]){1,500}?(?=['"]?[,;)}\]]*(?:\s|$)))"#
    private static let word =
        #"(?:password|passwd|passphrase|pwd|secret|token|credentials?|(?:api|access|private|secret|encryption|auth)[_-]?key)"#

    private static let expressions: [NSRegularExpression] = [
        // In a URI.
        #"(?i)(?<=[?&])\w{0,40}\#(word)=(?<secret>[^&\s'"]+)"#,
        // password=x; with blanks around = only what is quoted, since `a.token = b.token` is SQL.
        #"(?i)(?<![?&])\#(word)["']?(?:=>?|:(?!\s))\#(value)"#,
        // password: x, and not a sentence that goes on.
        #"(?im)\#(word)["']?:\s+(?<secret>\#(quoted)|[^\s'",;]+)(?=\s*(?:[,;}\]]|$))"#,
        #"(?i)\#(word)["']?\s*(?:=>?|:)\s*\#(quotedValue)"#,
        // PASSWORD 'x' of CREATE ROLE
        #"(?i)\bpassword\s+\#(quotedValue)"#,
        // scheme://user:password@host
        #"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/:@'"]{0,200}:(?<secret>\S{1,300}?)@(?=[^\s@]*+(?:\s|$))"#,
        #"(?i)\bbearer\s+(?<secret>[A-Za-z0-9._~+/=-]{8,})"#,
        #"(?:sshpass\s+-p|--password|--token|--secret)[ =]\s*(?<secret>\S+)"#,
        #"\s-u\s+[^\s:]+:(?<secret>\S+)"#,
    ].map { try! NSRegularExpression(pattern: $0) }
}
