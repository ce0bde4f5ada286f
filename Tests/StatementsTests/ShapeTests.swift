import Model
import Testing

@testable import Statements

private let catalog = DatabaseCatalog.make { catalog in
    func add(_ table: QualifiedName, _ columns: String...) {
        catalog.relations.append(.make { $0.name = table })
        for name in columns {
            catalog.columns.append(
                .make {
                    $0.relation = table; $0.name = name
                })
        }
    }
    add(QualifiedName("public", "orders"), "id", "customer_id", "status", "created_at")
    add(QualifiedName("public", "customers"), "id", "email", "name")
    add(QualifiedName("app", "orders"), "id", "app_only")
    func view(_ name: String, _ definition: String) {
        catalog.relations.append(
            .make {
                $0.name = QualifiedName("public", name)
                $0.kind = .view
                $0.viewDefinition = definition
            })
    }
    view("people", "SELECT c.id, c.email AS address, lower(c.name) AS small FROM public.customers c WHERE c.id > 0;")
    view("friends", "SELECT * FROM public.people p")
    view("totals", "SELECT customer_id, count(*) AS n FROM public.orders GROUP BY customer_id")
}

private func shape(_ text: String, searchPath: [String] = ["public"]) throws -> StatementShape {
    StatementShape(try ParsedStatement(parsing: text), names: CatalogNames(catalog), searchPath: searchPath)
}

@Suite struct ShapeTests {
    @Test func searchPathDecidesWhichTableANameMeans() throws {
        #expect(try shape("select * from orders").relations == [QualifiedName("public", "orders")])
        #expect(
            try shape("select * from orders", searchPath: ["app", "public"]).relations == [
                QualifiedName("app", "orders")
            ])
        #expect(try shape("select * from app.orders").relations == [QualifiedName("app", "orders")])
    }

    @Test func commonTableExpressionsShadowTables() throws {
        let found = try shape("with orders as (select 1 as id) select * from orders join customers c using (id)")
        #expect(found.relations == [QualifiedName("public", "customers")])
        #expect(found.top?.relations.map(\.source) == [.cte, .relation])
    }

    @Test(arguments: [
        ("select 1 from people p where p.address = $1", "customers.email"),
        ("select 1 from people where address = $1", "customers.email"),
        ("select 1 from friends where address = $1", "customers.email"),
        ("with x as (select email as e from customers) select 1 from x where e = $1", "customers.email"),
        ("with x as (select * from customers) select 1 from x where x.email = $1", "customers.email"),
        (
            "select 1 from (select o.status s from orders o join customers c on c.id = o.customer_id) q where q.s = $1",
            "orders.status"
        ),
        ("select 1 from customers c where c.email = $1", "customers.email"),
    ])
    func aColumnIsFollowedToItsTable(_ text: String, _ expected: String) throws {
        let found = try shape(text)
        let column = try #require(found.top?.predicates.first).column
        let origin = try #require(found.origin(of: column))
        #expect("\(found.relation(of: column)?.name ?? "").\(origin.name)" == expected)
    }

    @Test(arguments: [
        // Computed.
        "select 1 from people where small = $1",
        // A condition on a group is no condition on its rows.
        "select 1 from totals where customer_id = $1",
        "with x as materialized (select email from customers) select 1 from x where email = $1",
        "with x as (select email from customers) select 1 from x where email = $1 and exists (select 1 from x)",
        "select 1 from (select email from customers limit 5) q where email = $1",
        "select 1 from (select email from customers union select name from customers) q where email = $1",
        "select 1 from (select email, row_number() over () from customers) q where email = $1",
        "with recursive x(email) as (select email from customers union all select email from x) select 1 from x where email = $1",
    ])
    func aColumnIsNotFollowedWhereItsMeaningChanges(_ text: String) throws {
        let found = try shape(text)
        #expect(found.origin(of: try #require(found.top?.predicates.first).column) == nil)
    }

    @Test func viewsCountAsTheTablesTheyAreMadeOf() throws {
        let found = try shape("select * from friends")
        #expect(Set(found.relations.map(\.name)) == ["friends", "people", "customers"])
    }

    @Test func predicatesAreResolvedThroughAliasesAndColumns() throws {
        let found = try shape(
            "select 1 from orders o, customers where o.customer_id = customers.id and lower(email) = $1 and status in ($2, $3) and not (created_at < now() or name ilike $4)"
        )
        let level = try #require(found.top)
        #expect(level.joins.count == 1)
        #expect(level.joins[0].left.name == "customer_id" && level.joins[0].right.name == "id")
        #expect(level.predicates.map(\.column.name) == ["email", "status", "created_at", "name"])
        #expect(
            level.predicates.map { found.relation(of: $0.column)?.name } == [
                "customers", "orders", "orders", "customers",
            ])
        #expect(level.predicates[0].wrapper == .function("lower"))
        #expect(level.predicates[1].operand == .list(2))
        #expect(
            level.predicates[2].isNegated && level.predicates[2].isUnderOr && level.predicates[2].operation == .range)
        #expect(level.predicates[3].operation == .ilike)
    }

    @Test func correlatedSubqueriesKnowTheirOuterColumns() throws {
        let found = try shape(
            "select c.name, (select count(*) from orders o where o.customer_id = c.id) from customers c where c.id not in (select customer_id from orders)"
        )
        let level = try #require(found.top)
        #expect(level.sublinks.count == 2)
        let counted = try #require(level.sublinks.first { $0.place == .targets })
        #expect(counted.isCorrelated && counted.kind == .scalar && counted.outerColumns.map(\.written) == ["c.id"])
        let excluded = try #require(level.sublinks.first { $0.place == .conditions })
        #expect(excluded.isNegated && excluded.kind == .any && !excluded.isCorrelated && excluded.tested?.name == "id")
    }

    @Test(arguments: [
        ("update orders set status = $1 where id = $2 returning *", "SELECT 1 FROM orders where id = $1"),
        (
            "update orders o set status = a is distinct from $3 from customers c where o.customer_id = c.id and c.email = $5",
            "SELECT 1 FROM orders o, customers c where o.customer_id = c.id and c.email = $1"
        ),
        ("delete from orders where created_at < $1", "SELECT 1 FROM orders where created_at < $1"),
        (
            "delete from orders o using customers c where o.customer_id = c.id",
            "SELECT 1 FROM orders o, customers c where o.customer_id = c.id"
        ),
        (
            "select id from orders where status = $1 order by id for update skip locked limit $2",
            "select id from orders where status = $1 order by id limit $2"
        ),
        (
            "insert into orders (id) select id from customers where email = $1 on conflict do nothing",
            "select id from customers where email = $1"
        ),
        (
            "update orders set status = $1 where id in (select id from orders where status = $2 limit $3 for update skip locked)",
            "SELECT 1 FROM orders where id in (select id from orders where status = $1 limit $2 )"
        ),
        (
            "merge into orders o using customers c on o.customer_id = c.id when matched then delete",
            "SELECT 1 FROM customers c LEFT JOIN orders o on o.customer_id = c.id"
        ),
        (
            "with old as (select id from customers) delete from orders using old where orders.customer_id = old.id;",
            "with old as (select id from customers) SELECT 1 FROM orders, old where orders.customer_id = old.id"
        ),
    ])
    func writesHaveASelectThatFindsTheirRows(_ text: String, _ expected: String) throws {
        let found = try ParsedStatement(parsing: text).equivalentSelect
        #expect(found?.split(separator: " ").joined(separator: " ") == expected)
    }

    @Test(arguments: [
        "insert into orders values ($1)", "delete from orders where current of c", "create table x (a int)",
        "with gone as (delete from orders returning id) select * from gone",
    ])
    func statementsWithoutRowsToFindHaveNone(_ text: String) throws {
        #expect(try ParsedStatement(parsing: text).equivalentSelect == nil)
    }
}

@Suite struct NotExistsTests {
    @Test(
        arguments: [
            (
                "SELECT o.* FROM orders o WHERE o.status = $1 AND o.id NOT IN (SELECT customer_id FROM refunds r WHERE a = $2 OR b = $3) ORDER BY 1",
                "SELECT o.* FROM orders o WHERE o.status = $1 AND NOT EXISTS (SELECT 1 FROM refunds r WHERE (a = $2 OR b = $3) AND r.customer_id = o.id) ORDER BY 1;"
            ),
            (
                "DELETE FROM orders WHERE id not in (select customer_id from refunds r)",
                "DELETE FROM orders WHERE NOT EXISTS (SELECT 1 from refunds r WHERE r.customer_id = o.id);"
            ),
            ("SELECT 1 FROM orders o WHERE o.id NOT IN (SELECT customer_id FROM refunds r LIMIT 5)", nil),
            ("SELECT 1 FROM orders o WHERE NOT (o.id IN (SELECT customer_id FROM refunds r))", nil),
            ("SELECT 1 FROM orders o WHERE o.id + 1 NOT IN (SELECT customer_id FROM refunds r)", nil),
        ] as [(String, String?)])
    func notInBecomesNotExists(_ text: String, _ expected: String?) throws {
        let statement = try ParsedStatement(parsing: text)
        let location = try #require(statement.root.all("SubLink").first?.location)
        #expect(statement.notExists(at: location, tested: "o.id", inner: "r.customer_id") == expected)
    }
}
