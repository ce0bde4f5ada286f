import Foundation
import Model

/// Logins that fail again and again.
struct FailedLogins: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.failed-logins",
        title: "Logins that fail again and again",
        area: .exposure,
        needs: [.loginHistory],
        looksAt:
            "refused logins in the server's log (SQLSTATE 28P01 and 28000): wrong or expired passwords, names of no role, no line of "
            + "pg_hba.conf; by role, address and time",
        why:
            "Mostly an application retries with an old password after a rotation, or a job was forgotten: it does not do its work, and each attempt "
            + "takes a new server process. Many names from one address, or one role from many, may be somebody who guesses.",
        limits:
            "A person who mistypes is left out. Only the last day of the log is judged. Names of no role are counted and not shown: some are "
            + "passwords that were typed at the wrong prompt. Without %h in log_line_prefix the log does not tell addresses. What a pooler "
            + "in front refuses is in its own log.",
        thresholds: [burst, spread, many, recent, going],
        references: [
            "https://www.postgresql.org/docs/current/client-authentication-problems.html",
            "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX",
            "https://github.com/fail2ban/fail2ban/blob/master/config/jail.conf",
        ])

    private static let burst = Threshold(
        "failed logins within ten minutes", 20, "logins",
        source:
            "four times fail2ban's default (maxretry 5 in findtime 10m): a person gives up before, a program does not")
    private static let spread = Threshold(
        "names from one address, or addresses of one role", 5, "names",
        source: "our choice: a jump host has a few users who mistype on one day")
    private static let many = Threshold(
        "failed logins in a day, of so many", 100, "logins", source: "our choice: one in a quarter of an hour")
    private static let recent = Threshold("age that is judged", 86_400, "s", source: "our choice: older ones are over")
    private static let going = Threshold(
        "age of the last, where it goes on", 3600, "s", source: "our choice: programs retry within the hour")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let history = observation.snapshot.loginHistory else {
            return .inconclusive("no log of the server was read")
        }
        let failed = history.groups.filter { !$0.reason.isForWantOfRoom }
        guard !failed.isEmpty else { return .findings([]) }
        guard history.first != nil else {
            return .inconclusive("the log tells no time, so that no burst can be told")
        }
        let day = observation.snapshot.takenAt.addingTimeInterval(-Self.recent.value)
        let start = max(day, observation.earlier == nil ? day : observation.window.start ?? day)
        let sources = Self.sources(failed) { $0.since(start) }
        return .findings(sources.filter(Self.isBurst).map { finding($0, observation) })
    }

    /// Each refusal once: an address that tries many names, else the role, else the address.
    private static func sources(
        _ failed: [FailedLogin], _ within: (LoggedEvents) -> LoggedEvents
    ) -> [FailedLoginSource] {
        var rest = failed.filter { within($0.events).count > 0 }
        var sources: [FailedLoginSource] = []
        let places = Dictionary(grouping: rest.filter { $0.client != nil }, by: { $0.client! })
        for (place, groups) in places.sorted(by: { $0.key < $1.key }) {
            let source = FailedLoginSource(groups, within: within)
            guard Double(source.roleCount) >= spread.value, isBurst(source) else { continue }
            sources.append(source)
            rest.removeAll { $0.client == place }
        }
        let roles = Dictionary(grouping: rest, by: { $0.role ?? "\u{0}\($0.client ?? "")" })
        return sources + roles.sorted { $0.key < $1.key }.map { FailedLoginSource($0.value, within: within) }
    }

    private static func isBurst(_ source: FailedLoginSource) -> Bool {
        let isSpread = Double(max(source.clients.count, source.roleCount)) >= spread.value
        return Double(source.mostAtOnce) >= burst.value || isSpread && Double(source.events.count) >= many.value
    }

    private func finding(_ source: FailedLoginSource, _ observation: Observation) -> Finding {
        let isMany = Double(source.roleCount) >= Self.spread.value
        let goesOn = observation.age(of: source.events.last).map { $0 <= Self.going.value } ?? false
        let times = Quantity.count(source.events.count)
        let span = source.events.first.flatMap { first in source.events.last?.timeIntervalSince(first) } ?? 0
        let likely =
            isMany
            ? "Somebody may be guessing; a monitoring tool or a scanner of your own looks the same."
            : source.clients.count >= Int(Self.spread.value)
                ? "Most likely the password was changed and these machines have the old one."
                : "Most likely an application or job retries with an old password or setting."
        return Finding(
            Self.metadata, severity: goesOn ? .warning : .notice, tier: .fix,
            title: "\(times) failed logins as \(source.who) from \(source.place)",
            objects: isMany || source.roles.isEmpty ? [.cluster] : [ObjectReference(.role, source.roles[0])],
            impact: Impact(isMany ? 0.2 : 0.1, .risk, "\(times) refused"), confidence: .medium,
            summary:
                "\(times) logins as \(source.who) from \(source.place) failed within \(Quantity.seconds(max(span, 1)))"
                + "\(goesOn ? ", and it goes on" : ""): \(source.reasons.joined(separator: ", ")). \(likely)",
            evidence: [
                Evidence("failures", "failed logins", .count(source.events.count)),
                Evidence("mostInTenMinutes", "most within ten minutes (50 are kept)", .count(Int64(source.mostAtOnce))),
                Evidence("reasons", "reasons", .list(source.reasons)),
                Evidence("roles", "roles", .list(Array(source.roles.prefix(10)))),
                Evidence("names", "different names", .count(Int64(source.roleCount))),
                Evidence("clients", "addresses", .list(Array(source.clients.prefix(10)))),
            ]
                + (observation.age(of: source.events.last).map {
                    [Evidence("lastAge", "the last one was ago", .seconds($0))]
                } ?? []),
            notIf: "it is a test or a scanner of your own",
            actions: FailedLoginLadder(source: source, isGuessing: isMany, observation: observation).actions,
            identity: isMany || source.roles.isEmpty ? [source.clients.first ?? source.place] : [])
    }

    static let examples: [RuleExample] = [
        .fires("an application with an old password", on: "app") {
            $0.addFailedLogins(30, as: "app", from: "10.0.0.7", every: 2)
        },
        .fires("many names from one address", on: "cluster") {
            for number in 1...8 { $0.addFailedLogins(10, as: "app_\(number)", from: "10.0.0.66", every: 5) }
        },
        .fires("slowly, but names that are no role's", on: "cluster") {
            $0.addFailedLogins(200, as: nil, from: "10.0.0.66", every: 120, .unknownRole, names: 200)
        },
        .fires("a rotated password on many machines", on: "app") {
            for number in 1...8 { $0.addFailedLogins(30, as: "app", from: "10.0.1.\(number)", every: 240) }
        },
        .fires("over, since the password was mended", on: "app") {
            $0.addFailedLogins(40, as: "app", from: "10.0.0.7", every: 2, ago: 7200)
        },
        .fires("the log tells no addresses", on: "app") {
            $0.addFailedLogins(40, as: "app", from: nil, every: 2)
            $0.set("log_line_prefix", "%m [%p] %q%u@%d ")
        },
        .silent("somebody mistyped") { $0.addFailedLogins(4, as: "jane", from: "10.0.0.9", every: 20) },
        .silent("five users of a jump host mistyped") {
            for name in ["ann", "ben", "cid", "dan", "eve"] {
                $0.addFailedLogins(4, as: name, from: "10.0.0.9", every: 900)
            }
        },
        .silent("the day before yesterday") {
            $0.addFailedLogins(40, as: "app", from: "10.0.0.7", every: 2, ago: 2 * 86_400)
        },
        .silent("all before the sample", before: { $0.addFailedLogins(40, as: "app", from: "10.0.0.7", every: 2) }) {
            _ in
        },
        .silent("too many clients are another matter") {
            $0.addFailedLogins(40, as: "app", from: "10.0.0.7", every: 2, .serverFull)
        },
        .silent("none") { _ in },
        .inconclusive("the log tells no time") {
            $0.addFailedLogins(40, as: "app", from: "10.0.0.7", every: 2)
            $0.loginHistory!.first = nil
        },
        .inconclusive("no log was read") { $0.loginHistory = nil },
    ]
}

extension Snapshot {
    /// - Parameters:
    ///   - seconds: between two.
    ///   - ago: s since the last.
    mutating func addFailedLogins(
        _ count: Int, as role: String?, from client: String?, every seconds: Double, ago: Double = 5,
        _ reason: FailedLogin.Reason = .password, names: Int64 = 0
    ) {
        var events = LoggedEvents()
        for number in (0..<count).reversed() {
            events.add(at: takenAt.addingTimeInterval(-ago - Double(number) * seconds))
        }
        events.trim()
        loginHistory!.groups.append(
            .make {
                ($0.reason, $0.role, $0.client, $0.events) = (reason, role, client, events)
                $0.hiddenNames = names
            })
    }
}
