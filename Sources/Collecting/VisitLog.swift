import Foundation
import Model
import PostgresClient
import Queries
import ServerLog

/// What the server's log tells, where our role may read it: plans that auto_explain wrote, the history of locks, failed logins.
extension Visit {
    /// Bytes of the log's end that are read.
    static let logLength = 4 << 20

    mutating func readLog(on session: Session) async {
        guard let facts else { return }
        guard options.readsLog else {
            for evidence in [EvidenceKind.lockHistory, .loginHistory] {
                book.add(CollectionNote(evidence, .refused, "The server's log was not asked for."))
            }
            return
        }
        var kinds: LoggedEvidence.Kinds = []
        if options.explainsStatements, snapshot.statementStatistics != nil {
            if let note = Self.noteWithoutPlans(facts) { book.add(note) } else { kinds.insert(.plans) }
        }
        if let note = noteWithoutLocks(facts) { book.add(note) } else { kinds.insert(.locks) }
        // They are always logged, and nothing counts them.
        if let note = Self.noteWithoutFile(facts)?.concerning(.loginHistory) {
            book.add(note)
        } else {
            kinds.insert(.logins)
        }
        guard !kinds.isEmpty else { return }
        let answers = await ask([(.logTail, major, [.number("length", Self.logLength)])], on: session)
        guard answers[.logTail] != nil else { return }
        let known = book.notes.count
        let tail = take(.logTail, of: answers) { rows in
            try rows.first.map { (text: try $0.string("tail"), isCut: try $0.bool("is_cut")) }
        }
        guard let tail else {
            // The failure is noted for the plans; what is known of it concerns the others as well.
            let others = kinds.subtracting(.plans).evidence
            for note in book.notes[known...] { for other in others { book.add(note.concerning(other)) } }
            return
        }
        guard let tail else {
            for evidence in kinds.evidence { book.add(Self.noFile.concerning(evidence)) }
            return
        }
        let data = Data(base64Encoded: tail.text, options: .ignoreUnknownCharacters) ?? Data()
        var evidence = LoggedEvidence(of: snapshot, kinds)
        // The first line is the end of one that was cut.
        // It goes on until now, though nothing was written lately.
        evidence.note(last: snapshot.takenAt)
        evidence.read { take in take(tail.isCut ? data.drop { $0 != UInt8(ascii: "\n") } : data) }
        evidence.attach(.plans, to: &snapshot)
        for note in snapshot.notes { book.add(note) }
        // The catalog names the relations, and is whole only in the end.
        logged = evidence
    }

    private static let noFile = CollectionNote(
        .loggedPlans, .refused, "The server keeps no log file of its own now: give the log with --log FILE.")

    /// Why the log is not asked for plans.
    private static func noteWithoutPlans(_ facts: ServerFacts) -> CollectionNote? {
        guard let from = facts.plansLoggedFrom, from != "-1" else {
            return CollectionNote(
                .loggedPlans, .extensionNotLoaded,
                "auto_explain is not loaded for every session, or logs nothing (auto_explain.log_min_duration): a log that holds "
                    + "plans can be given with --log FILE.")
        }
        return noteWithoutFile(facts)
    }

    /// Why the log is not asked for waits and deadlocks.
    private func noteWithoutLocks(_ facts: ServerFacts) -> CollectionNote? {
        let logsWaits = snapshot.settings.first { $0.name == "log_lock_waits" }?.value == "on"
        let hasDeadlocks = snapshot.databases.contains { $0.counters.deadlocks > 0 }
        guard logsWaits || hasDeadlocks else {
            return CollectionNote(
                .lockHistory, .refused,
                "log_lock_waits is off and no deadlock was counted: the server's log has nothing to tell about locks. "
                    + "A log of other times can be given with --log FILE.", remedy: Remedies.logLockWaits)
        }
        return Self.noteWithoutFile(facts)?.concerning(.lockHistory)
    }

    private static func noteWithoutFile(_ facts: ServerFacts) -> CollectionNote? {
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

extension CollectionNote {
    /// The same of another kind of evidence, out of the same source.
    func concerning(_ evidence: EvidenceKind) -> Self {
        var note = self
        note.evidence = evidence
        return note
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
