import Model
import Testing

@testable import IndexAdvising

@Suite("What the cost model reads")
struct CostsReadingTests {
    @Test("settings keep their defaults where nothing usable is there")
    func settings() {
        let settings = CostSettings([
            .make {
                $0.name = "random_page_cost"
                $0.value = "1.1"
            },
            .make {
                $0.name = "effective_cache_size"
                $0.value = "(not read)"
            },
            .make {
                $0.name = "parallel_leader_participation"
                $0.value = "off"
            },
        ])
        #expect(settings.randomPage == 1.1 && settings.effectiveCachePages == 524_288)
        #expect(settings.divisor(workers: 2) == 2 && CostSettings().divisor(workers: 2) == 2.4)
    }

    @Test("conditions are read with their values; what an index cannot serve is none of its")
    func conditions() throws {
        let text = """
            ((o.status = ANY ('{open,failed}'::text[])) AND (o.total >= '5'::numeric) AND (c.id = o.customer_id) \
            AND (o.note ~~ 'abc%'::text) AND (NOT o.is_paid) AND (o.total > (SubPlan 1)) AND (o.a < $0) AND (c.x = 1))
            """
        let quals = Qual.read(text, aliases: ["o"])
        #expect(quals.map(\.key).prefix(5) == ["status", "total", "customer_id", "note", "is_paid"])
        #expect(quals.map(\.operation).prefix(5) == [.inList(2), .range(">="), .equality, .prefix("abc"), .equality])
        #expect(quals[0].values == ["open", "failed"] && quals[1].values == ["5"])
        #expect(quals[2].outer == [.init(alias: "c", column: "id")])
        // A subplan's result changes with the row, an InitPlan's does not.
        #expect(quals[5].operation == .other && quals[6].operation == .range("<") && quals.count == 7)
    }

    @Test(
        "subplans of every version are read",
        arguments: [
            "((a = 1) AND (NOT (hashed SubPlan 1)))", "((a = 1) AND (b > (InitPlan 1).col1))",
            "((a = 1) AND (ANY (b = (hashed SubPlan 2).col1)))", "((a = 1) AND (NOT (ANY (b = (SubPlan 1).col1))))",
        ])
    func subplans(_ text: String) {
        #expect(Qual.read(text, aliases: ["t"]).first?.key == "a")
    }

    @Test("expressions are the same in a plan and in an index")
    func expressions() {
        for (plan, index) in [
            ("lower((email)::text)", "lower(email)"), ("date_trunc('day'::text, t.at)", "date_trunc('day', at)"),
            ("(data ->> 'kind'::text)", "data ->> 'kind'"), ("(status)::text", "status"),
        ] {
            #expect(ExpressionText.of(plan) == ExpressionText.of(index))
        }
        #expect(ExpressionText.of("(at)::date") != ExpressionText.of("at"))
    }

    @Test("shares of ranges come from the histogram, of timestamps in any time zone")
    func distribution() throws {
        let days = ColumnDistribution(
            type: "timestamp with time zone", commonValues: ["2024-01-05 00:00:00+00"], frequencies: [0.2],
            bounds: ["2024-01-01 00:00:00+00", "2024-01-11 00:00:00+00", "2024-03-01 00:00:00+00"], nullFraction: 0.1,
            distinct: 71)
        let below = try #require(days.selectivity(operator: "<", value: "2024-01-06 02:00:00+02"))
        // The common value, and half of the first of two bins.
        #expect(abs(below - (0.2 + 0.7 * 0.25)) < 1e-9)
        #expect(days.selectivity(operator: "=", value: "2024-01-04 23:00:00-01") == 0.2)
        #expect(abs((days.selectivity(operator: "=", value: "2024-02-01") ?? 0) - 0.01) < 1e-9)
        let above = try #require(days.selectivity(operator: ">=", value: "2024-01-06 00:00:00+00"))
        #expect(abs(above + below - 0.9) < 1e-9)
        let texts = ColumnDistribution(
            type: "text", commonValues: ["a"], frequencies: [0.5], bounds: [], nullFraction: 0, distinct: 6)
        #expect(
            texts.selectivity(operator: "=", value: "b") == 0.1 && texts.selectivity(operator: "<", value: "b") == nil)
    }
}
