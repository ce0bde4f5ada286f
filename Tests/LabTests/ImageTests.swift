import Foundation
import Imaging
import Model
import PostgresClient
import TestKit
import Testing

@Suite("Planner's images")
struct ImageTests {
    @Test("definitions come in an order that runs, and nothing is there that a role may not see without a word")
    func whole() async throws {
        let image = try await Source.shared(.v15).image
        #expect(image.serverVersion / 10000 == 15 && image.blockSize == 8192 && image.encoding == "UTF8")
        #expect(image.settings["work_mem"] == "3MB" && image.settings["enable_seqscan"] == "on")
        #expect(image.settings["shared_buffers"] == nil)

        let names = image.definitions.map { "\($0.kind.rawValue) \($0.name.name)" }
        func place(_ name: String) throws -> Int { try #require(names.firstIndex(of: name), "\(name)") }
        for (first, second) in [
            ("function longer", "function longest"), ("type status", "table orders"),
            ("domain email", "table customers"), ("view sales", "function busiest"),
            ("table orders", "function order_count"), ("view open_orders", "view open_names"),
            ("function normalised", "index customers_name_idx"), ("view sales", "index sales_quantity_idx"),
            ("partition events_rest", "index events_2026_01_customer_idx"),
            ("constraint customers_pkey", "foreignKey orders_customer_fkey"),
        ] { #expect(try place(first) < place(second), "\(first), \(second)") }
        #expect(image.definitions.last?.kind == .foreignKey)

        let open = try #require(image.definitions.first { $0.name.name == "orders_open_idx" })
        #expect(open.hasLiterals && open.sql.contains("'paid'"))
        let stub = try #require(image.definitions.first { $0.name.name == "price_with_tax" })
        #expect(stub.sql.contains("IMMUTABLE PARALLEL SAFE COST 7") && !stub.sql.contains("net * "))

        let orders = try #require(image.relations.first { $0.name == QualifiedName("shop", "orders") })
        #expect(orders.tuples == 60_000 && orders.pages > 300 && orders.filePages == orders.pages)
        let status = try #require(
            image.columns.first { $0.relation == orders.name && $0.column == "status" })
        #expect(status.type == "shop.status" && status.typeCategory == "E" && status.number == 3)
        #expect(status.slots.map(\.kind) == [1, 3])
        #expect(status.slots[0].values == ["shipped", "paid", "new", "returned"])
        #expect(status.slots[0].operator == "=(anyenum,anyenum)")
        let tags = try #require(image.columns.first { $0.column == "tags" })
        #expect(tags.slots.map(\.kind) == [1, 2, 3, 4, 5] && tags.slots[3].valueType == "pg_catalog.text")

        for words in [
            "Row security (shop.regions)", "(3, shop.longer among them)", "Statistics of shop.regions", "shop.place",
        ] {
            #expect(image.missing.contains { $0.contains(words) }, "\(words)")
        }
        #expect(image.missing.count == 4)
    }

    @Test("a table that another session holds is left out and told; nothing waits for it")
    func locked() async throws {
        let server = try await TestServer.shared(.v15)
        try await server.withDatabase(
            "CREATE TABLE held (id int PRIMARY KEY CHECK (id > 0)); CREATE TABLE other (id int PRIMARY KEY);"
                + "CREATE VIEW both_of_them AS SELECT h.id FROM held h JOIN other USING (id);"
        ) { database in
            let session = try await database.session()
            try await session.run("BEGIN; LOCK TABLE held;")
            let image = try await Source.image(database.dsn())
            await session.close()
            let names = Set(image.definitions.map(\.name.name))
            #expect(names.isSuperset(of: ["other", "other_pkey"]))
            #expect(names.isDisjoint(with: ["held", "held_pkey", "held_id_check", "both_of_them"]))
            #expect(image.missing.count == 1)
            #expect(image.missing.first?.contains("public.held was not read") == true)
            #expect(image.relations.first { $0.name.name == "held" }?.filePages == nil)
            #expect(image.relations.first { $0.name.name == "other" }?.filePages == 0)
        }
    }
}
