import Testing

@testable import Statements

@Suite("Plans without literals")
struct PlanRedactionTests {
    @Test("conditions lose their literals, names and numbers stay")
    func conditions() throws {
        let plan = """
            [{"Plan": {"Node Type": "Index Scan", "Index Name": "orders_pkey", "Relation Name": "orders", "Alias": "o",
            "Total Cost": 8.3, "Index Cond": "(id = 4711)", "Filter": "((email)::text = 'canary@example.org'::text)",
            "Sort Key": ["(lower('canary'::text))"], "Plans": [{"Node Type": "Seq Scan", "Filter": "(ssn = '123-45-6789')"}]}}]
            """
        let clean = try #require(PlanRedaction.redacted(plan))
        for secret in ["canary", "4711", "123-45-6789"] { #expect(!clean.contains(secret), "\(clean)") }
        for name in ["Index Scan", "orders_pkey", "\"Total Cost\":8.3", "email"] {
            #expect(clean.contains(name), "\(clean)")
        }
    }

    @Test("a text under a key that is not known is taken for an expression")
    func unknownKey() throws {
        let clean = try #require(PlanRedaction.redacted(#"[{"Plan": {"Brand New": "x = 'canary'"}}]"#))
        #expect(!clean.contains("canary"))
    }

    @Test("what is not JSON is dropped")
    func notJSON() { #expect(PlanRedaction.redacted("Seq Scan on t") == nil) }
}
