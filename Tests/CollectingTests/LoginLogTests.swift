import Foundation
import Model
import Testing

@testable import Collecting

/// Refused connections out of a log, in each of its formats, as 15.20 and 18 write them.
@Suite struct LoginLogTests {
    private static func read(_ log: String, _ settings: [String: String] = [:], redaction: Redaction = .literals)
        -> Snapshot
    {
        var snapshot = Snapshot.make {
            $0.redaction = redaction
            $0.settings = settings.merging(["log_line_prefix": "%m [%p] %q%u@%d %h ", "log_timezone": "UTC"]) {
                mine, _ in mine
            }
            .map { name, value in .make { ($0.name, $0.value) = (name, value) } }
            $0.roles = [.make { $0.name = "app" }, .make { $0.name = "batch" }]
        }
        var evidence = LoggedEvidence(of: snapshot)
        evidence.read { take in take(Data(log.utf8)) }
        evidence.attach(.logins, to: &snapshot)
        return snapshot
    }

    private static func groups(_ log: String, _ settings: [String: String] = [:]) throws -> [FailedLogin] {
        try #require(read(log, settings).loginHistory).groups
    }

    private static func shown(_ groups: [FailedLogin]) -> [String] {
        groups.map {
            "\($0.events.count) \($0.reason.rawValue) \($0.role ?? "-") \($0.isLocal ? "local" : $0.client ?? "-") \($0.hiddenNames)"
        }
    }

    private static let stderr = #"""
        2026-11-26 20:00:01.000 UTC [11] app@shop 10.0.0.7 FATAL:  password authentication failed for user "app"
        2026-11-26 20:00:01.000 UTC [11] app@shop 10.0.0.7 DETAIL:  Connection matched pg_hba.conf line 100: "host all all 10.0.0.0/8 scram-sha-256"
        2026-11-26 20:00:02.000 UTC [12] app@shop 10.0.0.7 FATAL:  password authentication failed for user "app"
        2026-11-26 20:00:02.000 UTC [12] app@shop 10.0.0.7 DETAIL:  Connection matched pg_hba.conf line 100: "host all all 10.0.0.0/8 scram-sha-256"
        2026-11-26 20:00:03.000 UTC [13] hunter2@shop 10.0.0.7 FATAL:  password authentication failed for user "hunter2"
        2026-11-26 20:00:03.000 UTC [13] hunter2@shop 10.0.0.7 DETAIL:  Role "hunter2" does not exist.
        	Connection matched pg_hba.conf line 100: "host all all 10.0.0.0/8 scram-sha-256"
        2026-11-26 20:00:04.000 UTC [14] letmein@shop 10.0.0.7 FATAL:  role "letmein" does not exist
        2026-11-26 20:00:05.000 UTC [15] batch@shop 10.0.0.8 FATAL:  password authentication failed for user "batch"
        2026-11-26 20:00:05.000 UTC [15] batch@shop 10.0.0.8 DETAIL:  User "batch" has an expired password.
        2026-11-26 20:00:06.000 UTC [16] app@shop 192.0.2.1 FATAL:  no pg_hba.conf entry for host "192.0.2.1", user "app", database "shop", no encryption
        2026-11-26 20:00:07.000 UTC [17] app@shop [local] FATAL:  Peer authentication failed for user "app"
        2026-11-26 20:00:08.000 UTC [18] batch@shop [local] FATAL:  role "batch" is not permitted to log in
        2026-11-26 20:00:09.000 UTC [19] app@shop 10.0.0.7 FATAL:  sorry, too many clients already
        2026-11-26 20:00:09.100 UTC [20] app@shop 10.0.0.7 FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute
        2026-11-26 20:00:09.200 UTC [21] app@shop 10.0.0.7 FATAL:  too many connections for role "app"
        2026-11-26 20:00:10.000 UTC [22] app@shop 10.0.0.7 ERROR:  role "nobody" does not exist
        2026-11-26 20:00:11.000 UTC [23] app@shop 10.0.0.7 ERROR:  could not establish connection
        2026-11-26 20:00:11.000 UTC [23] app@shop 10.0.0.7 DETAIL:  FATAL:  password authentication failed for user "app"

        """#

    @Test func refusalsAreCountedByRoleAddressAndReason() throws {
        let snapshot = Self.read(Self.stderr)
        let history = try #require(snapshot.loginHistory)
        #expect(
            Self.shown(history.groups) == [
                "2 password app 10.0.0.7 0", "2 server-full app 10.0.0.7 0", "2 unknown-role - 10.0.0.7 2",
                "1 expired-password batch 10.0.0.8 0", "1 no-login batch local 0", "1 no-rule app 192.0.2.1 0",
                "1 other-method app local 0", "1 own-limit app 10.0.0.7 0",
            ])
        #expect(
            history.leftOut == 0
                && history.groups[0].events.last?.timeIntervalSince(history.groups[0].events.first!) == 1)
        #expect(!snapshot.notes.contains { $0.evidence == .loginHistory })
    }

    /// A name that is no role's may be a password that was typed at the wrong prompt.
    @Test func namesOfNoRoleAreNotKept() throws {
        let kept = String(decoding: try JSONEncoder().encode(Self.read(Self.stderr)), as: UTF8.self)
        #expect(!kept.contains("hunter2") && !kept.contains("letmein"))
        let whole = String(decoding: try JSONEncoder().encode(Self.read(Self.stderr, redaction: .none)), as: UTF8.self)
        #expect(whole.contains("hunter2"))
    }

    @Test func structuredFormatsTellTheSame() throws {
        let csv = #"""
            2026-11-26 20:00:01.000 UTC,"app","shop",11,"10.0.0.7:54321",6a,2,"authentication",2026-11-26 20:00:00 UTC,3/2,0,FATAL,28P01,"password authentication failed for user ""app""","Connection matched",,,,,,,,"","client backend",,0
            2026-11-26 20:00:02.000 UTC,"app","shop",12,"::1:54322",6a,2,"authentication",2026-11-26 20:00:00 UTC,3/2,0,FATAL,28000,"no pg_hba.conf entry for host ""::1""",,,,,,,,,"","client backend",,0
            2026-11-26 20:00:03.000 UTC,"app","shop",13,"[local]",6a,2,"startup",2026-11-26 20:00:00 UTC,,0,FATAL,53300,"sorry, too many clients already",,,,,,,,,"","client backend",,0

            """#
        let json = #"""
            {"timestamp":"2026-11-26 20:00:01.000 UTC","user":"app","dbname":"shop","pid":11,"remote_host":"10.0.0.7","remote_port":54321,"error_severity":"FATAL","state_code":"28P01","message":"password authentication failed for user \"app\"","detail":"Connection matched"}
            {"timestamp":"2026-11-26 20:00:02.000 UTC","user":"app","dbname":"shop","pid":12,"remote_host":"::1","remote_port":54322,"error_severity":"FATAL","state_code":"28000","message":"no pg_hba.conf entry for host \"::1\""}
            {"timestamp":"2026-11-26 20:00:03.000 UTC","user":"app","dbname":"shop","pid":13,"remote_host":"[local]","error_severity":"FATAL","state_code":"53300","message":"sorry, too many clients already"}

            """#
        for log in [csv, json] {
            #expect(
                Self.shown(try Self.groups(log)) == [
                    "1 no-rule app ::1 0", "1 password app 10.0.0.7 0", "1 server-full app local 0",
                ])
        }
    }

    @Test func thePrefixMayHideTheAddressOrTellThePort() throws {
        let hidden = try Self.groups(
            "2026-11-26 20:00:01.000 UTC [11] FATAL:  password authentication failed for user \"app\"\n",
            ["log_line_prefix": "%m [%p] "])
        #expect(Self.shown(hidden) == ["1 password app - 0"])
        let withPort = try Self.groups(
            "2026-11-26 20:00:01.000 UTC [11] 10.0.0.7(54321) FATAL:  password authentication failed for user \"app\"\n",
            ["log_line_prefix": "%m [%p] %r "])
        #expect(Self.shown(withPort) == ["1 password app 10.0.0.7 0"])
    }

    /// German, as 15 writes it: nothing is known without a SQLSTATE, and all with it.
    @Test func anotherLanguageIsSaidOrReadBySQLState() throws {
        let german = ["lc_messages": "de_DE.UTF-8"]
        let text = "FATAL:  Passwort-Authentifizierung für Benutzer »app« fehlgeschlagen\n"
        let unknown = Self.read("2026-11-26 20:00:01.000 UTC [11] app@shop 10.0.0.7 " + text, german)
        #expect(unknown.loginHistory?.groups.isEmpty == true)
        #expect(unknown.notes.contains { $0.evidence == .loginHistory && $0.isTotal })
        let known = Self.read(
            "2026-11-26 20:00:01.000 UTC 28P01 app 10.0.0.7 " + text,
            german.merging(["log_line_prefix": "%m %e %u %h "]) { _, theirs in theirs })
        #expect(Self.shown(known.loginHistory?.groups ?? []) == ["1 password app 10.0.0.7 0"])
        #expect(!known.notes.contains { $0.evidence == .loginHistory })
    }

    /// Who guesses names makes as many groups as he likes.
    @Test func aFloodTakesLittleMemory() throws {
        let flood = (0..<9000).map { number in
            "2026-11-26 20:00:01.000 UTC [11] x\(number)@shop 10.0.\(number % 3).7 FATAL:  role \"x\(number)\" does not exist\n"
        }.joined()
        let history = try #require(Self.read(flood).loginHistory)
        #expect(history.groups.count == 3 && history.groups.reduce(0) { $0 + $1.events.count } == 9000)
        #expect(history.groups.allSatisfy { $0.events.moments.count <= LoggedEvents.momentsLimit && $0.role == nil })
        #expect(history.leftOut == 0)
    }
}
