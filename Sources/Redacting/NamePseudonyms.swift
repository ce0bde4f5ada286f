import Foundation
import Model
import Statements

/// Pseudonyms in snapshots, planner's images and texts: of clients' addresses and prepared transactions always, of databases, roles,
/// hosts and applications when they are asked for. Passwords, keys and tokens go from all texts.
///
/// Names of schemas, relations, columns and indexes stay. Where a role or database is called like one of them, the word stays within
/// texts, in which nobody can tell the two apart, and becomes a pseudonym where the snapshot has a member for it.
package struct NamePseudonyms: Sendable {
    /// Why a value could not be redacted; it must not be written.
    package enum Failure: Error, CustomStringConvertible {
        case unreadable(String)

        package var description: String {
            switch self {
            case .unreadable(let what):
                "\(what) cannot be redacted: it is nested too deep, or a name stands where none can be"
            }
        }
    }

    package private(set) var key: PseudonymKey
    /// Names too, and not addresses alone.
    package let replacesNames: Bool
    private var objects: Set<String> = []
    private var matcher = NameMatcher([:]) { _ in false }

    package init(_ key: PseudonymKey = PseudonymKey(), replacesNames: Bool) {
        self.key = key
        self.replacesNames = replacesNames
        renewMatcher()
    }

    /// Takes note of the names in a snapshot, so that they are found in texts of others too: to be called for all before any is
    /// redacted.
    ///
    /// - Throws: `Failure`.
    package mutating func learn(_ snapshot: Snapshot) throws {
        try learn(json: Self.json(snapshot), "the snapshot")
    }

    package mutating func learn(_ image: PlannerImage) throws {
        try learn(json: Self.json(image), "the planner's image")
    }

    /// - Throws: `Failure`.
    package mutating func redacted(_ snapshot: Snapshot) throws -> Snapshot {
        let isOpen = snapshot.redaction == .none
        var clean = try changed(snapshot, "the snapshot") { pseudonyms, field, text in
            pseudonyms.redacted(isOpen ? Self.withoutLiterals(text, field) : text, field)
        }
        clean.redaction = .literals
        return clean
    }

    /// Of an image whose values are surrogates already (`Surrogates.redacted`).
    ///
    /// - Throws: `Failure`.
    package mutating func redacted(_ image: PlannerImage) throws -> PlannerImage {
        try changed(image, "the planner's image") { pseudonyms, field, text in pseudonyms.redacted(text, field) }
    }

    /// A text that a person wrote or reads: a note, a report, a log without literals.
    package mutating func redacted(text: String) -> String { redacted(text, .text) }

    /// Another JSON text of ours (a report, a part of the history), every string of it taken for a text, with the names learnt so far;
    /// nil where it is no JSON.
    package mutating func redacted(json: [UInt8]) -> [UInt8]? {
        JSONStrings.changing(json) { redacted($1, .text) }
    }

    /// As `AttachedText.redacted`, with the same pseudonyms of addresses and names as the evidence has.
    package mutating func attachment(_ text: String) -> String {
        redacted(FreeText.redacted(text, keepsAddresses: true), .text)
    }

    /// The names that a snapshot holds, by kind: what `--check` lists as kept.
    package static func names(in snapshot: Snapshot) throws -> [PseudonymKey.Kind: Set<String>] {
        var pseudonyms = NamePseudonyms(replacesNames: true)
        try pseudonyms.learn(snapshot)
        return pseudonyms.key.names.filter { $0.key != .client && $0.key != .transaction }.mapValues { Set($0.keys) }
    }

    // MARK: - How

    /// Sorted, so that the same snapshot gives names their numbers in the same order.
    private static func json(_ value: some Codable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return [UInt8](try encoder.encode(value))
    }

    private mutating func learn(json: [UInt8], _ what: String) throws {
        let isRead = JSONStrings.changing(json) { place, text in
            switch SnapshotField(place.keys) {
            case .name(let kind): _ = pseudonym(of: text, kind)
            case .object: objects.insert(text.lowercased())
            default: break
            }
            return nil
        }
        guard isRead != nil else { throw Failure.unreadable(what) }
        renewMatcher()
    }

    private mutating func changed<Value: Codable>(
        _ value: Value, _ what: String, _ change: (inout NamePseudonyms, SnapshotField, String) -> String
    ) throws -> Value {
        let json = try Self.json(value)
        try learn(json: json, what)
        guard let clean = JSONStrings.changing(json, { change(&self, SnapshotField($0.keys), $1) }),
            let changed = try? JSONDecoder().decode(Value.self, from: Data(clean))
        else { throw Failure.unreadable(what) }
        return changed
    }

    private mutating func redacted(_ text: String, _ field: SnapshotField) -> String {
        switch field {
        case .name(let kind): pseudonym(of: text, kind)
        case .object, .vocabulary: text
        case .statement, .definition, .expression, .plan: withoutAddresses(matcher.replacing(in: text))
        case .text: withoutAddresses(matcher.replacing(in: Secrets.redacted(text)))
        }
    }

    private mutating func pseudonym(of name: String, _ kind: PseudonymKey.Kind) -> String {
        var kind = kind
        // `+group` and `10.0.0.1/32`
        if name.hasPrefix("+"), kind == .role { return "+" + pseudonym(of: String(name.dropFirst()), .role) }
        if kind == .host || kind == .client, let address = NetworkAddress(name) {
            kind = .client
            if address.bytes.allSatisfy({ $0 == 0 }) { return name }
        }
        guard !CommonNames.stays(name, kind), replacesNames || kind == .client || kind == .transaction else {
            return name
        }
        return key.pseudonym(of: name, kind)
    }

    private mutating func withoutAddresses(_ text: String) -> String {
        var key = key
        let clean = SensitiveScan.replacing(in: text) { $0 == .address ? key.pseudonym(of: $1, .client) : $1 }
        if clean != text { self.key = key }
        return clean
    }

    private mutating func renewMatcher() {
        var names: [String: String] = [:]
        for (kind, known) in key.names.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where kind != .client {
            for (name, pseudonym) in known where !objects.contains(name.lowercased()) {
                if names[name] == nil { names[name] = pseudonym }
            }
        }
        // Of pg_hba.conf, where a client may have a host's name.
        for (name, pseudonym) in key.names[.client] ?? [:] where NetworkAddress(name) == nil { names[name] = pseudonym }
        if !replacesNames {
            names = names.filter { $0.value.hasPrefix("client_") || $0.value.hasPrefix("transaction_") }
        }
        matcher = NameMatcher(names) { CommonNames.isWord($0, isKeyword: SQLKeyword.isKeyword) }
    }

    /// Of a snapshot that was collected with its literals.
    private static func withoutLiterals(_ text: String, _ field: SnapshotField) -> String {
        switch field {
        case .statement: Redactor.statement(text)?.text ?? "(not readable, left out)"
        case .definition: Redactor.definition(text)?.text ?? "…"
        case .expression: Redactor.expression(text)?.text ?? "…"
        case .plan: PlanRedaction.redacted(text) ?? "[]"
        case .text: FreeText.redacted(text)
        case .name, .object, .vocabulary: text
        }
    }
}
