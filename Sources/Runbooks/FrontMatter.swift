import Foundation
import Model
import Yams

/// The front matter of a runbook: lines of `key: text`, and nothing else of YAML.
///
/// That is seen line by line before a YAML parser gets it, so that there is nothing to nest and no alias to unfold: what is left
/// for the parser is the quoting of texts.
struct FrontMatter {
    struct Value {
        var text: String
        /// Of the file, from 1.
        var line: Int
    }

    static let keys = [
        "id", "title", "rule", "applies-to", "relation", "statement", "database", "tier", "delegated-to", "written-at",
        "written-by", "ticket",
    ]
    /// Bytes: twelve lines.
    static let sizeLimit = 16 << 10
    /// Characters of one value.
    static let valueLimit = 400

    private(set) var values: [String: Value] = [:]
    private(set) var problems: [RunbookProblem] = []

    private let file: String

    /// - Parameter lines: those between the two lines of `---`, which begin at line 2 of the file.
    init(_ lines: ArraySlice<String>, file: String) {
        self.file = file
        guard lines.reduce(0, { $0 + $1.utf8.count + 1 }) <= Self.sizeLimit else {
            tell(1, "the front matter is larger than 16 kB", "the note belongs below the second ---")
            return
        }
        var known: [Int: String] = [:]
        for (number, line) in zip(2..., lines) {
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.isEmpty || text.hasPrefix("#") { continue }
            if let key = key(line, number) { known[number] = key }
        }
        guard problems.isEmpty else { return }
        for (number, line) in zip(2..., lines) {
            guard let key = known[number] else { continue }
            if let text = value(line, number, key) { values[key] = Value(text: text, line: number) }
        }
    }

    private mutating func tell(_ line: Int, _ problem: String, _ remedy: String? = nil) {
        problems.append(RunbookProblem(file, line, problem, remedy))
    }

    /// The key of a line that holds one.
    private mutating func key(_ line: String, _ number: Int) -> String? {
        let name = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
        let rest = line.dropFirst(name.count)
        let isKey = name.first?.isLetter ?? false && (rest == ":" || rest.hasPrefix(": ") || rest.hasPrefix(":\t"))
        guard isKey else {
            if line.first?.isWhitespace ?? false {
                tell(number, "is indented", "write each key at the beginning of a line, with its text on the same line")
            } else {
                tell(
                    number, "is no key with its text", "write key: text; known are \(Self.keys.joined(separator: ", "))"
                )
            }
            return nil
        }
        let key = String(name)
        guard Self.keys.contains(key) else {
            let near = NearName.nearest(to: key.lowercased(), among: Self.keys).map { "did you mean \($0)?" }
            tell(number, "there is no key \"\(key)\"", near ?? "known are \(Self.keys.joined(separator: ", "))")
            return nil
        }
        guard seen.insert(key).inserted else {
            tell(number, "\(key) stands twice", "keep one of them")
            return nil
        }
        let value = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
        switch value.first {
        case "&", "*":
            tell(number, "\(key): anchors and aliases are not read", "write the text itself, in quotes")
            return nil
        case "[", "{", "|", ">", "!", "%", "@", "`", "?":
            tell(number, "\(key): YAML gives \(value.first!) a meaning of its own", "write one text in quotes")
            return nil
        default: return key
        }
    }

    private var seen: Set<String> = []

    private mutating func value(_ line: String, _ number: Int, _ key: String) -> String? {
        let node: Node?
        do {
            node = try Yams.compose(yaml: line)
        } catch {
            tell(number, "\(key): no YAML", "put the text in double quotes, \\ before each \" and \\ in it")
            return nil
        }
        guard let scalar = node?.mapping?.first?.value.scalar else {
            tell(number, "\(key): is no text", "write one text, in quotes")
            return nil
        }
        let text = scalar.string.trimmingCharacters(in: .whitespacesAndNewlines)
        if text.isEmpty || scalar.style == .plain && ["~", "null"].contains(text) {
            tell(number, "\(key): is empty", "write its text, or leave the line out")
            return nil
        }
        guard text.count <= Self.valueLimit else {
            tell(number, "\(key): longer than \(Self.valueLimit) characters", "the note belongs below the second ---")
            return nil
        }
        guard !text.unicodeScalars.contains(where: \.isInvisible) else {
            tell(number, "\(key): holds a line break or another character that cannot be seen", "leave it out")
            return nil
        }
        return text
    }
}
