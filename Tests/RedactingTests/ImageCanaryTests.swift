import Foundation
import Model
import TestKit
import Testing

@testable import Redacting

@Suite("Canaries in a planner's image")
struct ImageCanaryTests {
    /// Of each type that has surrogates, and of some that have none.
    private static let canaries: [(type: String, values: [String])] = [
        ("pg_catalog.int4", ["42424242", "1001"]), ("pg_catalog.int8", ["424242424242"]),
        ("pg_catalog.numeric", ["4242.4242"]),
        ("pg_catalog.float8", ["42424.242"]), ("pg_catalog.text", ["canary text"]),
        ("pg_catalog.varchar", ["canary's"]),
        ("pg_catalog.bpchar", ["canary    "]), ("pg_catalog.name", ["canary_name"]), ("public.citext", ["Canary"]),
        ("pg_catalog.date", ["1942-04-02"]), ("pg_catalog.timestamptz", ["1942-04-02 04:42:42+00"]),
        ("pg_catalog.time", ["04:42:42"]),
        ("pg_catalog.interval", ["42 days 04:42:42"]), ("pg_catalog.uuid", ["cafe4242-4242-4242-4242-424242424242"]),
        ("pg_catalog.bytea", ["\\x4242cafe4242"]), ("pg_catalog.inet", ["42.42.42.42"]),
        ("pg_catalog.text[]", ["{canary,\"canary 2\"}"]),
        ("pg_catalog._int4", ["{42424242,1}"]), ("pg_catalog.jsonb", ["{\"canary\": 42424242}"]),
        ("pg_catalog.int4range", ["[42424242,42424243)"]),
        ("pg_catalog.tsvector", ["'canary':1"]), ("pg_catalog.xml", ["<canary/>"]), ("public.mood", ["canary mood"]),
        ("pg_catalog.timetz", ["04:42:42+02"]), ("pg_catalog.money", ["$42,424.24"]),
        ("pg_catalog.macaddr", ["42:42:42:42:42:42"]),
        ("pg_catalog.point", ["(4242.4242,1)"]), ("pg_catalog.bit", ["101010"]), ("public.unknown[]", ["{canary}"]),
        ("", ["canary"]),
    ]

    private static let image: PlannerImage = {
        var image = PlannerImage.of(canaries, definitions: DefinitionTests.definitions.map { (.index, $0) })
        for place in image.columns.indices {
            let values = image.columns[place].slots[0].values
            for kind in [2, 3, 4, 5, 6, 7] {
                image.columns[place].slots.append(.make { ($0.kind, $0.values, $0.numbers) = (kind, values, [0.5]) })
            }
        }
        image.missing = ["'canary' of canary@example.com at 42.42.42.42 was not read"]
        image.settings = ["x": "password=canary"]
        return image
    }()

    private func leaks(_ image: PlannerImage) throws -> [String] {
        try CanarySnapshot.strings(image).filter {
            DefinitionTests.hasCanary($0.text.lowercased()) || $0.text == "101010"
        }
        .map { "\($0.place): \($0.text)" }
    }

    @Test("none is left in any string of it")
    func none() async throws {
        let image = Self.image
        #expect(try leaks(image).count > 200)
        let surrogates = try await Surrogates(for: [image], order: { $0.sorted() }, random: SeededGenerator(seed: 9))
        var pseudonyms = NamePseudonyms(replacesNames: false)
        let clean = try pseudonyms.redacted(surrogates.redacted(image))
        let left = try leaks(clean)
        #expect(left == [], "\(left)")
        #expect(clean.columns.count == image.columns.count && clean.definitions.count > 55)
        // The frequencies stay.
        #expect(clean.columns.allSatisfy { $0.slots[0].numbers?.isEmpty == false })
    }

    @Test("without surrogates every value is taken out")
    func withoutSurrogates() throws {
        let clean = Surrogates().redacted(Self.image)
        #expect(try leaks(clean).filter { !$0.contains("missing") } == [])
        #expect(clean.columns.allSatisfy { column in column.slots.allSatisfy { $0.values == nil } })
    }

    @Test("a statement of a person gets the surrogates that its values have, and NULL for others")
    func statement() async throws {
        let image = PlannerImage.of(
            [
                ("pg_catalog.text", ["open", "paid"]), ("pg_catalog.int4", ["4711"]),
                ("pg_catalog.timestamptz", ["2024-01-01 00:00:00+00"]),
            ],
            definitions: [(.type, "CREATE TYPE public.mood AS ENUM ('sad', 'glad')")])
        let surrogates = try await Surrogates(for: [image], order: { $0.sorted() })
        func known(_ text: String, _ kind: ValueClass) throws -> String {
            try #require(surrogates.surrogate(of: text, kind))
        }
        let clean = surrogates.statement(
            "SELECT * FROM t WHERE s = 'open' AND n = 4711 AND m = 'not seen' AND e = 'sad' AND at > '2024-01-01' LIMIT 5 -- canary"
        )
        let moment = try known("2024-01-01", .timestamp)
        #expect(
            clean
                == "SELECT * FROM t WHERE s = '\(try known("open", .text))' AND n = \(try known("4711", .integer)) AND m =  NULL "
                + "AND e = 'sad' AND at > '\(moment)' LIMIT 5  ")
        #expect(moment > "2024-01-01 00:00:00" && !moment.contains("+"))
        #expect(surrogates.statement("SELEKT 'canary'") == nil)
    }
}
