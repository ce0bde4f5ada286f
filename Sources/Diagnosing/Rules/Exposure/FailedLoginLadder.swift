import Model

/// What can be done about logins that fail again and again.
struct FailedLoginLadder {
    let source: FailedLoginSource
    let isGuessing: Bool
    let observation: Observation

    var actions: [Action] {
        var actions = [containment]
        if source.hidesClients, let prefix = tellAddresses { actions.append(prefix) }
        actions += source.clients.isEmpty ? [mend] : [find, mend]
        return actions + [cure]
    }

    private var containment: Action {
        let addresses = source.clients.prefix(3).map { address in
            "host all \(isGuessing ? "all" : source.roles.first.map(HostRule.quoted) ?? "all") \(HostRule.single(address)) reject"
        }
        let lines =
            addresses.isEmpty
            ? ["Stop the program that retries; the address is in the log once log_line_prefix has %h."]
            : [
                "Where the machine is known: stop the job or correct its password there; nothing else is needed.",
                "Else put before all other lines of pg_hba.conf, whose old version you keep, and reload: \(addresses.joined(separator: "; "))",
            ]
        return Action(
            .containment, isGuessing ? "turn that address away" : "stop the program that retries",
            sql: addresses.isEmpty ? [] : [SettingChange.reload], steps: lines,
            lock: LockNote("none", "open sessions go on; new ones from there are refused"),
            gain: Gain("no more attempts", .ruleOfThumb),
            verify: "SELECT line_number, address, auth_method, error FROM pg_catalog.pg_hba_file_rules;",
            undo: "put the old file back, and reload",
            caution: addresses.isEmpty
                ? nil : "all behind that address are turned away: a pooler, a proxy or an office may stand there")
    }

    private var tellAddresses: Action? {
        guard let setting = observation.serverSetting("log_line_prefix"), !setting.value.contains("%h"),
            !setting.value.contains("%r")
        else { return nil }
        return SettingChange(setting, to: setting.value + "%h ").action(
            "have the log tell addresses", gain: Gain("the next failure names its machine", .byDefinition))
    }

    private var find: Action {
        let list = source.clients.prefix(10).map(SQL.literal).joined(separator: ", ")
        return Action(
            .fix, "see what else comes from there",
            sql: [
                "SELECT client_addr, usename, application_name, count(*), min(backend_start) FROM pg_catalog.pg_stat_activity "
                    + "WHERE pg_catalog.host(client_addr) IN (\(list)) GROUP BY 1, 2, 3 ORDER BY 4 DESC;"
            ],
            steps: [
                "A machine whose other sessions work has one program with an old password; one without any is a stranger."
            ],
            lock: LockNote.none, gain: Gain("says whether it is one of yours", .byDefinition))
    }

    private var mend: Action {
        let role = source.roles.first.map(SQL.identifier) ?? "the role"
        var steps = [
            "Give the program the password that is valid: after a rotation some of its places (pool, job, replica, second site) are often forgotten."
        ]
        if source.groups.contains(where: { $0.reason == .expiredPassword }) {
            steps.append(
                "\(role)'s password has run out (VALID UNTIL): set a new one with \\password in psql, and a new date.")
        }
        if source.groups.contains(where: { $0.reason == .noRule }) {
            steps.append(
                "No line of pg_hba.conf fits: the log names role, database and whether it was encrypted. Add a line for that network, or correct the client's sslmode."
            )
        }
        if isGuessing {
            steps += [
                "See in the log (log_connections) whether one of these names got in from there: \"connection authorized\".",
                "If one did, or its password is weak or old: set a new one with \\password in psql and give it to its application.",
            ]
        }
        return Action(
            .fix, "give the client the right password, or rotate it", steps: steps,
            lock: LockNote("none", "open sessions go on; a new password counts at the next login"),
            gain: Gain("the program works, or the old password is worth nothing", .ruleOfThumb),
            verify: "no \"authentication failed\" of it in the log's next hour",
            undo: "set the password that was before",
            caution: "a rotated password must reach all programs of the role at once")
    }

    private var cure: Action {
        Action(
            .cure, "let strangers not come as far as a password",
            steps: [
                "In pg_hba.conf name the networks of the applications in place of all, each with its roles and databases, and scram-sha-256.",
                "Let the firewall pass only these; a pooler in front lets one machine be named for all.",
                "Have what watches logs (fail2ban or a SIEM) act on 28P01 and 28000: it needs %h and %e in log_line_prefix.",
                "Keep passwords in one place that programs ask at their start, so that a rotation reaches all of them.",
            ], gain: Gain("guessing is refused before the password, and a rotation forgets nobody", .ruleOfThumb))
    }
}

extension HostRule {
    /// A role as pg_hba.conf has it: names that are more than a word stand in quotes, and a name in quotes is no keyword.
    static func quoted(_ role: String) -> String { "\"" + role.replacing("\"", with: "\"\"") + "\"" }

    /// One machine as pg_hba.conf has it; a host name stands as it is.
    static func single(_ address: String) -> String {
        if address.contains(":") { return address + "/128" }
        return address.allSatisfy { $0.isNumber || $0 == "." } ? address + "/32" : address
    }
}
