import Foundation
import Model
import PostgresClient
import Queries
import ServerLog

/// Plans that auto_explain wrote to the server's log, where our role may read it.
extension Visit {
    /// Bytes of the log's end that are read.
    static let logLength = 4 << 20

    mutating func readLog(on session: Session) async {
        guard options.explainsStatements, snapshot.statementStatistics != nil, let facts else { return }
        if let note = Self.noteWithoutLog(facts) { return book.add(note) }
        let answers = await ask([(.logTail, major, [.number("length", Self.logLength)])], on: session)
        guard answers[.logTail] != nil else { return }
        let tail = take(.logTail, of: answers) { rows in
            try rows.first.map { (text: try $0.string("tail"), isCut: try $0.bool("is_cut")) }
        }
        // The failure is noted.
        guard let tail else { return }
        guard let tail else { return book.add(Self.noFile) }
        let data = Data(base64Encoded: tail.text, options: .ignoreUnknownCharacters) ?? Data()
        var plans = LoggedPlans(of: snapshot)
        var reader = LogReader(wanted: LoggedPlans.wanted, prefix: LinePrefix(of: snapshot))
        // The first line is the end of one that was cut.
        reader.take(tail.isCut ? data.drop { $0 != UInt8(ascii: "\n") } : data) { plans.take($0) }
        reader.finish { plans.take($0) }
        plans.attach(to: &snapshot)
        for note in snapshot.notes { book.add(note) }
    }

    private static let noFile = CollectionNote(
        .loggedPlans, .refused, "The server keeps no log file of its own now: give the log with --log FILE.")

    /// Why the log is not asked for.
    private static func noteWithoutLog(_ facts: ServerFacts) -> CollectionNote? {
        guard let from = facts.plansLoggedFrom, from != "-1" else {
            return CollectionNote(
                .loggedPlans, .extensionNotLoaded,
                "auto_explain is not loaded for every session, or logs nothing (auto_explain.log_min_duration): a log that holds "
                    + "plans can be given with --log FILE.")
        }
        guard facts.collectsLog else {
            return CollectionNote(
                .loggedPlans, .refused,
                "The server's log is not a file that the server could show (logging_collector is off): give it with --log FILE."
            )
        }
        guard facts.readsLog else {
            return CollectionNote(
                .loggedPlans, .privilege,
                "Role \(SQL.identifier(facts.server.role)) may not read the server's log: give it with --log FILE, which needs no right. "
                    + "(With the right, it could read every file of the data directory.)",
                remedy: Remedies.readLog(facts.server.role))
        }
        return nil
    }
}

extension LinePrefix {
    /// As the snapshot's server writes its log.
    package init(of snapshot: Snapshot) {
        func setting(_ name: String) -> String? { snapshot.settings.first { $0.name == name }?.value }
        let zone = setting("log_timezone").flatMap { TimeZone(identifier: $0) }
        if let pattern = setting("log_line_prefix") {
            self.init(pattern, zone: zone)
        } else {
            self.init(zone: zone)
        }
    }
}
