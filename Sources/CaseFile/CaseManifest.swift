import Foundation
import Model

/// The list of what a case file holds: `manifest.json`. What it does not name is not part of the case.
package struct CaseManifest: Codable, Sendable, Equatable {
    /// What this pgmedic writes, and the newest that it reads.
    package static let currentFormat = 1

    package var format = CaseManifest.currentFormat
    /// Of the pgmedic that made it: `0.1.0`.
    package var version: String
    /// To the second.
    package var madeAt: Date
    /// The target's name as it may be shown.
    package var target: String
    /// `Snapshot.redaction`'s word for what was replaced.
    package var redaction: String
    package var ticket: String?
    /// By which it was judged, where they are not the documented ones; nil: none.
    package var thresholds: [AdjustedThreshold]?
    /// In the order in which they stand in the file.
    package var entries: [Entry] = []
    package var leftOut: [Omission] = []

    package enum Kind: String, Codable, Sendable, CaseIterable {
        case readme, summary, report, snapshot, history, plannerImage, runbook, attachment, log, other

        /// A kind that this pgmedic does not know is `other`.
        package init(from decoder: any Decoder) throws {
            self = Kind(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .other
        }
    }

    package struct Entry: Codable, Sendable, Equatable {
        package var name: String
        /// Bytes, unpacked.
        package var size: Int
        /// 64 hexadecimal digits, in lower case.
        package var sha256: String
        package var kind: Kind
        /// What it is, for a person.
        package var about: String
        /// Its name before it came into the case, where that is another one.
        package var origin: String?
    }

    package struct Omission: Codable, Sendable, Equatable {
        package var name: String
        /// Bytes, unpacked.
        package var size: Int
        package var kind: Kind
        package var about: String
        /// A sentence.
        package var why: String
    }

    package func entries(of kind: Kind) -> [Entry] { entries.filter { $0.kind == kind } }
}

extension CaseManifest {
    /// The same manifest gives the same bytes.
    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// Says no to what a hostile file may hold before Foundation parses it: its nesting is counted first.
    static func decoded(_ data: Data) throws(CaseRefusal.Reason) -> CaseManifest {
        guard JSONNesting.deepest(data, atMost: 16) != nil else { throw .manifest("it is nested more than 16 deep") }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        struct Head: Decodable { var format: Int }
        guard let head = try? decoder.decode(Head.self, from: data) else { throw .manifest("it is not a manifest") }
        guard head.format <= currentFormat else { throw .newerFormat(head.format) }
        let manifest: CaseManifest
        do {
            manifest = try decoder.decode(CaseManifest.self, from: data)
        } catch {
            throw .manifest("it is not a manifest of format \(head.format)")
        }
        // It is shown on terminals.
        guard !manifest.texts.contains(where: { $0.unicodeScalars.contains(where: \.isInvisible) }) else {
            throw .manifest("a text in it holds control characters")
        }
        return manifest
    }

    /// One line for each entry and one for the manifest itself, whose sum is `manifestSum`.
    func sums(manifestSum: String) -> Data {
        let lines = entries.map { "\($0.sha256)  \($0.name)\n" } + ["\(manifestSum)  \(Name.manifest)\n"]
        return Data(lines.joined().utf8)
    }

    private var texts: [String] {
        [version, target, redaction, ticket ?? ""]
            + (thresholds ?? []).flatMap { [$0.rule, $0.name, $0.unit, $0.place] }
            + entries.flatMap { [$0.about, $0.origin ?? ""] } + leftOut.flatMap { [$0.name, $0.about, $0.why] }
    }
}
