import Foundation
import Model

extension Runbook {
    /// Of a text that was kept elsewhere than in a folder; nil where it cannot be used.
    package init?(text: String) {
        var reader = RunbookReader(file: "")
        guard let runbook = reader.read(text) else { return nil }
        self = runbook
    }
}

/// Reads one runbook's file. Any doubt is an error: advice that is misread does harm.
struct RunbookReader {
    let file: String
    private(set) var problems: [RunbookProblem] = []
    /// The line at which the text of each section begins, from 1.
    private(set) var sections: [RunbookSection: Int] = [:]

    /// Bytes of a file.
    static let sizeLimit = 256 << 10

    init(file: String) { self.file = file }

    /// nil where there are problems.
    mutating func read(_ text: String) -> Runbook? {
        guard text.utf8.count <= Self.sizeLimit else {
            tell(nil, "larger than 256 kB", "a runbook is a page or two: attach the rest elsewhere")
            return nil
        }
        var text = text.utf8.contains(UInt8(ascii: "\r")) ? text.replacing("\r\n", with: "\n") : text
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard isReadable(lines) else { return nil }
        guard Self.isRule(lines[0]) else {
            tell(
                1, "does not begin with a front matter",
                "begin it with a line of ---, keys such as id: …, and --- again")
            return nil
        }
        guard let end = lines.dropFirst().firstIndex(where: Self.isRule) else {
            tell(1, "the front matter has no end", "write a line of --- below its last key")
            return nil
        }
        let front = FrontMatter(lines[1..<end], file: file)
        problems += front.problems
        var runbook = Runbook()
        runbook.file = file
        if front.problems.isEmpty { fill(&runbook, front.values) }
        body(Array(lines[(end + 1)...]), from: end + 2, &runbook)
        return problems.isEmpty ? runbook : nil
    }

    private static func isRule(_ line: String) -> Bool {
        line.trimmingCharacters(in: .whitespaces) == "---" && line.hasPrefix("-")
    }

    private mutating func tell(_ line: Int?, _ problem: String, _ remedy: String? = nil) {
        problems.append(RunbookProblem(file, line, problem, remedy))
    }

    /// What git leaves in a file, and what a reader would not see and yet paste.
    private mutating func isReadable(_ lines: [String]) -> Bool {
        for (number, line) in zip(1..., lines) {
            let mark = line.prefix(7)
            if mark == "<<<<<<<" || mark == ">>>>>>>", line.count == 7 || line.dropFirst(7).first == " " {
                tell(
                    number, "a merge was left half done here",
                    "keep one of the two texts and delete the lines of <, = and >")
                return false
            }
        }
        for (number, line) in zip(1..., lines) {
            if let scalar = line.unicodeScalars.first(where: { $0.isInvisible && $0 != "\t" }) {
                tell(
                    number, "holds U+\(scalar.value.hexadecimal(digits: 4)), which cannot be seen",
                    "delete it: what is pasted must be what was read")
                return false
            }
        }
        return true
    }

    // MARK: Front matter

    private mutating func fill(_ runbook: inout Runbook, _ values: [String: FrontMatter.Value]) {
        func text(_ key: String) -> String? { values[key]?.text }
        for (key, why) in [
            ("id", "write a name of small letters, digits and -: orders-status-3f2a"),
            ("title", "write it in one line"),
            ("rule", "write the rule that it is for: index.missing-on-foreign-key"),
            ("applies-to", "write rule, relation or statement"), ("tier", "write who wrote it: L1, L2 or L3"),
            ("written-at", "write the day: 2026-11-26"), ("written-by", "write who can be asked about it"),
        ] where values[key] == nil {
            tell(1, "has no \(key)", why)
        }
        runbook.id = text("id") ?? ""
        runbook.title = text("title") ?? ""
        runbook.rule = text("rule") ?? ""
        runbook.relation = text("relation")
        runbook.statement = text("statement")
        runbook.database = text("database")
        runbook.writtenBy = text("written-by") ?? ""
        runbook.ticket = text("ticket")
        form(values["id"], "id", /[a-z0-9][a-z0-9-]{0,79}/, "write small letters, digits and -: orders-status-3f2a")
        form(values["rule"], "rule", /[a-z][a-z0-9-]*\.[a-z0-9-]+/, "write the area and the rule: index.unused")
        form(values["relation"], "relation", /[^.]+\..+/, "write it with its schema: public.orders")
        form(
            values["statement"], "statement", /-?[0-9a-f]{1,20}/,
            "write the fingerprint that the report shows, in quotes")
        if let value = values["applies-to"] { runbook.appliesTo = choice(value, "applies-to") ?? .rule }
        if let value = values["tier"] { runbook.tier = choice(value, "tier") ?? .cure }
        if let value = values["delegated-to"] { runbook.delegatedTo = choice(value, "delegated-to") }
        if let value = values["written-at"] {
            if let moment = Self.moment(value.text) {
                runbook.writtenAt = moment
            } else {
                tell(
                    value.line, "written-at: \"\(value.text)\" is no moment",
                    "write 2026-11-26 or 2026-11-26T17:05:00Z")
            }
        }
        scope(runbook, values)
    }

    private mutating func form(
        _ value: FrontMatter.Value?, _ key: String, _ pattern: some RegexComponent, _ remedy: String
    ) {
        guard let value, value.text.wholeMatch(of: pattern) == nil else { return }
        tell(value.line, "\(key): \"\(value.text)\" is not allowed", remedy)
    }

    private mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ value: FrontMatter.Value, _ key: String
    ) -> Choice? where Choice.RawValue == String {
        if let choice = Choice(rawValue: value.text) { return choice }
        tell(
            value.line, "\(key): \"\(value.text)\" is not known",
            "write one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    /// What it applies to must be named, and nothing else, so that nobody takes it for narrower than it is.
    private mutating func scope(_ runbook: Runbook, _ values: [String: FrontMatter.Value]) {
        guard let scope = values["applies-to"], Runbook.Scope(rawValue: scope.text) != nil else { return }
        for key in [Runbook.Scope.relation, .statement] {
            if key == runbook.appliesTo, values[key.rawValue] == nil {
                tell(
                    scope.line, "applies to a \(key.rawValue), and does not say which",
                    "write \(key.rawValue): " + (key == .relation ? "public.orders" : "its fingerprint"))
            }
            if key != runbook.appliesTo, let value = values[key.rawValue] {
                tell(
                    value.line, "names a \(key.rawValue), and applies to a \(scope.text)",
                    "write applies-to: \(key.rawValue), or leave the line out")
            }
        }
    }

    /// A day, or a moment of UTC in whole seconds.
    private static func moment(_ text: String) -> Date? {
        if let moment = try? Date(text, strategy: .iso8601) { return moment }
        return try? Date(text + "T00:00:00Z", strategy: .iso8601)
    }

    // MARK: Body

    private mutating func body(_ texts: [String], from first: Int, _ runbook: inout Runbook) {
        let markdown = texts.joined(separator: "\n")
        if let open = MarkdownLine.missingFence(markdown) {
            tell(first + open.line, "a block of code has no end", "write a line of \(open.fence) below it")
            return
        }
        var section: RunbookSection?
        var parts: [RunbookSection?: [String]] = [:]
        var misspelt: (line: Int, name: String, near: String)?
        for (offset, line) in MarkdownLine.all(markdown).enumerated() {
            if let heading = line.heading, heading.escapes == 0 {
                if let next = RunbookSection(rawValue: heading.name) {
                    if sections[next] != nil {
                        tell(first + offset, "## \(next.title) stands twice", "keep one of them")
                    }
                    (section, sections[next]) = (next, first + offset)
                    continue
                }
                let names = RunbookSection.allCases.map(\.rawValue)
                if misspelt == nil, let near = NearName.nearest(to: heading.name, among: names) {
                    misspelt = (first + offset, heading.name, RunbookSection(rawValue: near)!.title)
                }
            }
            parts[section, default: []].append(line.unescaped)
        }
        func part(_ section: RunbookSection?) -> String {
            MarkdownLine.trimmed((parts[section] ?? []).joined(separator: "\n"))
        }
        runbook.note = part(nil)
        runbook.fix.markdown = part(.fix)
        if sections[.verify] != nil { runbook.verify = Instruction(markdown: part(.verify)) }
        if sections[.undo] != nil { runbook.undo = Instruction(markdown: part(.undo)) }
        // A note may well have such a heading, when the sections are there.
        if let misspelt, sections[.fix].map({ misspelt.line > $0 }) ?? true {
            tell(
                misspelt.line, "there is no section \"\(misspelt.name)\"",
                "did you mean ## \(misspelt.near)? A heading of your own begins with ###")
        } else if sections[.fix] == nil {
            tell(nil, "has no fix", "write what to do below a heading ## Fix")
        }
        for (section, line) in sections where part(section).isEmpty {
            tell(line, "## \(section.title) is empty", "write what to do, or leave the heading out")
        }
        for section in RunbookSection.allCases {
            guard let line = sections[section] else { continue }
            // Up to the first line of the text, which blank lines were taken from.
            let blank = (parts[section] ?? []).prefix { $0.allSatisfy(\.isWhitespace) }.count
            sections[section] = line + 1 + blank
        }
    }
}
