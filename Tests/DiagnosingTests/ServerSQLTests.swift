import Foundation
import Model
import Statements
import TestKit
import Testing

@testable import Diagnosing

/// The SQL that PostgreSQL itself is shipped with: system views, the information schema, the scripts of its extensions.
/// Thousands of statements that others wrote, some of them very long.
@Suite struct ServerSQLTests {
    @Test(arguments: [TestServer.Version.v15, .v17, .v18])
    func itIsReadAndJudged(version: TestServer.Version) throws {
        let files = try version.scripts()
        #expect(files.count > 40)
        var statements = 0
        var parsed: [ParsedStatement] = []
        for file in files {
            let script = try SQLScript(
                String(contentsOfFile: file, encoding: .utf8).replacing("@extschema@", with: "public"))
            for statement in script.statements {
                statements += 1
                #expect(Redactor.statement(statement.text) != nil, "\(file):\(statement.line)")
                guard let tree = try? ParsedStatement(parsing: statement.text) else { continue }
                let redacted = Redactor.statement(statement.text)?.text ?? ""
                #expect(throws: Never.self) { try ParsedStatement.fingerprint(of: redacted) }
                parsed.append(tree)
            }
        }
        #expect(statements > 3000)
        // Later versions have syntax of their own, and some scripts hold psql's variables.
        #expect(Double(parsed.count) > 0.97 * Double(statements), "\(parsed.count) of \(statements)")
        var snapshot = Snapshot()
        snapshot.catalogs = [ScriptCatalog(parsed).catalog]
        let review = StatementReview(Observation(snapshot))
        let queries = parsed.flatMap { $0.queries }
        #expect(queries.count > 150)
        for query in queries {
            for finding in review.judge(query).findings { #expect(!finding.summary.isEmpty) }
        }
    }
}

extension ParsedStatement {
    /// The statement itself, or the query of a view that it makes.
    fileprivate var queries: [ParsedStatement] {
        guard root.kind == "ViewStmt", let start = text.firstRange(of: "SELECT")?.lowerBound else { return [self] }
        return (try? ParsedStatement(parsing: String(text[start...]))).map { [$0] } ?? []
    }
}
