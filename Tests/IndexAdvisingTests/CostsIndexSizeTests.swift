import Model
import TestKit
import Testing

@testable import IndexAdvising

@Suite("Sizes of indexes")
struct CostsIndexSizeTests {
    /// - Parameter column: of an expression: the one that it is over.
    private static func candidate(
        _ relation: String, _ keys: [String], of column: String? = nil, include: [String] = [],
        where predicate: String? = nil, using method: IndexCandidate.Method = .btree, operatorClass: String? = nil
    ) -> IndexCandidate {
        let keys = keys.map { text in
            IndexCandidate.Key(key: column.map { .expression(text, column: $0) } ?? .column(text))
        }
        var candidate = IndexCandidate(relation: QualifiedName("public", relation), method: method, keys: keys)
        candidate.included = include
        candidate.predicate = predicate
        candidate.keys[0].operatorClass = operatorClass
        return candidate
    }

    private static let trees = [
        candidate("items", ["order_id"]), candidate("items", ["product_id"]), candidate("items", ["price"]),
        candidate("items", ["quantity"]), candidate("items", ["product_id", "quantity"]),
        candidate("items", ["order_id"], include: ["price", "quantity"]), candidate("orders", ["customer_id"]),
        candidate("orders", ["status"]), candidate("orders", ["created_at"]), candidate("orders", ["shipped_at"]),
        candidate("orders", ["total"]), candidate("orders", ["code"]), candidate("orders", ["note"]),
        candidate("orders", ["status", "created_at"]), candidate("orders", ["customer_id", "created_at", "status"]),
        candidate("orders", ["customer_id"], where: "status = 'open'"),
        candidate("orders", ["created_at"], where: "shipped_at IS NULL"), candidate("customers", ["email"]),
        candidate("customers", ["lower(email)"], of: "email"), candidate("customers", ["country", "segment"]),
        candidate("customers", ["referrer"]), candidate("customers", ["is_active"]),
        candidate("products", ["name"]), candidate("products", ["category", "price"]), candidate("events", ["kind"]),
        candidate("events", ["device", "at"]), candidate("events", ["payload"]), candidate("events", ["value"]),
        candidate("events", ["id"]),
    ]

    /// What only bounds are given for.
    private static let others = [
        candidate("items", ["attributes"], using: .gin),
        candidate("items", ["attributes"], using: .gin, operatorClass: "jsonb_path_ops"),
        candidate("items", ["tags"], using: .gin),
        candidate("products", ["name"], using: .gin, operatorClass: "gin_trgm_ops"),
        candidate("products", ["to_tsvector('english', name)"], of: "name", using: .gin),
        candidate("events", ["payload"], using: .gin, operatorClass: "gin_trgm_ops"),
        candidate("events", ["period"], using: .gist), candidate("events", ["place"], using: .gist),
        candidate("products", ["name"], using: .gist, operatorClass: "gist_trgm_ops"),
        candidate("events", ["at"], using: .brin), candidate("orders", ["created_at", "code"], using: .brin),
        candidate("items", ["attributes ->> 'color'"], of: "attributes"),
        candidate("events", ["date_trunc('day', at)"], of: "at"),
    ]

    private func built(_ candidate: IndexCandidate, _ world: CostsWorld) async throws -> Int64 {
        let answer = try await world.database.psql(
            """
            CREATE INDEX built ON \(candidate.relation.quoted) \(candidate.specification);
            SELECT pg_relation_size('built'); DROP INDEX built;
            """)
        return try #require(answer.split(separator: "\n").compactMap { Int64($0) }.first)
    }

    @Test("a B-tree's is within a quarter of what is built, and every bound holds")
    func sizes() async throws {
        try await CostsWorld.with { world in
            var wrong: [String] = []
            for candidate in Self.trees + Self.others {
                let size = try #require(
                    IndexSize.estimate(candidate, world.names, distributions: world.distributions))
                let truth = try await built(candidate, world)
                let ratio = Double(size.bytes) / Double(truth)
                let line =
                    "\(candidate.description): \(truth / 8192) pages, \(size.bytes / 8192) estimated "
                    + "(\(size.least / 8192)…\(size.greatest / 8192))"
                let isTree = Self.trees.contains(candidate)
                if isTree && !(0.75...1.25).contains(ratio) || !(size.least...size.greatest).contains(truth) {
                    wrong.append(line)
                }
            }
            #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
        }
    }
}
