import Foundation
import Model
import Statements

@testable import IndexAdvising

/// A small catalog as a visit would have read it.
struct CatalogMaker {
    private(set) var catalog = DatabaseCatalog()

    /// - Parameter columns: `name type` with, after a bar, `distinct=… null=… freqs=…,… width=… correlation=…`.
    mutating func addTable(
        _ name: String, rows: Double = 1_000_000, columns: [String], _ configure: (inout Relation) -> Void = { _ in }
    ) {
        let qualified = QualifiedName("public", name)
        catalog.relations.append(
            .make {
                $0.oid = Int64(1000 + catalog.relations.count)
                $0.name = qualified
                $0.estimatedRows = rows
                $0.pages = Int64(rows / 50)
                $0.allVisiblePages = $0.pages
                $0.counters.inserted = Int64(rows)
                configure(&$0)
            })
        for (place, text) in columns.enumerated() {
            catalog.columns.append(Self.column(text, number: place + 1, of: qualified))
        }
    }

    private static func column(_ text: String, number: Int, of relation: QualifiedName) -> Column {
        let parts = text.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        let name = String(parts[0].prefix { $0 != " " })
        return .make {
            $0.relation = relation
            $0.name = name
            $0.number = number
            $0.type = parts[0].dropFirst(name.count).trimmingCharacters(in: .whitespaces)
            $0.statistics = .make {
                $0.distinct = -1
                $0.averageWidth = 8
                $0.correlation = 0
                for fact in parts.dropFirst().flatMap({ $0.split(separator: " ") }) {
                    let pair = fact.split(separator: "=")
                    switch pair[0] {
                    case "distinct": $0.distinct = Double(pair[1])!
                    case "null": $0.nullFraction = Double(pair[1])!
                    case "width": $0.averageWidth = Int(pair[1])!
                    case "correlation": $0.correlation = Double(pair[1])!
                    default: $0.mostCommonFrequencies = pair[1].split(separator: ",").map { Double($0)! }
                    }
                }
            }
        }
    }

    mutating func addIndex(
        _ name: String, on table: String, _ keys: [String], _ configure: (inout Index) -> Void = { _ in }
    ) {
        catalog.indexes.append(
            .make {
                $0.name = QualifiedName("public", name)
                $0.relation = QualifiedName("public", table)
                $0.columns = keys.map { key in
                    .make {
                        if key.contains("(") { $0.expression = key } else { $0.name = key }
                    }
                }
                $0.keyCount = keys.count
                configure(&$0)
            })
    }

    mutating func addExtension(_ name: String, schema: String = "public") {
        catalog.extensions.append(
            .make {
                $0.name = name
                $0.schema = schema
            })
    }

    mutating func change(_ body: (inout DatabaseCatalog) -> Void) { body(&catalog) }
}

extension CatalogMaker {
    static let shop: DatabaseCatalog = {
        var maker = CatalogMaker()
        maker.addTable(
            "orders",
            columns: [
                "id bigint", "customer_id integer | distinct=50000 width=4",
                "status text | distinct=3 freqs=0.96,0.03,0.01", "region text | distinct=3 freqs=0.34,0.33,0.33",
                "placed timestamp without time zone", "paid timestamp with time zone", "total numeric(10,2)",
                "note text | width=60", "deleted_at timestamp without time zone | null=0.02",
                "cancelled_at timestamp without time zone | null=0.99", "is_open boolean | distinct=2 freqs=0.98,0.02",
                "is_gift boolean | distinct=2 freqs=0.5,0.5", "code character varying(20)", "doc jsonb | width=300",
                "tags text[] | width=50", "period tstzrange | width=20", "spot point | width=16", "address inet",
                "words tsvector | width=200", "body text | width=900", "room integer | distinct=200",
            ])
        maker.addTable(
            "customers", rows: 50_000, columns: ["id integer", "email text", "country text | distinct=20", "name text"])
        maker.addTable(
            "items",
            columns: [
                "order_id bigint | distinct=1000000", "product_id integer | distinct=2000", "quantity integer",
                "price numeric",
            ])
        maker.addTable("products", rows: 20_000, columns: ["id integer", "name text", "price numeric"])
        maker.addTable("settings", rows: 40, columns: ["key text", "value text"])
        maker.addTable(
            "events", rows: 50_000_000,
            columns: [
                "id bigint | correlation=1", "at timestamp with time zone | correlation=0.999",
                "kind integer | distinct=5000",
            ])
        maker.addTable("log", rows: -1, columns: ["at timestamp without time zone", "level integer | distinct=400"]) {
            $0.kind = .partitioned
        }
        for month in 1...3 {
            maker.addTable(
                "log_\(month)", rows: 90_000,
                columns: ["at timestamp without time zone", "level integer | distinct=400"]
            ) {
                $0.isPartition = true
                $0.partitionRoot = QualifiedName("public", "log")
            }
        }
        maker.addTable("spool", columns: ["id integer", "a integer"]) { $0.persistence = "t" }
        maker.addTable("remote", columns: ["id integer", "a integer"]) { $0.kind = .foreign }
        maker.addTable("held", columns: ["id integer", "a integer"]) { $0.isLocked = true }
        maker.addTable("totals", columns: ["id integer", "a integer"]) { $0.kind = .materializedView }
        maker.addTable(
            "open_orders", columns: ["id bigint", "customer_id integer", "placed timestamp without time zone"]
        ) {
            $0.kind = .view
            $0.viewDefinition =
                "SELECT orders.id, orders.customer_id, orders.placed FROM public.orders WHERE orders.is_open;"
        }
        maker.addTable("unknown_view", columns: ["id integer"]) { $0.kind = .view }
        maker.addExtension("pg_trgm")
        maker.addIndex("orders_pkey", on: "orders", ["id"]) {
            $0.isUnique = true
            $0.isPrimary = true
        }
        maker.addIndex("customers_pkey", on: "customers", ["id"]) { $0.isUnique = true }
        maker.change {
            $0.constraints.append(
                .make {
                    $0.kind = .foreignKey
                    $0.relation = QualifiedName("public", "items")
                    $0.columns = ["product_id"]
                    $0.referencedRelation = QualifiedName("public", "products")
                    $0.referencedColumns = ["id"]
                })
        }
        return maker.catalog
    }()

    static func statement(_ sql: String, _ catalog: DatabaseCatalog = shop) throws -> WorkloadStatement {
        WorkloadStatement(
            number: 0, parsed: try ParsedStatement(parsing: sql), names: CatalogNames(catalog), searchPath: ["public"],
            calls: 1)
    }

    static func candidates(_ sql: String, _ catalog: DatabaseCatalog = shop, collationIsC: Bool = false) throws
        -> [String]
    {
        try CandidateGenerator(CatalogNames(catalog), collationIsC: collationIsC)
            .candidates(for: statement(sql, catalog)).map(\.description)
    }
}
