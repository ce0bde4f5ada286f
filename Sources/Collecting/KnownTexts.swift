import Foundation
import Model
import Synchronization

/// The texts of pg_stat_statements as earlier visits read them: of the target itself, and of others of its server.
///
/// An entry keeps its text for as long as it is there, and asking for texts has the server read the whole file of them, while its
/// numbers lie in shared memory: so texts are read again only when an entry may have become another one.
package struct KnownTexts: Sendable {
    private let origin: EntriesOrigin
    private let entries: [Statement.Entry: KnownEntry]
    private let shared: SharedTexts?

    /// nil: the snapshot knows no statements.
    ///
    /// - Parameters:
    ///   - last: of the same target.
    ///   - shared: learns what the snapshot knows.
    package init?(_ last: Snapshot, shared: SharedTexts? = nil) {
        guard let origin = EntriesOrigin(last), let statements = last.statementStatistics?.statements else {
            return nil
        }
        self.origin = origin
        self.shared = shared
        entries = Dictionary(
            statements.lazy.map { ($0.entry, KnownEntry($0)) }, uniquingKeysWith: { first, _ in first })
        shared?.learn(from: last)
    }

    /// What can be said before a number was read: the texts are of such a server, and were redacted in the same way.
    func mayServe(_ server: Server, _ options: CollectionOptions) -> Bool {
        origin.major == server.version.major && origin.redaction == options.redaction
            && origin.generator == options.generator
    }

    /// No entry left between the two readings, of which the view's own numbers would tell.
    func isOfSameEntries(as snapshot: Snapshot) -> Bool { EntriesOrigin(snapshot) == origin }

    /// What was known of the entry; nil: it is new, or another one since.
    func entry(of now: Statement) -> KnownEntry? {
        entries[now.entry].flatMap { $0.isStill(now) ? $0 : nil }
    }

    /// Those that visits of others read.
    var sharedEntries: [Statement.Entry: KnownEntry] { shared?.entries(of: origin) ?? [:] }
}

/// What is known of an entry.
struct KnownEntry: Sendable {
    let calls: Int64
    let since: Date?
    let isOurs: Bool
    let text: String?
    let fingerprint: String?

    init(_ statement: Statement) {
        calls = statement.counters.calls
        since = statement.since
        isOurs = statement.isOurs
        text = statement.text
        fingerprint = statement.fingerprint
    }

    /// Where it was counted anew, it was removed by name in between (`pg_stat_statements_reset(userid, dbid, queryid)`), which no
    /// other number tells; its text may be another one, as that of a table that was renamed meanwhile.
    func isStill(_ now: Statement) -> Bool { since == now.since && calls <= now.counters.calls }
}

/// From one origin an entry has one text, unless it was removed by name.
private struct EntriesOrigin: Hashable, Sendable {
    /// Another one after a failover to the same address.
    struct Server: Hashable, Sendable {
        let name: String
        let start: Date
    }

    let server: Server
    let major: Int
    let redaction: Redaction
    /// Another version may take out more, and reckon fingerprints otherwise.
    let generator: String
    let reset: Date?
    let evictions: Int64?

    init?(_ snapshot: Snapshot) {
        guard let statistics = snapshot.statementStatistics else { return nil }
        server = Server(
            name: snapshot.server.systemIdentifier ?? "\(snapshot.server.host):\(snapshot.server.port)",
            start: snapshot.server.startedAt)
        major = snapshot.server.version.major
        redaction = snapshot.redaction
        generator = snapshot.generator
        reset = statistics.reset
        evictions = statistics.evictions
    }
}

/// Texts that the targets of one run share: databases of one server have the same pg_stat_statements.
package final class SharedTexts: Sendable {
    private struct Texts {
        var origin: EntriesOrigin
        var entries: [Statement.Entry: KnownEntry] = [:]
    }

    private let servers = Mutex<[EntriesOrigin.Server: Texts]>([:])

    package init() {}

    package func learn(from snapshot: Snapshot) {
        guard let origin = EntriesOrigin(snapshot), let statements = snapshot.statementStatistics?.statements else {
            return
        }
        let told = statements.filter { $0.text != nil }
        servers.withLock { servers in
            var texts = servers.removeValue(forKey: origin.server) ?? Texts(origin: origin)
            // What was evicted in between is not told one by one.
            if texts.origin != origin { texts = Texts(origin: origin) }
            for statement in told { texts.entries[statement.entry] = KnownEntry(statement) }
            servers[origin.server] = texts
        }
    }

    fileprivate func entries(of origin: EntriesOrigin) -> [Statement.Entry: KnownEntry] {
        servers.withLock { $0[origin.server].flatMap { $0.origin == origin ? $0.entries : nil } ?? [:] }
    }
}
