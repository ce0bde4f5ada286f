import Model
import Testing

@testable import Statements

/// Rewrites of conditions, made from the text.
@Suite struct ConditionRewriteTextTests {
    private static let catalog = DatabaseCatalog.make { catalog in
        let relation = QualifiedName("public", "orders")
        catalog.relations.append(.make { $0.name = relation })
        for name in ["id", "at", "Kind", "amount", "customer"] {
            catalog.columns.append(
                .make {
                    $0.relation = relation
                    $0.name = name
                })
        }
    }

    private static func read(_ condition: String) throws -> (ParsedStatement, StatementShape) {
        let parsed = try ParsedStatement(parsing: "SELECT 1 FROM orders o WHERE \(condition)")
        return (parsed, StatementShape(parsed, names: CatalogNames(catalog), searchPath: ["public"]))
    }

    private static func condition(_ text: String?) -> String? {
        text.map { String($0.dropFirst("SELECT 1 FROM orders o WHERE ".count).dropLast()) }
    }

    @Test(arguments: [
        ("at IS NOT DISTINCT FROM $1", "(at = $1 OR (at IS NULL AND $1 IS NULL))"),
        (
            "amount > 1 AND $1::numeric(10, 2)[] IS NOT DISTINCT FROM o.at",
            "amount > 1 AND ($1::numeric(10, 2)[] = o.at OR ($1::numeric(10, 2)[] IS NULL AND o.at IS NULL))"
        ),
        (
            #"(o."Kind" IS NOT DISTINCT FROM $2::timestamp(3) with time zone)"#,
            #"((o."Kind" = $2::timestamp(3) with time zone OR (o."Kind" IS NULL AND $2::timestamp(3) with time zone IS NULL)))"#
        ),
        ("at IS NOT DISTINCT FROM lower($1)", nil),
        ("at IS NOT DISTINCT FROM $1 /* never */", nil),
    ])
    func nullIsFoundToo(condition: String, rewrite: String?) throws {
        let (parsed, shape) = try Self.read(condition)
        let test = try #require(shape.nullSafeTests.first)
        #expect(Self.condition(shape.equalityOrNull(test, in: parsed)) == rewrite)
    }

    @Test(arguments: [
        ("at > $1 OR (at = $1 AND id > $2)", "(at, id) > ($1, $2)"),
        ("amount = 3 AND (at > $1 OR at = $1 AND id > $2)", "amount = 3 AND ((at, id) > ($1, $2))"),
        ("((o.at < $1) OR ((o.at = $1) AND (o.id <= $2)))", "((o.at, o.id) <= ($1, $2))"),
        ("$1 > at OR ($1 = at AND $2 > id)", "(at, id) < ($1, $2)"),
        ("at > $1::date OR (at = $1::date AND id > 5)", "(at, id) > ($1::date, 5)"),
        ("at > $1 OR (at = $2 AND id > $3)", "(at, id) > ($1, $2)"),
        (
            #"at > $1 OR (at = $1 AND ("Kind" > $2 OR ("Kind" = $2 AND id > $3)))"#,
            #"(at, "Kind", id) > ($1, $2, $3)"#
        ),
        (
            "at > $1 OR (at = $1 AND amount > $2) OR (at = $1 AND amount = $2 AND id > $3)",
            "(at, amount, id) > ($1, $2, $3)"
        ),
        ("(at > $1 OR (at = $1 AND id < $2))", "(at >= $1 AND (at > $1 OR (at = $1 AND id < $2)))"),
    ])
    func pagesAreFoundByRows(condition: String, rewrite: String) throws {
        let (parsed, shape) = try Self.read(condition)
        let keyset = try #require(shape.keysetConditions.first)
        #expect(Self.condition(shape.rowComparison(keyset, in: parsed)) == rewrite)
    }

    @Test(arguments: [
        "at > $1 OR (at >= $1 AND id > $2)", "at > $1 OR (id > $2 AND at = $1)", "at > $1 OR id > $2",
        "at > 4 OR (at = 5 AND id > 6)", "at > $1 AND (at = $1 OR id > $2)", "at > $1 OR (at = amount AND id > $2)",
        "NOT (at > $1 OR (at = $1 AND id > $2))", "lower(at) > $1 OR (lower(at) = $1 AND id > $2)",
        "at > $1 OR (at = $1 AND at > $2)",
    ])
    func otherConditionsAreNoPages(condition: String) throws {
        #expect(try Self.read(condition).1.keysetConditions.isEmpty)
    }

    @Test(arguments: [
        ("at > clock_timestamp() - interval $1", "at > (SELECT clock_timestamp()) - $1::interval"),
        ("at < pg_catalog.nextval('s')", "at < (SELECT pg_catalog.nextval('s'))"),
        ("id BETWEEN $1 AND (random() * $2)::int", "id BETWEEN $1 AND ((SELECT random()) * $2)::int"),
        (
            "at BETWEEN clock_timestamp() - $1 AND clock_timestamp()",
            "at BETWEEN (SELECT clock_timestamp()) - $1 AND (SELECT clock_timestamp())"
        ),
        (
            "at > clock_timestamp() - timestamp with time zone $1 + pg_catalog.int4 $2",
            "at > (SELECT clock_timestamp()) - $1::timestamp with time zone + $2::pg_catalog.int4"
        ),
    ])
    func valuesAreComputedOnce(condition: String, rewrite: String) throws {
        let (parsed, shape) = try Self.read(condition)
        let test = try #require(shape.volatileTests.first)
        #expect(Self.condition(shape.computedOnce(test, in: parsed)) == rewrite)
    }

    @Test func rowsBecomeValues() throws {
        let (parsed, shape) = try Self.read(#"(id, "Kind") NOT IN (($1, $2 + 1), (f(3, 4), 'a'))"#)
        let list = try #require(shape.spelledOutLists(atLeast: 2).first)
        #expect(
            Self.condition(shape.values(list, types: ["integer", "text"], in: parsed))
                == #"(id, "Kind") NOT IN (VALUES ($1::integer, ($2 + 1)::text), (f(3, 4), 'a'))"#)
    }

    @Test func groupsAreLookedUp() throws {
        let (parsed, shape) = try Self.read(
            "(SELECT 2 * max(x.at) AS m FROM orders x WHERE x.amount > $1 AND o.customer = x.customer) > o.at AND id > 5"
        )
        let comparison = try #require(shape.groupComparisons.first)
        #expect(
            Self.condition(shape.groupedOnce(comparison, in: parsed))
                == "EXISTS (SELECT 1 FROM (SELECT x.customer AS per_group_key1, 2 * max(x.at) AS per_group_value "
                + "FROM orders x WHERE x.amount > $1 GROUP BY x.customer) per_group "
                + "WHERE per_group.per_group_key1 = o.customer AND o.at < per_group.per_group_value) AND id > 5")
    }
}
