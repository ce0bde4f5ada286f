import Foundation
import Model
import TestKit
import Testing

@testable import Redacting

@Suite("Secrets, attachments, and what is still readable")
struct TextTests {
    @Test(
        "passwords, keys and tokens go, whatever announces them",
        arguments: [
            "host=db user=app password=canary dbname=x", "password = 'canary with blank' host=y",
            "postgres://app:canary@db.example/x",
            "postgresql://app:can%20ary@db/x?sslmode=require", "postgresql://db/x?user=a&password=canary&sslmode=off",
            "archive_command = 'PGPASSWORD=canary rsync %p host::wal'", "curl -u user:canary https://h/x",
            "sshpass -p canary scp %p b:",
            "aws --secret-access-key=canary s3 cp", "AWS_SECRET_ACCESS_KEY=canary envdir",
            "Authorization: Bearer canary.canary1",
            #"{"api_key": "canary"}"#, "token: canary", "ALTER ROLE a PASSWORD 'canary'",
            "CREATE ROLE a LOGIN PASSWORD E'canary'",
            "sslpassword=canary", "passphrase=\"canary\"", "password=a,canary&b(c) x=1", #"password=a\'canary user=x"#,
            "'host=a password=canary'", "password=$canary1",
            "postgres://u:p/w'canary@h/x", "secret: canary", "https://canaryuser:canary@registry/", "--password canary",
        ])
    func secrets(text: String) {
        let clean = Secrets.redacted(text)
        #expect(!clean.replacing("canaryuser", with: "").contains("canary"), "\(clean)")
        #expect(clean.contains("…"))
        #expect(ReadableText.findings(in: [.init(name: "a", text: clean)]).filter { $0.kind == .secret } == [])
    }

    @Test(
        "what only looks like a secret stays",
        arguments: [
            "password_encryption = scram-sha-256", "SELECT a.token = b.token FROM t",
            "WHERE password = $1 AND token = '…'", "key_id = 5",
            "https://www.postgresql.org/docs/current/auth-password.html", "primary key: id", "password=(not read)",
            "mail me @ home://x",
            "a login without a password: line 5 says trust",
        ])
    func noSecrets(text: String) { #expect(Secrets.redacted(text) == text) }

    @Test("log lines lose their values and keep what they tell")
    func attachment() {
        let log = """
            2026-11-26 10:00:00 UTC [42] app@shop LOG:  duration: 4242.1 ms  statement: SELECT * FROM orders
            \tWHERE mail = 'canary@example.com' AND id = 77777
            2026-11-26 10:00:01 UTC [42] ERROR:  duplicate key value violates unique constraint "orders_pkey"
            2026-11-26 10:00:01 UTC [42] DETAIL:  Key (mail, id)=(canary@x.org, 77777) already exists.
            2026-11-26 10:00:01 UTC [42] DETAIL:  Failing row contains (77777, canary, (a), null).
            2026-11-26 10:00:01 UTC [42] DETAIL:  parameters: $1 = 'canary', $2 = '77777'
            2026-11-26 10:00:02 UTC [42] ERROR:  invalid input syntax for type integer: "canary"
            2026-11-26 10:00:02 UTC [42] CONTEXT:  COPY orders, line 3, column id: "canary 77777"
            2026-11-26 10:00:03 UTC [42] STATEMENT:  UPDATE orders SET mail = 'canary' WHERE id = 77777 /* canary */
            2026-11-26 10:00:03 UTC [42] LOG:  execute <unnamed>: INSERT INTO orders VALUES (77777, 'canary')
            2026-11-26 10:00:04 UTC [42] FATAL:  no pg_hba.conf entry for host "203.0.113.9", user "app", database "shop"
            2026-11-26 10:00:04 UTC [42] LOG:  connection received: host=203.0.113.9 port=4711
            Tried: psql postgres://app:canary@db.example.com/shop, called +49 30 7777712345, card 4111 1111 1111 1111
            \tFilter: ((note = 'canary'::text) AND (id = 77777))
            """
        let clean = AttachedText.redacted(log)
        #expect(!["canary", "77777", "203.0", "4111"].contains { clean.contains($0) }, "\(clean)")
        for kept in [
            "duration: 4242.1 ms  statement: SELECT * FROM orders\n\tWHERE mail = $1 AND id = $2",
            "unique constraint \"orders_pkey\"",
            "Key (mail, id)=(…) already exists.", "user \"app\", database \"shop\"",
            "UPDATE orders SET mail = $1 WHERE id = $2", "[42] app@shop LOG",
        ] {
            #expect(clean.contains(kept), "\(kept)\n\(clean)")
        }
        #expect(clean.split(separator: "\n").count == log.split(separator: "\n").count)
    }

    @Test(
        "values over several lines, brackets in values, JSON and CSV records",
        arguments: [
            (
                "DETAIL:  Key (note)=(canary\n\tcanary (two)\n\tcanary) already exists.\nnext line",
                "DETAIL:  Key (note…\nnext line"
            ),
            ("DETAIL:  Key (note)=(a (canary) already exists.", "DETAIL:  Key (note)=(…) already exists."),
            ("parameters: $1 = 'canary\n\tcanary''s', $2 = '5'\nnext", "parameters: $1 = …\nnext"),
            ("CONTEXT:  COPY t, line 1, column a: \"canary\n\tcanary\"", "CONTEXT:  COPY t, line 1, column a…"),
            (
                #"{"pid":42,"message":"duplicate key","detail":"Key (a)=(canary) already exists.","statement":"SELECT 'canary', 77777"}"#,
                #"{"pid":42,"message":"duplicate key","detail":"Key (a)=(…) already exists.","statement":"SELECT $1, $2"}"#
            ),
            (
                #"2026-11-26,"app",42,"SELECT * FROM t WHERE a = 'canary' AND b IN (77777, 77777.5)",,"#,
                #"2026-11-26,"app",42,"SELECT * FROM t WHERE a = '…' AND b IN (…, …)",,"#
            ),
            ("I don't know why it's slow: 5 times", "I don't know why it's slow: 5 times"),
        ])
    func values(log: String, clean: String) { #expect(AttachedText.redacted(log) == clean) }

    @Test("with pseudonyms a log names addresses, roles and databases as the snapshot does")
    func attachmentWithNames() throws {
        var pseudonyms = NamePseudonyms(replacesNames: true)
        let clean = try pseudonyms.redacted(
            .make {
                $0.backends = [
                    .make {
                        ($0.role, $0.database, $0.client, $0.application) = (
                            "app", "shop", "203.0.113.9", "billing-worker"
                        )
                    }
                ]
            })
        let backend = try #require(clean.backends.first)
        let log =
            "[42] app@shop billing-worker FATAL:  no entry for host \"203.0.113.9\", user \"app\", value: \"canary\""
        #expect(
            pseudonyms.attachment(log)
                == "[42] \(backend.role!)@\(backend.database!) \(backend.application) FATAL:  no entry for host \"\(backend.client!)\", "
                + "user \"\(backend.role!)\", value: \"…\"")
        let json = pseudonyms.redacted(json: Array(#"{"at": ["billing-worker of database shop"], "n": 1.50}"#.utf8))
        #expect(String(decoding: json!, as: UTF8.self) == #"{"at": ["app_1 of database db_1"], "n": 1.50}"#)
    }

    @Test("each kind is found, with its place, masked and counted")
    func findings() throws {
        let text = """
            Nothing here.
            mail anna.lena@example.co.uk and anna.lena@example.co.uk
            card 4111-1111-1111-1111, IBAN DE89 3704 0044 0532 0130 00, phone +49 30 1234567
            from 203.0.113.9:5432 and 2001:db8::17, id 6f9619ff-8b86-d011-b42d-00cf4fc964ff
            key AKx93jfKq20dkWlP09sxQzU71 and password=hunter22
            SELECT * FROM t WHERE a = 'Anna Lena Meier'
            in database acme_prod, by role anna
            """
        let found = ReadableText.findings(in: [.init(name: "note.txt", text: text)], names: ["acme_prod", "anna"])
        let shown = found.map { "\($0.kind.rawValue) \($0.place) \($0.sample) \($0.count)" }
        #expect(
            shown == [
                "secret line 5 … (8 characters) 1", "token line 5 … (25 characters) 1",
                "card line 3 4… (19 characters) 1",
                "iban line 3 D… (27 characters) 1", "email line 2 a…@… 2", "phone line 3 +… (14 characters) 1",
                "literal line 6 A… (15 characters) 1",
                "address line 4 2… (11 characters) 1", "address line 4 2… (12 characters) 1",
                "uuid line 4 6… (36 characters) 1",
                "name line 2 anna 4", "name line 7 acme_prod 1",
            ])
        #expect(try JSONDecoder().decode([ReadableText.Finding].self, from: JSONEncoder().encode(found)) == found)
    }

    @Test("in JSON places are paths, and statements are looked at for literals")
    func jsonPaths() {
        let json =
            #"{"backends": [{"query": "SELECT 1"}, {"query": "UPDATE t SET a = 'Mr. Smith' WHERE b = '…'", "pid": 4111111111111111}], "notes": ["a\u0040example.com"]}"#
        let found = ReadableText.findings(in: [.init(name: "s.json", text: json)])
        #expect(found.map { "\($0.kind.rawValue) \($0.place)" } == ["email $.notes[0]", "literal $.backends[1].query"])
    }

    @Test(
        "what is no one's data is not found",
        arguments: [
            "2026-11-26 10:00:00.123+00 and 04:05:06", "127.0.0.1/32, ::1, 0.0.0.0, netmask 255.255.255.0",
            "PostgreSQL 15.20.1.2x",
            "WAL 000000010000000A000000FF", "queryid 5234567890123456789 and -4111111111111111",
            "SELECT 'bakudo'::text, '2024-01-01 00:00:00+00'",
            "SET work_mem = '64MB'; SELECT 'public.orders'::regclass", "SELECT a::text, b::date FROM t",
            "libpg_query 9f8e7d6c5b4a3921",
            "CREATE INDEX CONCURRENTLY orders_customer_id_created_at_idx ON public.orders", "app@shop", "a @> b",
            "price 1234.56 of 1 234 567 rows",
            "https://www.postgresql.org/docs/15/runtime-config-resource.html#GUC-WORK-MEM", "M10.5 20.25L30 40.75",
            "lock ShareUpdateExclusiveLock",
            "pg_stat_statements.track_planning", "1.2.3", "ORDER_ITEMS_2024_PARTITION_DEFAULT",
        ])
    func noFalseAlarms(text: String) {
        #expect(ReadableText.findings(in: [.init(name: "a", text: text)]) == [])
    }

    @Test("texts of one long word, of quotes and of brackets take no long time", .timeLimit(.minutes(1)))
    func longTexts() {
        for part in [
            "a", "f0", "'", "\"", "(", "password=", "://", "a@", "x://y:", "'a", "\\", "key ", "1-", "DE89", ": \"",
        ] {
            let text = "password key // @ " + String(repeating: part, count: 10_000 / part.utf8.count)
            _ = AttachedText.redacted(text)
            _ = ReadableText.findings(in: [.init(name: "a", text: text)])
        }
    }

    @Test("damaged texts, definitions and values crash nothing")
    func damaged() {
        var random = SeededGenerator(seed: 21)
        var image = PlannerImage()
        for _ in 0..<600 {
            let seed = DefinitionTests.definitions.randomElement(using: &random)!
            let text = Array(seed.utf8).damaged(
                with: ["'", "{", "}", "\\", "-", "::", "1e9", "$$", "--", "/*", "\"", "infinity"], &random)
            image.definitions.append(.make { $0.sql = text })
            _ = AttachedText.redacted(text)
            for kind in ValueClass.allCases {
                let value = RandomValues.make(kind, 1, &random).randomElement(using: &random)!
                let damaged = Array(value.utf8).damaged(
                    with: ["-", ":", "9999999999", ".", "/", " BC", "e", "{", "+99:99"], &random)
                _ = SurrogateMap(kind, of: [damaged, value], &random).surrogate(of: damaged)
            }
            _ = ArrayText.mapping(text) { $0 }
        }
        let clean = Surrogates().redacted(image)
        #expect(clean.definitions.count < image.definitions.count && clean.missing.count > 100)
    }

    @Test("hostile JSON is refused or read as text, without end or crash")
    func hostile() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(JSONStrings.changing(Array(deep.utf8)) { _, _ in nil } == nil)
        for text in ["{", "{\"a\"", "{\"a\":}", "[1,]", "\"", "{\"a\":\"\\u12\"}", "[\"a\" \"b\"]", ""] {
            #expect(JSONStrings.changing(Array(text.utf8)) { _, _ in nil } == nil, "\(text)")
        }
        let json = #"{"a":[1.50,{"b":"x\n\"y\\"}],"c":"ü\/\ud83d\ude00"}"#
        let same = JSONStrings.changing(Array(json.utf8)) { $1 + "!" }
        #expect(String(decoding: same!, as: UTF8.self) == #"{"a":[1.50,{"b":"x\u000a\"y\\!"}],"c":"ü/😀!"}"#)
    }
}
