import Model
import Testing

@testable import Statements

@Suite struct SpeedTests {
    @Test func twoHundredStatementsAreUnderstoodInASecond() throws {
        let text =
            "SELECT o.id, o.created_at, c.email, sum(i.amount) FROM orders o JOIN customers c ON c.id = o.customer_id "
            + "LEFT JOIN items i ON i.order_id = o.id WHERE o.status = $1 AND lower(c.email) LIKE $2 AND o.created_at "
            + "BETWEEN $3 AND $4 AND o.id NOT IN (SELECT order_id FROM refunds WHERE reason = $5) GROUP BY 1, 2, 3 "
            + "ORDER BY o.created_at DESC LIMIT $6 OFFSET $7"
        let names = CatalogNames(DatabaseCatalog())
        let clock = ContinuousClock()
        let time = try clock.measure {
            for _ in 0..<200 {
                let redacted = try #require(Redactor.statement(text))
                _ = try ParsedStatement.fingerprint(of: redacted.text)
                _ = StatementShape(try ParsedStatement(parsing: text), names: names, searchPath: [])
            }
        }
        #expect(time < .seconds(1))
    }
}
