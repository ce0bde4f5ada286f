import Foundation
import Model
import ServerLog

/// Connections that a server turned away, out of its log.
///
/// Like ones are counted together as they come, so that a log of any length takes little memory.
struct LoginLog {
    /// Words of the first lines of the messages that it wants.
    static let wanted = LoginMessage.wanted

    /// Different refusals that are told apart while a log is read, and that are kept.
    private static let groupsLimit = 2_000
    private static let keptGroups = 50

    private struct Key: Hashable {
        var reason: FailedLogin.Reason
        var role: String?
        var client: String?
        var isLocal = false

        var order: String { "\(reason.rawValue) \(client ?? "") \(role ?? "") \(isLocal)" }
    }

    private let redaction: Redaction
    private var groups: [Key: LoggedEvents] = [:]
    private var leftOut: Int64 = 0
    var span = LogSpan()
    /// Some messages told their SQLSTATE: these are known in any language.
    private var tellsSQLState = false

    init(redaction: Redaction) { self.redaction = redaction }

    /// A message of a log; false: it is about something else.
    mutating func take(_ entry: LogEntry) -> Bool {
        guard let message = LoginMessage(entry) else { return false }
        if entry.sqlState != nil { tellsSQLState = true }
        span.note(first: entry.at, last: entry.at)
        var key = Key(reason: message.reason, role: message.role, client: message.client, isLocal: message.isLocal)
        // Who guesses names makes as many groups as he likes.
        if groups[key] == nil, groups.count >= Self.groupsLimit { key.role = nil }
        guard groups[key] != nil || groups.count < 2 * Self.groupsLimit else {
            leftOut += 1
            return true
        }
        groups[key, default: LoggedEvents()].add(at: entry.at)
        return true
    }

    func attach(to snapshot: inout Snapshot) {
        let known = Set(snapshot.roles.map(\.name))
        var found: [Key: FailedLogin] = [:]
        for (key, events) in groups.sorted(by: { $0.key.order < $1.key.order }) {
            var shown = key
            let isNobody = key.role.map { !known.isEmpty && !known.contains($0) } ?? false
            if isNobody, key.reason == .password { shown.reason = .unknownRole }
            let isHidden = redaction == .literals && key.role.map { !known.contains($0) } ?? false
            if isHidden { shown.role = nil }
            var login =
                found[shown]
                ?? .make {
                    ($0.reason, $0.role, $0.client, $0.isLocal) = (
                        shown.reason, shown.role, shown.client, shown.isLocal
                    )
                }
            login.events.add(events)
            if isHidden { login.hiddenNames += 1 }
            found[shown] = login
        }
        let sorted = found.sorted {
            ($0.value.events.count, $1.key.order) > ($1.value.events.count, $0.key.order)
        }.map(\.value)
        snapshot.loginHistory = .make {
            ($0.first, $0.last) = (span.first, span.last)
            $0.groups = Array(sorted.prefix(Self.keptGroups))
            $0.leftOut = leftOut + sorted.dropFirst(Self.keptGroups).reduce(0) { $0 + $1.events.count }
        }
        snapshot.notes.removeAll { $0.evidence == .loginHistory }
        if let note = languageNote(snapshot) { snapshot.notes.append(note) }
    }

    private func languageNote(_ snapshot: Snapshot) -> CollectionNote? {
        guard let language = LockLog.foreignLanguage(snapshot), !tellsSQLState else { return nil }
        let format = snapshot.settings.first { $0.name == "log_destination" }?.value ?? ""
        let prefix = snapshot.settings.first { $0.name == "log_line_prefix" }?.value ?? ""
        guard !format.contains("csvlog"), !format.contains("jsonlog"), !prefix.contains("%e") else { return nil }
        return CollectionNote(
            .loginHistory, .unparsable,
            "The server's messages are not in English (lc_messages = \(language)), and the stderr format has a SQLSTATE only with %e in "
                + "log_line_prefix: failed logins are not known.")
    }
}
