import Foundation

/// What could still be read in files that were redacted: `pgmedic redact --check`.
package enum ReadableText {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// A password, key or token behind a word that announces it, or in a URI.
        case secret
        /// Random letters and digits, as keys have them.
        case token
        case card, iban, email, phone
        /// A quoted value in a statement, where a placeholder should be.
        case literal
        case address, uuid
        /// Of a database, role, host or application: kept in this mode; `--redact names` replaces them.
        case name
    }

    /// One readable thing of one entry.
    package struct Finding: Codable, Sendable, Equatable {
        package var kind: Kind
        /// The file's name.
        package var entry: String
        /// Where it stands first: `line 12`, `$.backends[3].query`.
        package var place: String
        /// Its first character, and what does not tell it: `j…@…`. Names are shown whole.
        package var sample: String
        /// How often it stands in the entry.
        package var count: Int
    }

    package struct Entry: Sendable {
        package var name: String
        package var text: String

        package init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// What is readable in the entries, the worst kinds first.
    ///
    /// - Parameter names: names that this mode of redaction keeps.
    package static func findings(in entries: [Entry], names: Set<String> = []) -> [Finding] {
        let kept = NameMatcher(Dictionary(names.map { ($0, "\u{1}\($0)\u{2}") }) { first, _ in first }) {
            CommonNames.isWord($0, isKeyword: { _ in false })
        }
        return entries.flatMap { entry -> [Finding] in
            var reading = EntryReading(entry: entry.name, names: kept)
            reading.read(entry.text)
            return reading.findings
        }.sorted { ($0.kind.rank, $0.entry, -$0.count, $0.place) < ($1.kind.rank, $1.entry, -$1.count, $1.place) }
    }
}

extension ReadableText.Kind {
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self)! }

    fileprivate init(_ kind: SensitiveScan.Kind) {
        switch kind {
        case .email: self = .email
        case .card: self = .card
        case .iban: self = .iban
        case .phone: self = .phone
        case .address: self = .address
        case .uuid: self = .uuid
        case .token: self = .token
        }
    }
}

private struct EntryReading {
    private struct Item: Hashable {
        var kind: ReadableText.Kind
        var value: String
    }

    let entry: String
    let names: NameMatcher
    private var found: [Item: (place: String, order: Int, count: Int)] = [:]

    init(entry: String, names: NameMatcher) {
        self.entry = entry
        self.names = names
    }

    var findings: [ReadableText.Finding] {
        found.sorted { $0.value.order < $1.value.order }.map { item, seen in
            ReadableText.Finding(
                kind: item.kind, entry: entry, place: seen.place, sample: Self.masked(item.value, item.kind),
                count: seen.count)
        }
    }

    mutating func read(_ text: String) {
        let first = text.first { !$0.isWhitespace }
        if first == "{" || first == "[",
            JSONStrings.changing(
                Array(text.utf8),
                { place, text in
                    look(
                        at: text, isSQL: isSQL(place.keys, text), isDigest: Self.digests.contains(place.keys.last ?? "")
                    ) { place.text }
                    return nil
                }) != nil
        {
            return
        }
        found = [:]
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(line)
            look(at: line, isSQL: isSQL([], line), isDigest: false) { "line \(number + 1)" }
        }
    }

    /// Members that hold checksums.
    private static let digests: Set<String> = ["sha256", "checksum", "digest", "fingerprint", "id"]

    private mutating func look(at text: String, isSQL: Bool, isDigest: Bool, _ place: () -> String) {
        guard !text.isEmpty else { return }
        for range in Secrets.ranges(in: text) { add(.secret, String(text[range]), place) }
        for found in SensitiveScan.findings(in: text) where !(isDigest && found.kind == .token) {
            let value = String(decoding: Array(text.utf8)[found.bytes], as: UTF8.self)
            // A name that this mode keeps is told as a name.
            if found.kind == .token, !names.isEmpty, names.replacing(in: value) == "\u{1}\(value)\u{2}" { continue }
            add(ReadableText.Kind(found.kind), value, place)
        }
        if isSQL, text.contains("'") {
            // Our own questions to the catalog name objects.
            let isOfCatalog = text.contains("pg_catalog.")
            for match in text.matches(of: Self.quoted)
            where match.1.utf8.count >= 8 && Self.isData(match.1) && !(isOfCatalog && Self.isIdentifier(match.1)) {
                add(.literal, String(match.1), place)
            }
        }
        guard !names.isEmpty else { return }
        let marked = names.replacing(in: text)
        guard marked != text else { return }
        for part in marked.split(separator: "\u{1}").dropFirst() {
            if let end = part.firstIndex(of: "\u{2}") { add(.name, String(part[..<end]), place) }
        }
    }

    private mutating func add(_ kind: ReadableText.Kind, _ value: String, _ place: () -> String) {
        let item = Item(kind: kind, value: value)
        if found[item] == nil { found[item] = (place(), found.count, 0) }
        found[item]?.count += 1
    }

    private func isSQL(_ keys: [String], _ text: String) -> Bool {
        switch SnapshotField(keys) {
        case .statement, .definition, .expression, .plan: return true
        default: return text.contains("'") && text.contains(Self.sqlWord)
        }
    }

    nonisolated(unsafe) private static let sqlWord = #/\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|VALUES)\b/#
    nonisolated(unsafe) private static let quoted = #/'((?:[^']|'')*)'/#

    /// No placeholder, name, moment, number, made-up word or setting's value.
    private static func isData(_ text: Substring) -> Bool {
        if text.contains("…") || text.hasPrefix("$") { return false }
        let isPlain = text.wholeMatch(
            of:
                #/(?:[bcdfgklmnprst][aeiou])+|[-+0-9 :.,TZ]+|-?[0-9.]+ ?[A-Za-z]{1,7}(?: [0-9:.]+)?|[a-z_]+(?:\.[a-z_]+)+|[A-Za-z]+Lock|[0-9a-f-]{36}|\\x[0-9a-f]+/#
        )
        return isPlain == nil && text.contains { $0.isLetter } && text.contains { !$0.isLetter }
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { SensitiveScan.isWord($0) || $0 == UInt8(ascii: ".") }
    }

    private static func masked(_ value: String, _ kind: ReadableText.Kind) -> String {
        switch kind {
        case .name: return value
        case .email: return value.prefix(1) + "…@…"
        case .secret, .token: return "… (\(value.count) characters)"
        default: return value.prefix(1) + "… (\(value.count) characters)"
        }
    }
}
