import Foundation
import Model

/// New passwords are kept as MD5.
struct MD5Passwords: Rule {
    static let metadata = RuleMetadata(
        id: "exposure.md5-passwords",
        title: "Passwords are kept as MD5",
        area: .exposure,
        needs: [.settings],
        looksAt: "password_encryption; lines of pg_hba.conf with method md5, where they are readable",
        why:
            "An MD5 password can be used to log in by whoever reads it in a dump or backup, without being guessed first. PostgreSQL 18 warns of them, and a later version "
            + "will refuse them: roles have to get new passwords before that upgrade.",
        limits:
            "How each role's password is kept is shown to superusers alone and not read. With method md5 in pg_hba.conf SCRAM passwords work, too: such lines are not told.",
        references: [
            "https://www.postgresql.org/docs/current/auth-password.html",
            "https://www.postgresql.org/docs/18/release-18.html",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let setting = observation.serverSetting("password_encryption") else {
            return .inconclusive("password_encryption was not read, or our own role has its own")
        }
        guard setting.value == "md5" else { return .findings([]) }
        let lines = observation.snapshot.hostRules.map { rules in rules.count { $0.method == "md5" } }
        return .findings([
            Finding(
                Self.metadata, severity: .notice, tier: .cure, title: "new passwords are kept as MD5",
                objects: [.setting(setting.name)],
                impact: Impact(0.05, .risk, "weak passwords"), confidence: .high,
                summary:
                    "password_encryption is md5: every password that is set from now on is kept in a way that PostgreSQL 18 calls deprecated.",
                evidence: [
                    Evidence("value", setting.name, .text(setting.value)),
                    Evidence("source", "set by", .text(setting.source)),
                ] + (lines.map { [Evidence("lines", "lines of pg_hba.conf with md5", .count(Int64($0)))] } ?? []),
                notIf: "a client library older than 2017 connects",
                actions: [
                    SettingChange(setting, to: "scram-sha-256").action(
                        "keep new passwords as SCRAM",
                        gain: Gain("holds for passwords that are set from then on", .ruleOfThumb),
                        caution: "clients older than libpq 10 cannot log in with such a password"),
                    Action(
                        .cure, "set the passwords anew, role by role",
                        steps: [
                            "SELECT rolname FROM pg_catalog.pg_authid WHERE rolpassword LIKE 'md5%'; as a superuser names those that are left.",
                            "\\password ROLE in psql for each, with the application's configuration; md5 lines of pg_hba.conf take both kinds meanwhile.",
                            "When none is left: scram-sha-256 in place of md5 in pg_hba.conf, and reload.",
                        ], lock: LockNote.none, gain: Gain("no password can be used from a stolen dump", .ruleOfThumb),
                        verify: "the statement of the first step names nobody",
                        undo: "a role's former password, set while password_encryption is md5"),
                ])
        ])
    }

    static let examples: [RuleExample] = [
        .fires("set in the configuration file", on: "password_encryption") { $0.set("password_encryption", "md5") },
        .silent("SCRAM, the default from 14") { $0.set("password_encryption", "scram-sha-256", source: "default") },
        .inconclusive("settings without it") { $0.settings.removeAll { $0.name == "password_encryption" } },
    ]
}
