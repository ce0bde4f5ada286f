import Foundation
import Model

/// Failed logins that belong together: of one address, or of one role.
struct FailedLoginSource {
    var groups: [FailedLogin]
    /// Those of them that are judged.
    private(set) var events = LoggedEvents()
    /// Most within ten minutes, of the last 50 of each group.
    private(set) var mostAtOnce = 0

    /// Seconds within which a burst is counted: fail2ban's default `findtime`.
    static let span = 600.0

    init(_ groups: [FailedLogin], within: (LoggedEvents) -> LoggedEvents) {
        self.groups = groups
        var moments: [Date] = []
        for group in groups {
            let judged = within(group.events)
            events.count += judged.count
            events.first = [events.first, judged.first].compactMap(\.self).min()
            events.last = [events.last, judged.last].compactMap(\.self).max()
            moments += judged.moments.map(\.at)
        }
        moments.sort()
        var start = 0
        for (end, moment) in moments.enumerated() {
            while moment.timeIntervalSince(moments[start]) > Self.span { start += 1 }
            mostAtOnce = max(mostAtOnce, end - start + 1)
        }
    }

    var roles: [String] { Set(groups.compactMap(\.role)).sorted() }
    /// Names that are no role's among them.
    var roleCount: Int { roles.count + groups.reduce(0) { $0 + Int($1.hiddenNames) } }
    var clients: [String] { Set(groups.compactMap(\.client)).sorted() }
    var isLocal: Bool { groups.contains(where: \.isLocal) }
    /// The log does not tell the address of some.
    var hidesClients: Bool { groups.contains { $0.client == nil && !$0.isLocal } }

    /// `10.0.0.7`, `4 addresses`, `this machine`
    var place: String {
        let clients = clients
        if clients.count == 1 { return clients[0] }
        if clients.count > 1 { return "\(Quantity.count(clients.count)) addresses" }
        return isLocal ? "this machine (unix socket)" : "an address that the log does not tell"
    }

    /// `app`, `7 roles`, `a name that is no role's`
    var who: String {
        if roleCount > 1 { return "\(Quantity.count(roleCount)) names" }
        return roles.first ?? (roleCount == 1 ? "a name that is no role's" : "a role that the log does not tell")
    }

    /// `28 wrong password, 2 no such role`, most frequent first.
    var reasons: [String] {
        let counts = groups.reduce(into: [FailedLogin.Reason: Int64]()) { $0[$1.reason, default: 0] += $1.events.count }
        return counts.sorted { ($0.value, $1.key.rawValue) > ($1.value, $0.key.rawValue) }.map {
            "\(Quantity.count($0.value)) \($0.key.words)"
        }
    }

    /// All have one reason.
    func isOnly(_ reason: FailedLogin.Reason) -> Bool { groups.allSatisfy { $0.reason == reason } }
}

extension FailedLogin.Reason {
    var words: String {
        switch self {
        case .password: "wrong password"
        case .expiredPassword: "expired password"
        case .unknownRole: "no such role"
        case .noLogin: "role without LOGIN"
        case .noRule: "no line of pg_hba.conf lets it in"
        case .otherMethod: "refused by another method than passwords"
        case .serverFull: "too many clients"
        case .ownLimit: "limit of a role or database"
        }
    }
}
