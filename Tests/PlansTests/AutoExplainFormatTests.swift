import Foundation
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

    @Test func valuesOfParametersAreRead() throws {
        let several = """
            Query Text: SELECT 1 FROM t WHERE note = $1 AND kind = $2 AND at < $3
            Query Parameters: $1 = 'it''s,
              ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)
            $2 = ''', $2 = NULL, $3 = '2026-01-01'
            Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)
              Filter: (note = $1)
            """
        let json = """
            {"Query Text": "SELECT $1", "Query Parameters": "$1 = 'secret'", "Plan": {"Node Type": "Result", "Plan Rows": 1}}
            """
        let plan = try #require(
            try ExplainReader.read(message: "duration: 12.3 ms  plan:\n" + several, line: 1).first)
        let values = try #require(plan.queryParameters.flatMap(QueryParameters.values))
        #expect(values.count == 3 && values[1] == nil && values[2] == "2026-01-01", "\(values)")
        #expect(values[0]?.hasPrefix("it's,\n") == true && values[0]?.hasSuffix("$2 = '") == true)
        #expect(plan.outline == "Seq Scan t" && plan.queryText?.hasSuffix("at < $3") == true)
        let other = try ExplainReader.read(message: "duration: 12.3 ms  plan:\n" + json, line: 1)
        #expect(other.first?.queryParameters == "$1 = 'secret'")
        // It is users' data.
        for plan in [plan] + other {
            let written = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
            #expect(!written.contains("secret") && !written.contains("it's"))
        }
    }

    private static let parameters: [(String, [String]?)] = [
        ("$1 = 'a'", ["a"]), ("$1 = '', $2 = ''''", ["", "'"]), ("$1 = 'abc...'", nil), ("$2 = 'a'", nil), ("", nil),
        ("$1 = 'a", nil), ("$1 = 'a'; $2 = 'b'", nil), ("$1 = a", nil), ("$1 = 'a', ", nil),
    ]

    @Test(arguments: parameters.indices)
    func whatIsNotUnderstoodIsNoValue(place: Int) {
        let (text, values) = Self.parameters[place]
        #expect(QueryParameters.values(of: text)?.compactMap(\.self) == values)
    }

    @Test func otherMessagesHoldNoPlan() throws {
        #expect(try ExplainReader.read(message: "duration: 12.3 ms  statement: SELECT 1", line: 1).isEmpty)
        #expect(throws: ExplainError.self) { try ExplainReader.read(message: "duration: 1 ms  plan:\nnone", line: 1) }
    }
}
