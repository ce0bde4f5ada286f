import Foundation
import Testing

@testable import Statements

@Suite struct RedactorTests {
    @Test(arguments: [
        ("select * from t where a = 'x' and b = -5 and c = $1", "select * from t where a = $2 and b = $3 and c = $1"),
        (
            "select 1, 'a''b', E'c\\'d', $q$e$q$, 1.5e3, B'01', X'ff', U&'\\0041'",
            "select $1, $2, $3, $4, $5, $6, $7, $8"
        ),
        ("select /* secret */ a -- secret\nfrom t", "select   a  \nfrom t"),
        ("alter role joe password 'secret'", "alter role joe password $1"),
        ("create user u valid until 'infinity' password 'p'", "create user u valid until '…' password '…'"),
        ("copy t from '/tmp/secret' with (delimiter ',')", "copy t from '…' with (delimiter '…')"),
        (
            "select a::varchar(40), b::numeric(10,2) from t group by 1, 2 order by 2 desc limit 10",
            "select a::varchar(40), b::numeric(10,2) from t group by 1, 2 order by 2 desc limit $1"
        ),
        ("set app.token = abc", "set app.token = $1"),
        ("set search_path = app, public", "set search_path = app, public"),
        (
            "select a from t where b is true and c is null and d = false",
            "select a from t where b is true and c is null and d = false"
        ),
        ("select interval '3 days', date '2020-01-01'", "select interval $1, date $2"),
        ("do $$ begin x('secret'); end $$", "do '…'"),
        ("select 1;", "select $1;"),
    ])
    func statementLosesConstantsAndComments(_ text: String, _ expected: String) {
        #expect(Redactor.statement(text)?.text == expected)
    }

    /// One of every way to write data; each holds `sesame` or 4711.
    static let canaries = [
        "select 'sesame', E'ses\\'ame sesame', $$sesame$$, $x$ $$ sesame $x$, U&'sesame' uescape '!', N'sesame', 'a' \n 'sesame'",
        "select /* sesame /* nested sesame */ */ 1 -- sesame",
        "select 4711, -4711, 4711.5, .4711, 4711e5, x'4711', b'01', a[4711], a[4711:4711]",
        "select * from t where a between 4711 and -4711 limit 4711 offset 4711 fetch",
        "select * from t fetch first 4711 rows only",
        "select * from t tablesample system (4711) repeatable (4711)",
        "alter role joe password 'sesame'", "alter user joe with encrypted password 'sesame' valid until 'sesame'",
        "create role joe login password 'sesame' connection limit 4711",
        "copy t from program 'sesame' with (delimiter 'sesame')",
        "copy (select 'sesame') to '/sesame' csv null 'sesame'",
        "create user mapping for joe server s options (user 'sesame', password 'sesame')",
        "create subscription s connection 'password=sesame' publication p", "do $$ sesame $$", "notify n, 'sesame'",
        "set app.token = sesame", "set app.token to 'sesame'", "select set_config('app.token', 'sesame', true)",
        "prepare p as select 'sesame'", "execute p('sesame', 4711)", "prepare transaction 'sesame'",
        "declare c cursor for select 'sesame'", "call p('sesame')", "explain select 'sesame'",
        "create table t (a text default 'sesame' check (a <> 'sesame'))", "comment on table t is 'sesame'",
        "create function f() returns text language sql as 'sesame'",
        "insert into t values ('sesame', 4711), ('sesame', 4711) on conflict (a) do update set b = 'sesame'",
        "alter system set primary_conninfo = 'sesame'", "select 'sesame' from t where x like 'sesame%' and",
        "select * from json_table(jsonb '[4711]', '$[*].sesame' columns (a int path '$.sesame'))",
        "merge into t using u on t.a = u.a and t.b = 'sesame' when matched then update set c = 'sesame' returning 'sesame'",
        "select '", "select 'sesame", "select 1, 'ok', 'sesame cut off", "select 1 /* sesame cut", "select $$sesame",
        "select \"a\", e'sesame\\'",
        "select 'é' || 'sesame' -- é sesame", "select 'é', é, 'sesame cut", "select u&'sesame",
        "select 1_000, 'sesame'", "select 0x4711, 'sesame'",
    ]

    @Test(arguments: canaries) func nothingSurvivesInStatements(_ text: String) {
        let redacted = Redactor.statement(text)?.text ?? ""
        #expect(!redacted.contains("sesame") && !redacted.contains("4711"), "\(redacted)")
    }

    @Test(arguments: canaries) func nothingSurvivesInExpressions(_ text: String) {
        // A bare word as a value exists only in SET, which is no expression.
        guard text != "set app.token = sesame" else { return }
        for redacted in [Redactor.expression(text)?.text ?? "", Redactor.definition(text)?.text ?? ""] {
            #expect(!redacted.contains("sesame") && !redacted.contains("4711"), "\(redacted)")
        }
    }

    @Test(arguments: canaries) func redactedStatementsStillParseAndKeepTheirFingerprint(_ text: String) throws {
        guard let before = try? ParsedStatement(parsing: text) else { return }
        let redacted = try ParsedStatement(parsing: try #require(Redactor.statement(text)).text)
        #expect(redacted.kind == before.kind)
        // A utility statement's fingerprint is made of its values too.
        guard before.kind != .utility else { return }
        #expect(try ParsedStatement.fingerprint(of: redacted.text) == ParsedStatement.fingerprint(of: text))
    }

    @Test func redactionIsIdempotent() throws {
        for text in Self.canaries {
            guard let once = Redactor.statement(text)?.text, !once.hasSuffix("…"), !once.contains("'…'") else {
                continue
            }
            #expect(Redactor.statement(once) == .init(text: once, hasLiterals: false))
        }
    }

    @Test(arguments: [
        ("(status = 'open'::text)", "(status = '…'::text)"),
        ("((lower((email)::text) = $1) AND (n > 5))", "((lower((email)::text) = $1) AND (n > '…'))"),
        ("(a = ANY ('{1,2}'::integer[]))", "(a = ANY ('…'::integer[]))"),
        ("(NOT (hashed SubPlan 1))", "(NOT (hashed SubPlan 1))"),
        ("(deleted_at IS NULL)", "(deleted_at IS NULL)"),
    ])
    func expressionLosesConstants(_ text: String, _ expected: String) {
        let redacted = Redactor.expression(text)
        #expect(redacted?.text == expected)
    }
}

@Suite struct ParserTests {
    @Test func deepestTextsWithinTheLimitAreRefusedAndDoNotCrash() {
        for unit in ["1+", "- ", "a[", "(", "f(", "not ", "(select ", "a.b->"] {
            let text = "select " + String(repeating: unit, count: (Parser.longestText - 8) / unit.utf8.count)
            #expect(throws: ParsingError.self) { try ParsedStatement(parsing: text) }
            _ = try? Parser.fingerprint(of: text + "1")
            _ = try? Parser.tree(of: text + "1")
        }
        #expect(throws: ParsingError.tooDeep) {
            try ParsedStatement(parsing: "select " + String(repeating: "1+", count: 30_000) + "1")
        }
    }

    /// Short texts are parsed on the caller's own thread, whatever its stack.
    @Test(arguments: [512 << 10, 2 << 20, 8 << 20])
    func shortTextsFitTheStack(bytes: Int) async {
        let longest = Parser.longestShortText(stack: bytes)
        let count = await withCheckedContinuation { done in
            let thread = Thread {
                var read = 0
                for unit in ["1+", "- ", "a[1].b", "(", "f(", "not ", "(select ", "a.b->", "a||", "case when "] {
                    let text = "select " + String(repeating: unit, count: (longest - 8) / unit.utf8.count) + "1"
                    _ = Parser.fingerprintHere(of: text)
                    if (try? TreeReader.read(JSONTree(of: text))) != nil { read += 1 }
                }
                done.resume(returning: read)
            }
            thread.stackSize = bytes
            thread.start()
        }
        #expect(count > 2)
    }
}
