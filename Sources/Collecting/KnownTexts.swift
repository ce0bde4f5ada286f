import Foundation
import Model
import Synchronization

/// The texts of pg_stat_statements as earlier visits read them: of the target itself, and of others of its server.
///
/// An entry keeps its text for as long as it is there, and asking for texts has the server read the whole file of them, while its
/// numbers lie in shared memory: so texts are read again only when an entry that matters has none, or may have become another one.
package struct KnownTexts: Sendable {
    private let origin: EntriesOrigin
    private let entries: [Statement.Entry: KnownEntry]
    private let shared: SharedTexts?

    /// nil: the snapshot knows no statements.
    ///
    /// - Parameters:
    ///   - last: of the same target.
    ///   - shared: what visits of others learnt.
    package init?(_ last: Snapshot, shared: SharedTexts? = nil) {
        guard let origin = EntriesOrigin(last), let statements = last.statementStatistics?.statements else {
            return nil
        }
        self.origin = origin
        self.shared = shared
        entries = Dictionary(
            statements.lazy.map { ($0.entry, KnownEntry($0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// What can be said before a number was read: the texts are of such a server, and were redacted in the same way.
    func mayServe(_ server: Server, _ options: CollectionOptions) -> Bool {
        origin.major == server.version.major && origin.redaction == options.redaction
            && origin.generator == options.generator
    }

    /// Entries were not removed all together in between.
    func isOfSameEntries(as snapshot: Snapshot) -> Bool { EntriesOrigin(snapshot) == origin }

    /// What the target's own visit knew of the entry; nil: it is new, or another one since.
    func entry(of now: Statement) -> KnownEntry? {
        entries[now.entry].flatMap { $0.isStill(now) ? $0 : nil }
    }

    /// Those that visits of others read.
    var sharedEntries: [Statement.Entry: KnownEntry] { shared?.entries(of: origin) ?? [:] }
}

/// What is known of an entry.
struct KnownEntry: Sendable {
    private let calls, rows: Int64
    private let executionTime: Double
    private let since: Moment?
    let isOurs: Bool
    let text: String?
    let fingerprint: String?

    init(_ statement: Statement) {
        calls = statement.counters.calls
        rows = statement.counters.rows
        executionTime = statement.counters.executionTime
        since = statement.since.map(Moment.init)
        isOurs = statement.isOurs
        text = statement.text
        fingerprint = statement.fingerprint
    }

    /// An entry that was evicted, or removed by name, and came back is counted anew; its text may be another one, as that of a table
    /// that was renamed meanwhile.
    func isStill(_ now: Statement) -> Bool {
        since == now.since.map(Moment.init) && calls <= now.counters.calls && rows <= now.counters.rows
            && executionTime <= now.counters.executionTime
    }
}

/// To the millisecond: what a file keeps may be the last bit off.
private struct Moment: Hashable, Sendable {
    let milliseconds: Int64

    init(_ date: Date) { milliseconds = Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded()) ?? .max }
}

/// What must be the same for an entry to have the same text.
private struct EntriesOrigin: Hashable, Sendable {
    let server: String
    /// Another one after a failover to the same address.
    let start: Moment
    let major: Int
    let redaction: Redaction
    /// Another version may take out more, and reckon fingerprints otherwise.
    let generator: String
    let reset: Moment?

    init?(_ snapshot: Snapshot) {
        guard let statistics = snapshot.statementStatistics else { return nil }
        server = snapshot.server.systemIdentifier ?? "\(snapshot.server.host):\(snapshot.server.port)"
        start = Moment(snapshot.server.startedAt)
        major = snapshot.server.version.major
        redaction = snapshot.redaction
        generator = snapshot.generator
        reset = statistics.reset.map(Moment.init)
    }
}

/// Texts that the targets of one run share: databases of one server have the same pg_stat_statements.
package final class SharedTexts: Sendable {
    private let known = Mutex<[EntriesOrigin: [Statement.Entry: KnownEntry]]>([:])

    package init() {}

    package func learn(from snapshot: Snapshot) {
        guard let origin = EntriesOrigin(snapshot), let statements = snapshot.statementStatistics?.statements else {
            return
        }
        // Of the visitor's own role: which of them are pgmedic's.
        let told = statements.filter { $0.text != nil || $0.role == snapshot.server.role }
        known.withLock { known in
            var entries = known.removeValue(forKey: origin) ?? [:]
            for statement in told {
                let entry = statement.entry
                // An older visit, or one that gave it no text, takes none away.
                if statement.text != nil || entries[entry]?.text == nil { entries[entry] = KnownEntry(statement) }
            }
            known[origin] = entries
        }
    }

    fileprivate func entries(of origin: EntriesOrigin) -> [Statement.Entry: KnownEntry] {
        known.withLock { $0[origin] ?? [:] }
    }
}
