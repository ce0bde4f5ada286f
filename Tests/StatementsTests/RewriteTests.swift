import Model
import Testing

@testable import Statements

private let catalog = DatabaseCatalog.make { catalog in
    for (table, columns) in [
        ("orders", ["id", "customer_id", "amount"]), ("customers", ["id", "name"]), ("parts", ["id", "parent_id"]),
    ] {
        let relation = QualifiedName("public", table)
        catalog.relations.append(.make { $0.name = relation })
        for name in columns {
            catalog.columns.append(
                .make {
                    $0.relation = relation; $0.name = name
                })
        }
    }
    for (name, below) in [("v1", "public.orders"), ("v2", "public.v1"), ("v3", "(SELECT * FROM public.v2)")] {
        catalog.relations.append(
            .make {
                $0.name = QualifiedName("public", name)
                $0.kind = .view
                $0.viewDefinition = "SELECT q.id FROM \(below) q"
            })
    }
}

private func read(_ text: String) throws -> (ParsedStatement, StatementShape) {
    let parsed = try ParsedStatement(parsing: text)
    return (parsed, StatementShape(parsed, names: CatalogNames(catalog), searchPath: ["public"]))
}

@Suite struct RewriteTests {
    @Test(arguments: [
        (
            "SELECT 1 FROM orders o left outer join customers c ON c.id = o.customer_id WHERE c.name = $1;",
            "SELECT 1 FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.name = $1;"
        ),
        (
            "SELECT 1 FROM orders LEFT JOIN public.customers ON true",
            "SELECT 1 FROM orders JOIN public.customers ON true;"
        ),
        ("SELECT 1 FROM orders LEFT JOIN /* all */ customers ON true", nil),
        ("SELECT 1 FROM orders FULL JOIN customers ON true", nil),
        ("SELECT 1 FROM orders NATURAL LEFT JOIN customers", "SELECT 1 FROM orders NATURAL JOIN customers;"),
    ])
    func leftJoinBecomesJoin(_ text: String, _ expected: String?) throws {
        let (parsed, shape) = try read(text)
        #expect(shape.innerJoin(of: 1, at: 0, in: parsed) == expected)
    }

    @Test(arguments: [
        (
            "SELECT 1 UNION SELECT 2 union distinct SELECT 3 ORDER BY 1",
            "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 ORDER BY 1;"
        ),
        ("SELECT * FROM (SELECT 1 UNION SELECT 2) q", "SELECT * FROM (SELECT 1 UNION ALL SELECT 2) q;"),
        // Another UNION stands in the text.
        ("SELECT id FROM (SELECT 1 AS id UNION SELECT 2) q UNION SELECT 3", nil),
        ("SELECT 1 UNION ALL SELECT 2 UNION SELECT 3", nil),
    ])
    func unionBecomesUnionAll(_ text: String, _ expected: String?) throws {
        let (parsed, shape) = try read(text)
        #expect(shape.unions.first.flatMap { shape.unionAll($0, in: parsed) } == expected)
    }

    @Test(arguments: [
        (
            "SELECT 1 FROM customers c WHERE (select count(*) from orders o WHERE o.customer_id = c.id) > 0 AND c.id > $1",
            "SELECT 1 FROM customers c WHERE EXISTS (SELECT 1 from orders o WHERE o.customer_id = c.id) AND c.id > $1;"
        ),
        (
            "SELECT count(*) > $1 AS \"any\" FROM orders WHERE amount > $2",
            "SELECT EXISTS (SELECT 1 FROM orders WHERE amount > $2) AS \"any\";"
        ),
        (
            "DELETE FROM customers c WHERE (SELECT count(*) FROM orders) < 1",
            "DELETE FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders);"
        ),
        (
            "SELECT 1 FROM customers c WHERE c.id > 5 AND 0 = (SELECT count(1) FROM orders)",
            "SELECT 1 FROM customers c WHERE c.id > 5 AND NOT EXISTS (SELECT 1 FROM orders);"
        ),
        (
            "SELECT CASE WHEN $1 < (SELECT count(o.id) FROM orders o) THEN 1 END",
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM orders o) THEN 1 END;"
        ),
        ("SELECT 1 FROM customers c WHERE 0 < (SELECT count(c.id) FROM orders)", nil),
        ("SELECT 1 FROM customers c WHERE c.id + 0 = (SELECT count(*) FROM orders)", nil),
        // A group's count, a limited one, one of different values, and one that is shown besides.
        ("SELECT 1 FROM customers WHERE (SELECT count(*) FROM orders GROUP BY amount) > 0", nil),
        ("SELECT 1 FROM customers WHERE (SELECT count(*) FROM (SELECT 1) q LIMIT 0) > 0", nil),
        ("SELECT 1 FROM customers WHERE (SELECT count(DISTINCT amount) FROM orders) > 0", nil),
        ("SELECT 1 FROM customers WHERE (SELECT count(*) FILTER (WHERE amount > 1) FROM orders) > 0", nil),
        ("SELECT count(*) > 0, max(id) FROM orders", nil),
        ("SELECT 1 FROM customers WHERE (SELECT count(*) FROM orders) + 1 > 0", nil),
    ])
    func countBecomesExists(_ text: String, _ expected: String?) throws {
        let (parsed, shape) = try read(text)
        #expect(shape.countTests.first.flatMap { shape.existence($0, in: parsed) } == expected)
    }

    @Test(arguments: [
        (
            "SELECT amount, count(*) FROM orders GROUP BY amount HAVING amount IN (SELECT id FROM parts) ORDER BY 2",
            "SELECT amount, count(*) FROM orders WHERE (amount IN (SELECT id FROM parts)) GROUP BY amount ORDER BY 2;"
        ),
        (
            "SELECT amount FROM orders WHERE id = $1 OR id = $2 GROUP BY amount "
                + "HAVING count(*) > $3 AND amount IN (SELECT id FROM parts)",
            "SELECT amount FROM orders WHERE (id = $1 OR id = $2) AND (amount IN (SELECT id FROM parts)) "
                + "GROUP BY amount HAVING count(*) > $3;"
        ),
        // BETWEEN has an AND of its own.
        (
            "SELECT amount FROM orders GROUP BY amount HAVING count(*) BETWEEN $1 AND $2 AND amount IN (SELECT 1)",
            nil
        ),
        ("SELECT amount FROM orders GROUP BY GROUPING SETS (amount) HAVING amount IN (SELECT id FROM parts)", nil),
    ])
    func havingBecomesWhere(_ text: String, _ expected: String?) throws {
        let (parsed, shape) = try read(text)
        #expect(shape.havingConditions.first.flatMap { shape.movingToWhere($0, in: parsed) } == expected)
    }

    @Test(arguments: [
        (
            "WITH w AS (SELECT 1) SELECT DISTINCT c.id FROM customers c JOIN orders o ON o.customer_id = c.id "
                + "AND o.amount > $1 WHERE c.name = $2 OR c.name = $3 ORDER BY c.id LIMIT $4",
            "WITH w AS (SELECT 1) SELECT c.id FROM customers c WHERE (c.name = $2 OR c.name = $3) AND "
                + "EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.amount > $1) ORDER BY c.id LIMIT $4;"
        ),
        ("SELECT DISTINCT c.id FROM customers c, orders o", nil),
        ("SELECT DISTINCT c.id, random() FROM customers c, orders o WHERE o.customer_id = c.id", nil),
        ("SELECT DISTINCT c.id FROM customers c JOIN orders o USING (id)", nil),
        ("SELECT DISTINCT c.id FROM customers c JOIN orders o ON o.customer_id = c.id AND random() < $1", nil),
    ])
    func distinctBecomesExists(_ text: String, _ expected: String?) throws {
        let (parsed, shape) = try read(text)
        #expect(shape.semiJoin.flatMap { shape.existence($0, in: parsed) } == expected)
    }

    @Test func withQueriesLoseTheirFence() throws {
        let (parsed, shape) = try read("WITH a AS (SELECT 1), b(n) AS MATERIALIZED (SELECT 2) SELECT * FROM a, b")
        let ctes = try #require(shape.top).ctes
        #expect(
            shape.withoutFence(ctes[1], isShared: false, in: parsed)
                == "WITH a AS (SELECT 1), b(n) AS (SELECT 2) SELECT * FROM a, b;")
        #expect(
            shape.withoutFence(ctes[0], isShared: true, in: parsed)
                == "WITH a AS NOT MATERIALIZED (SELECT 1), b(n) AS MATERIALIZED (SELECT 2) SELECT * FROM a, b;")
    }

    @Test func recursionGetsACycleClause() throws {
        let (parsed, shape) = try read(
            "WITH RECURSIVE t AS (SELECT id FROM parts UNION ALL SELECT p.id FROM parts p JOIN t ON p.parent_id = t.id) "
                + "SELECT id FROM t")
        let recursion = try #require(shape.recursions.first)
        #expect(!recursion.isGuarded && recursion.keepsDuplicates && recursion.key == "id")
        #expect(
            shape.endingCycles(recursion, in: parsed)
                == "WITH RECURSIVE t AS (SELECT id FROM parts UNION ALL SELECT p.id FROM parts p JOIN t ON "
                + "p.parent_id = t.id) CYCLE id SET is_cycle USING cycle_path SELECT id FROM t;")
    }

    @Test func conditionsOfOuterJoinsRestrictOneSide() throws {
        let (_, shape) = try read(
            "SELECT 1 FROM orders o LEFT JOIN customers c ON c.id = o.customer_id AND c.name = $1 JOIN parts p ON p.id = o.id"
        )
        let level = try #require(shape.top)
        #expect(level.joins.map(\.outerJoin) == [1..<2, nil])
        #expect(level.predicates.map(\.outerJoin) == [1..<2])
    }

    @Test func notOfAndIsOr() throws {
        let (_, shape) = try read("SELECT 1 FROM orders WHERE NOT (id = $1 AND amount = $2)")
        #expect(try #require(shape.top).predicates.allSatisfy { $0.isUnderOr && $0.isNegated })
    }

    @Test func viewsAreFollowedDown() throws {
        let (_, shape) = try read("SELECT * FROM v3 JOIN v1 ON true")
        #expect(shape.viewChain.map(\.name) == ["v3", "v2", "v1"])
    }

    @Test func commasAreNoJoins() throws {
        let (_, shape) = try read("SELECT 1 FROM orders, customers JOIN parts ON true JOIN orders o ON true")
        #expect(shape.top?.longestJoin == 3)
    }
}
