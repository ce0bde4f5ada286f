import Foundation
import Model

/// Collects what goes into a case and writes it within a bound. What does not fit is left out by its priority, and the manifest
/// says so. The same contents and date give the same bytes; the order of adding counts only where not all fits.
package struct CaseFileWriter: Sendable {
    /// What goes first when room is short; among equals, what was added first.
    package enum Priority: Int, Sendable, Comparable {
        /// Without it there is no case: summary, report, snapshot.
        case essential
        case high, normal, low

        package static func < (one: Priority, other: Priority) -> Bool { one.rawValue < other.rawValue }
    }

    package enum Failure: Error, CustomStringConvertible {
        /// Bytes.
        case essentialsTooLarge(size: Int, bound: Int)
        case boundTooLarge(bound: Int, limit: Int)
        case tooManyEntries(Int, limit: Int)
        case unsafeName(String, why: String)
        case sameName(String)
        case unreadable(path: String, why: String)

        package var description: String {
            switch self {
            case .essentialsTooLarge(let size, let bound):
                "the summary, report and snapshot alone take \(Quantity.bytes(Int64(size))), more than the "
                    + "\(Quantity.bytes(Int64(bound))) that the case may have; allow more"
            case .boundTooLarge(let bound, let limit):
                "a case of \(Quantity.bytes(Int64(bound))) could not be opened again: \(Quantity.bytes(Int64(limit))) is the most"
            case .tooManyEntries(let count, let limit):
                "a case of \(Quantity.count(count)) entries could not be opened again: \(Quantity.count(limit)) is the most"
            case .unsafeName(let name, let why): "no entry can be called \(name): \(why)"
            case .sameName(let name): "there is an entry \(name) already (or one that some systems take for the same)"
            case .unreadable(let path, let why): "cannot attach \(path): \(why)"
            }
        }
    }

    /// Bytes; 20 MB as mail takes them.
    package static let defaultBound = 20 << 20

    /// Bytes that the file may have.
    package var bound = CaseFileWriter.defaultBound
    let limits = CaseLimits.standard
    let facts: CaseManifest
    private(set) var parts: [Part] = []
    private(set) var tooLarge: [CaseManifest.Omission] = []

    struct Part: Sendable {
        var entry: CaseManifest.Entry
        var content: Data
        var priority: Priority
    }

    /// - Parameters:
    ///   - version: of pgmedic.
    ///   - madeAt: kept to the second; the clock is the caller's.
    ///   - target: as it may be shown.
    ///   - redaction: what was replaced: `literals`, `names`, `none`.
    ///   - thresholds: those that it was judged by, where they are not the documented ones.
    package init(
        version: String, madeAt: Date, target: String, redaction: String, ticket: String? = nil,
        thresholds: [AdjustedThreshold] = []
    ) {
        facts = CaseManifest(
            version: version, madeAt: Date(timeIntervalSince1970: madeAt.timeIntervalSince1970.rounded(.down)),
            target: target.asOneLine, redaction: redaction, ticket: ticket?.asOneLine,
            thresholds: thresholds.isEmpty ? nil : thresholds)
    }

    /// Adds an entry under the name that the format gives it.
    ///
    /// - Parameter about: what it is, in a few words that a person reads.
    /// - Throws: `Failure`.
    package mutating func add(
        _ content: Data, as name: String, kind: CaseManifest.Kind, about: String, priority: Priority
    ) throws {
        if let why = EntryName.fault(name) { throw Failure.unsafeName(name, why: why) }
        guard EntryName.clash(parts.map(\.entry.name) + tooLarge.map(\.name) + Self.ownNames + [name]) == nil else {
            throw Failure.sameName(name)
        }
        try append(content, name, kind, about, priority, origin: nil)
    }

    /// Adds an entry that somebody else has named: `folder/` and a safe name, made unique.
    ///
    /// - Returns: its name.
    /// - Throws: `Failure`.
    @discardableResult
    package mutating func add(
        _ content: Data, called original: String, in folder: String, kind: CaseManifest.Kind, about: String,
        priority: Priority
    ) throws -> String {
        let name = freeName(original, folder)
        try append(content, name, kind, about, priority, origin: original)
        return name
    }

    /// Reads a file into `attachments/`.
    ///
    /// - Returns: its name.
    /// - Throws: `Failure.unreadable` with its path.
    @discardableResult
    package mutating func attach(
        file path: String, about: String = "attached by hand, as it was", priority: Priority = .normal
    ) throws -> String {
        let original = (path as NSString).lastPathComponent
        do {
            let content = try PlainFile.read(path: path, limit: limits.entry)
            return try add(
                content, called: original, in: "attachments", kind: .attachment, about: about, priority: priority)
        } catch let error as PlainFile.Failure {
            switch error {
            case .notRegular: throw Failure.unreadable(path: path, why: "it is not a plain file")
            case .failed(let why): throw Failure.unreadable(path: path, why: why)
            case .tooLarge(let size):
                let name = freeName(original, "attachments")
                omitAsTooLarge(name, size, .attachment, about)
                return name
            }
        }
    }

    private static let ownNames = [CaseManifest.Name.readme, CaseManifest.Name.manifest, CaseManifest.Name.sums]

    private func freeName(_ original: String, _ folder: String) -> String {
        EntryName.safe(
            original, in: folder, taken: Set((parts.map(\.entry.name) + tooLarge.map(\.name)).map { $0.lowercased() }))
    }

    private mutating func append(
        _ content: Data, _ name: String, _ kind: CaseManifest.Kind, _ about: String, _ priority: Priority,
        origin: String?
    ) throws {
        guard content.count <= limits.entry else {
            guard priority != .essential else {
                throw Failure.essentialsTooLarge(size: content.count, bound: limits.entry)
            }
            return omitAsTooLarge(name, content.count, kind, about)
        }
        let last = (name as NSString).lastPathComponent
        let entry = CaseManifest.Entry(
            name: name, size: content.count, sha256: try SHA256.of(content), kind: kind, about: about.asOneLine,
            origin: origin == last ? nil : origin?.asOneLine)
        parts.append(Part(entry: entry, content: content, priority: priority))
    }

    private mutating func omitAsTooLarge(_ name: String, _ size: Int, _ kind: CaseManifest.Kind, _ about: String) {
        tooLarge.append(
            CaseManifest.Omission(
                name: name, size: size, kind: kind, about: about.asOneLine,
                why: "it is larger than \(Quantity.bytes(Int64(limits.entry))), the most that one entry may have"))
    }
}
