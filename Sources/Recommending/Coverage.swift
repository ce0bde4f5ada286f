import Diagnosing
import Model

/// Rules that could not judge, for one reason.
package struct NotJudged: Sendable, Equatable {
    /// `Stale statistics`, or `9 rules (index, plan)`
    package var what: String
    package var reason: String
    /// The one statement or step that would mend it.
    package var remedy: String?
    package var rules: [String]
}

enum Coverage {
    /// A group of rules by the words that their identifiers hold, named as a DBA names the subject.
    struct Subject {
        var name: String
        var words: [String]
        var area: Area?
        /// Rules of the area that are another subject's.
        var but: [String] = []
    }

    /// In the order in which a DBA rules things out.
    static let subjects: [Subject] = [
        Subject(name: "CPU", words: ["than-cores"]),
        Subject(name: "I/O", words: ["data-file-read", "wal-write"]),
        Subject(name: "locks", words: [], area: .locks, but: lockHistory + connections),
        Subject(name: "deadlocks", words: lockHistory),
        Subject(name: "connections", words: connections),
        Subject(name: "checkpoints", words: ["checkpoint"]),
        Subject(
            name: "autovacuum", words: ["autovacuum", "dead-rows", "backlog", "workers-busy", "starved", "throttled"]),
        Subject(name: "wraparound", words: ["wraparound"]),
        Subject(name: "horizon", words: ["horizon"]),
        Subject(
            name: "replication",
            words: ["replication", "standby", "slot", "wal-receiver", "replay-held", "subscription"]),
        Subject(name: "archiving", words: ["archiver"]),
        Subject(name: "sequences", words: ["sequence"]),
        Subject(name: "checksums", words: ["checksum"]),
        Subject(name: "durability", words: ["durability", "damage", "skips-checks"]),
        Subject(name: "statistics", words: [], area: .statistics),
        Subject(name: "indexes", words: [], area: .index),
        Subject(name: "plans", words: [], area: .plan),
        Subject(name: "query shapes", words: [], area: .shape),
        Subject(name: "schema", words: [], area: .schema),
    ]

    /// What the server's log tells, or the counters.
    private static let lockHistory = ["deadlocks", "lock-order", "logged-lock-waits", "lock-timeouts"]
    private static let connections = [
        "connection-limit", "max-connections", "connection-storm", "connection-churn", "pool-exhausted",
        "abandoned-sessions", "rollback-rate", "idle-sessions", "reserved-connections",
    ]

    /// Subjects of which every rule was evaluated with all of its evidence, and none found anything, nor would have by its
    /// documented thresholds. Where there was nothing to look at (no standby, no archive) nothing was cleared.
    static func cleared(_ judgement: Judgement, _ rules: [any Rule.Type], _ notes: [CollectionNote]) -> [String] {
        let incomplete = Set(notes.map(\.evidence))
        let blurred = rules.lazy.map { $0.metadata }.filter { !incomplete.isDisjoint(with: $0.needs + $0.uses) }.map(
            \.id)
        let open = Set(
            judgement.findings.map(\.rule) + judgement.inconclusive.map(\.rule) + judgement.skipped.map(\.rule)
                + judgement.silenced.map(\.rule) + blurred)
        let looked = judgement.evaluated.filter { !judgement.absent.contains($0) }
        return subjects.filter { subject in
            !looked.filter(subject.covers).isEmpty && !open.contains(where: subject.covers)
        }
        .map(\.name)
    }

    /// By reason, so that thirty rules that want the same right are one line; most rules first.
    static func notJudged(_ judgement: Judgement, _ notes: [CollectionNote]) -> [NotJudged] {
        struct Missed {
            var rule: String
            var title: String
            var remedy: String?
        }
        var byReason: [String: [Missed]] = [:]
        for one in judgement.skipped {
            byReason[one.reason, default: []].append(Missed(rule: one.rule, title: one.title, remedy: one.remedy))
        }
        for one in judgement.inconclusive {
            byReason[one.reason, default: []].append(Missed(rule: one.rule, title: one.title, remedy: nil))
        }
        return byReason.map { reason, missed in
            let areas = Set(missed.map { $0.rule.prefix { $0 != "." } }).sorted().joined(separator: ", ")
            return NotJudged(
                what: missed.count == 1 ? missed[0].title : "\(missed.count) rules (\(areas))", reason: reason,
                remedy: missed.lazy.compactMap(\.remedy).first ?? notes.first { $0.text == reason }?.remedy,
                rules: missed.map(\.rule))
        }
        .sorted { ($0.rules.count, $1.reason) > ($1.rules.count, $0.reason) }
    }
}

extension Coverage.Subject {
    func covers(_ rule: String) -> Bool {
        let parts = rule.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1)
        let name = parts.last ?? ""[...].utf8
        if let area {
            return parts.first?.elementsEqual(area.rawValue.utf8) ?? false && !but.contains { name.holds($0.utf8) }
        }
        return words.contains { name.holds($0.utf8) }
    }
}

extension Substring.UTF8View {
    /// By bytes: each rule is asked for each word, and the search for characters took a sixth of a sweep.
    fileprivate func holds(_ word: String.UTF8View) -> Bool {
        guard let first = word.first else { return true }
        var rest = self[...]
        while let place = rest.firstIndex(of: first) {
            if rest[place...].starts(with: word) { return true }
            rest = rest[index(after: place)...]
        }
        return false
    }
}
