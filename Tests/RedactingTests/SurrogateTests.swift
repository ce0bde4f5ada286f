import Model
import TestKit
import Testing

@testable import Redacting

@Suite("Surrogates of values")
struct SurrogateTests {
    private func surrogates(_ images: [PlannerImage], seed: UInt64 = 1) async throws -> Surrogates {
        try await Surrogates(for: images, order: { $0.sorted() }, random: SeededGenerator(seed: seed))
    }

    @Test(
        "a server reads them as values of the class, in the same order, as many different ones",
        arguments: ValueClass.allCases)
    func orderAndEquality(kind: ValueClass) async throws {
        var random = SeededGenerator(seed: 7)
        let type = RandomValues.type(kind)
        let values = Array(Set(RandomValues.make(kind, 400, &random)))
        let server = try await TestServer.shared(.v15)
        let image = PlannerImage.of([(type: "pg_catalog.\(type)", values: values)])
        let surrogates = try await surrogates([image])
        let mapped = try values.map { try #require(surrogates.surrogate(of: $0, kind), "no surrogate of \($0)") }
        let rows = zip(values, mapped).map { "(\(SQL.literal($0)), \(SQL.literal($1)))" }.joined(separator: ",\n")
        let collation = kind == .text ? #" COLLATE "C""# : ""
        // `dense_rank` tells equal values alike: both columns must be ranked the same.
        let answer = try await server.psql(
            """
            SELECT count(*) FILTER (WHERE a <> b), count(DISTINCT a) > 100, max(a) = max(b) FROM (
                SELECT dense_rank() OVER (ORDER BY v::\(type)\(collation)) AS a, dense_rank() OVER (ORDER BY s::\(type)\(collation)) AS b
                FROM (VALUES \(rows)) AS x (v, s)) AS y;
            """)
        #expect(answer == "0|t|t")
    }

    @Test("words stand in the same order in every collation")
    func collations() async throws {
        let server = try await TestServer.shared(.v15)
        var random = SeededGenerator(seed: 3)
        let words = Words.inOrder(3000, limits: [5: 2, 100: 2, 2999: 3], &random)
        #expect(words.count == 3000 && words[5].count <= 2 && words[100].count <= 2)
        #expect(zip(words, words.dropFirst()).allSatisfy { $0 < $1 })
        let rows = words.enumerated().map { "(\($0.offset), '\($0.element)')" }.joined(separator: ",")
        let languages = [
            "cs", "hu", "cy", "da", "et", "hr", "sq", "mt", "az", "es-u-co-trad", "lt", "haw", "yo", "tr", "sv", "en",
        ]
        let checks = languages.map {
            "CREATE COLLATION pg_temp.c (provider = icu, locale = '\($0)'); "
                + "SELECT '\($0)', count(*) FROM (SELECT n, lead(n) OVER (ORDER BY w COLLATE pg_temp.c) AS next FROM words) x WHERE next <> n + 1; "
                + "DROP COLLATION pg_temp.c;"
        }
        let answer = try await server.psql(
            "CREATE TEMP TABLE words (n int, w text); INSERT INTO words VALUES \(rows);\n"
                + checks.joined(separator: "\n"))
        #expect(answer.split(separator: "\n").map(String.init) == languages.map { "\($0)|0" })
    }

    @Test("limits of one character hold for as many texts as there are consonants")
    func shortWords() {
        var random = SeededGenerator(seed: 3)
        let words = Words.inOrder(40, limits: [3: 1, 9: 1, 30: 1], &random)
        #expect([3, 9, 30].allSatisfy { words[$0].count == 1 })
        #expect(zip(words, words.dropFirst()).allSatisfy { $0 < $1 } && Set(words).count == 40)
    }

    @Test("the same value has the same surrogate in all columns of its class and in literals")
    func equalAcross() async throws {
        let image = PlannerImage.of(
            [
                ("pg_catalog.int4", ["7", "4711"]), ("pg_catalog.int8", ["4711", "99"]),
                ("pg_catalog.text", ["open", "paid"]), ("pg_catalog.bpchar", ["open      "]),
                ("pg_catalog.text[]", ["{open,paid}", "{NULL,\"paid\"}"]),
            ],
            definitions: [
                (.index, "CREATE INDEX i ON public.t USING btree (a) WHERE (status = 'open'::text) AND (n = 4711)")
            ])
        let clean = try await surrogates([image]).redacted(image)
        let values = clean.columns.map { $0.slots[0].values ?? [] }
        #expect(values[0][1] == values[1][0] && values[0][1] != "4711")
        #expect(values[2][0] == values[3][0] && values[2][0] != "open")
        #expect(values[4] == ["{\(values[2][0]),\(values[2][1])}", "{NULL,\(values[2][1])}"])
        #expect(
            clean.definitions[0].sql
                == "CREATE INDEX i ON public.t USING btree (a) WHERE (status = '\(values[2][0])'::text) AND (n = \(values[0][1]))"
        )
        #expect(clean.missing == [])
    }

    @Test("0 and 1, signs and the bounds of integers stay; small integers remain small")
    func integers() async throws {
        let values = ["0", "1", "-5", "17", "32767", "32768", "-2147483648", "3000000000"]
        let clean = try await surrogates([.of([("pg_catalog.int8", values)])])
        let mapped = values.compactMap { clean.surrogate(of: $0, .integer).flatMap { Int64($0) } }
        #expect(mapped[0] == 0 && mapped[1] == 1 && mapped[4] == 32767 && mapped[6] == -2_147_483_648)
        #expect((-32767 ... -1).contains(mapped[2]) && (2...32766).contains(mapped[3]))
        #expect((32768...2_147_483_646).contains(mapped[5]) && (2_147_483_648...4_294_967_294).contains(mapped[7]))
    }

    @Test("decimals keep their digits before the point, and no more behind it than there were")
    func decimals() async throws {
        let values = ["999.9", "100.5", "-12.25", "0.05", "1", "7", "8", "123456789"]
        let clean = try await surrogates([.of([("pg_catalog.numeric", values)])])
        for value in values {
            let (old, new) = (
                try #require(DecimalNumber(value)), try #require(DecimalNumber(clean.surrogate(of: value, .decimal)!))
            )
            #expect(old.exponent == new.exponent && old.isNegative == new.isNegative && new.scale <= 2)
        }
        #expect(clean.surrogate(of: "1.00", .decimal) == "1")
    }

    @Test("no moment stays, none moves further than to the next one")
    func moments() async throws {
        var random = SeededGenerator(seed: 11)
        for kind in [ValueClass.date, .timestamp, .time] {
            let values = RandomValues.make(kind, 500, &random).filter { !Moments.special.contains($0) }
            let surrogates = try await surrogates([.of([("pg_catalog.\(RandomValues.type(kind))", values)])])
            func number(_ text: String) -> Int64? {
                switch kind {
                case .time: Moments.time(text)
                case .date: Moments.daysOfDate(text)
                default: Moments.timestamp(text)?.time
                }
            }
            let pairs = try Set(values).map {
                (try #require(number($0)), try #require(number(surrogates.surrogate(of: $0, kind)!)))
            }
            let sorted = pairs.sorted { $0.0 < $1.0 }
            for (place, (value, surrogate)) in sorted.enumerated() where place + 1 < sorted.count {
                let next = sorted[place + 1].0
                if next > value { #expect(surrogate > value && surrogate <= next, "\(kind) \(value)") }
            }
        }
        let dense = try await surrogates([.of([("pg_catalog.date", ["2024-02-28", "2024-02-29", "2024-03-01"])])])
        #expect(
            dense.surrogate(of: "2024-02-28", .date) == "2024-02-29"
                && dense.surrogate(of: "infinity", .date) == "infinity")
    }

    @Test("enum labels and booleans stay, domains are what they are made of, other types lose their values and say so")
    func types() async throws {
        let image = PlannerImage.of(
            [
                ("public.status", ["open", "paid"]), ("pg_catalog.bool", ["t", "f"]),
                ("public.email", ["a@example.com"]),
                ("pg_catalog.jsonb", ["{\"secret\": 1}"]), ("pg_catalog.int4range", ["[1,5)"]),
                ("pg_catalog._text", ["{x,y}"]),
            ],
            definitions: [
                (.type, "CREATE TYPE public.status AS ENUM ('open', 'paid')"),
                (.domain, "CREATE DOMAIN public.email AS public.plain"),
                (.domain, "CREATE DOMAIN public.plain AS pg_catalog.text"),
            ])
        let clean = try await surrogates([image]).redacted(image)
        let slots = clean.columns.map { $0.slots[0] }
        #expect(slots[0].values == ["open", "paid"] && slots[1].values == ["t", "f"])
        #expect(slots[2].values?.first?.contains("example") == false)
        #expect(slots[3].values == nil && slots[3].isWithoutValues && slots[3].numbers == [0.01])
        #expect(slots[4].isWithoutValues && !slots[5].isWithoutValues)
        #expect(clean.missing.count == 2 && clean.missing[0].contains("pg_catalog.int4range"))
        #expect(clean.definitions.map(\.sql) == image.definitions.map(\.sql))
    }

    @Test("histograms and common elements stand in the surrogates' order, also where the column had another collation")
    func histogramsInOrder() async throws {
        var image = PlannerImage.of([("pg_catalog.text", ["b", "A", "c"]), ("pg_catalog._text", ["x"])])
        image.columns[0].slots[0].kind = 2
        image.columns[1].slots[0] = .make {
            ($0.kind, $0.values, $0.numbers, $0.valueType) = (
                4, ["c", "b"], [0.3, 0.2, 0.1, 0.4, 0], "pg_catalog.text"
            )
        }
        let surrogates = try await surrogates([image])
        let clean = surrogates.redacted(image)
        let histogram = try #require(clean.columns[0].slots[0].values)
        #expect(
            histogram == histogram.sorted()
                && Set(histogram) == Set(["A", "b", "c"].compactMap { surrogates.surrogate(of: $0, .text) }))
        #expect(clean.columns[1].slots[0].numbers == [0.2, 0.3, 0.1, 0.4, 0])
    }

    @Test("another case has other surrogates, the same seed the same ones")
    func seeds() async throws {
        let image = PlannerImage.of([("pg_catalog.text", (0..<50).map { "value \($0)" })])
        let first = try await surrogates([image], seed: 1).redacted(image)
        let again = try await surrogates([image], seed: 1).redacted(image)
        let other = try await Surrogates(for: [image], order: { $0.sorted() }).redacted(image)
        #expect(first == again && first != other)
    }

    @Test("an order that lacks a text is refused")
    func badOrder() async {
        await #expect(throws: Surrogates.Failure.orderDiffers(asked: 2, given: 1)) {
            _ = try await Surrogates(for: [.of([("pg_catalog.text", ["a", "b"])])], order: { [$0[0]] })
        }
    }

    @Test("ten thousand columns of a hundred values are done in seconds", .timeLimit(.minutes(1)))
    func many() async throws {
        let image = PlannerImage.of(
            (0..<300).map { number in ("pg_catalog.text", (0..<100).map { "value \(number) \($0)" }) })
        let clean = try await surrogates([image]).redacted(image)
        #expect(clean.columns.allSatisfy { $0.slots[0].values?.count == 100 })
    }
}
