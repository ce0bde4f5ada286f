/// What a wait event is, in our words, for somebody who meets it first.
///
/// Facts are from PostgreSQL's manual ("Wait Events" in the chapter about the statistics system,
/// https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE) and the comments of its source.
package struct WaitEventNote: Sendable {
    /// As `pg_stat_activity.wait_event_type` has it.
    package let type: String
    /// The event's names in the versions from 14 on; upper and lower case are not told apart, since 17 changed it
    /// (`WALSync` → `WalSync`). Empty: all events of the type that have no note of their own.
    package let names: [String]
    /// What sessions in it wait for.
    package let what: String
    /// What typically brings it about.
    package let causes: String
    /// Which evidence would confirm that.
    package let confirm: String

    init(_ type: String, _ names: String..., what: String, causes: String, confirm: String) {
        self.type = type
        self.names = names
        self.what = what
        self.causes = causes
        self.confirm = confirm
    }
}

package enum WaitEventCatalog {
    /// Every note, class by class.
    package static let all = lightweight + input + interprocess + heavyweight + others

    /// What is known of an event, or else of its type; nil for a type that we do not know.
    ///
    /// - Parameter name: `LWLock:WALWrite`, or a type alone.
    package static func note(_ name: String) -> WaitEventNote? {
        let parts = name.split(separator: ":", maxSplits: 1)
        guard let type = parts.first.map(String.init) else { return nil }
        return note(type: type, event: parts.count > 1 ? String(parts[1]) : nil)
    }

    package static func note(type: String, event: String?) -> WaitEventNote? {
        event.flatMap { byName[key(type, $0)] } ?? byName[key(type, "")]
    }

    private static let byName: [String: WaitEventNote] = {
        var found: [String: WaitEventNote] = [:]
        for note in all {
            for name in note.names.isEmpty ? [""] : note.names { found[key(note.type, name)] = note }
        }
        return found
    }()

    private static func key(_ type: String, _ event: String) -> String { "\(type):\(event)".lowercased() }
}
