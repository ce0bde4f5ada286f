import Plans
import Testing

/// What auto_explain writes in each of its formats: one query, without the list that EXPLAIN sets around queries.
@Suite struct AutoExplainFormatTests {
    private static let xml = """
        <explain xmlns="http://www.postgresql.org/2009/explain">
          <Query-Text>select 1 from t where note &lt;&gt; 'a: "b&lt;c';</Query-Text>
          <Plan>
            <Node-Type>Limit</Node-Type>
            <Plan-Rows>1</Plan-Rows>
            <Plans>
              <Plan>
                <Node-Type>Seq Scan</Node-Type>
                <Relation-Name>t</Relation-Name>
                <Filter>(note &lt;&gt; 'a: "b&lt;c'::name)</Filter>
              </Plan>
            </Plans>
          </Plan>
        </explain>
        """
    private static let yaml = #"""
        Query Text: "select 1 from t where note <> 'a: \"b<c';"
        Plan: 
          Node Type: "Limit"
          Plan Rows: 1
          Plans: 
            - Node Type: "Seq Scan"
              Relation Name: "t"
              Filter: "(note <> 'a: \"b<c'::name)"
        """#
    private static let json = #"""
        {
          "Query Text": "select 1 from t where note <> 'a: \"b<c';",
          "Plan": {
            "Node Type": "Limit", "Plan Rows": 1,
            "Plans": [{"Node Type": "Seq Scan", "Relation Name": "t", "Filter": "(note <> 'a: \"b<c'::name)"}]
          }
        }
        """#
    private static let text = """
        Query Text: select 1 from t where note <> 'a: "b<c';
        Query Parameters: $1 = 'secret'
        Limit  (cost=0.00..1.00 rows=1 width=4)
          ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)
                Filter: (note <> 'a: "b<c'::name)
        """

    @Test(arguments: [xml, yaml, json, text])
    func theQueryAndItsPlanAreRead(body: String) throws {
        let logs = [
            try ExplainReader.read(message: "duration: 12.3 ms  plan:\n" + body, line: 7),
            try ExplainReader.read(
                "2026-11-25 19:00:01 UTC [2] LOG:  duration: 12.3 ms  plan:\n"
                    + body.split(separator: "\n").map { "\t\($0)\n" }.joined()),
        ]
        for plans in logs {
            let plan = try #require(plans.first)
            #expect(plans.count == 1 && plan.duration == 12.3)
            #expect(plan.queryText == #"select 1 from t where note <> 'a: "b<c';"#)
            #expect(plan.outline == "Limit (Seq Scan t)")
            #expect(plan.nodes[1].condition("Filter") == #"(note <> 'a: "b<c'::name)"#)
        }
        #expect(logs[0][0].line == 7)
    }

    @Test func otherMessagesHoldNoPlan() throws {
        #expect(try ExplainReader.read(message: "duration: 12.3 ms  statement: SELECT 1", line: 1).isEmpty)
        #expect(throws: ExplainError.self) { try ExplainReader.read(message: "duration: 1 ms  plan:\nnone", line: 1) }
    }
}
