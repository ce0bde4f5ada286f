import Diagnosing
import Foundation
import Model
import Plans
import Statements

/// How fast statements and plans are read and judged, on one core. Prints `NAME VALUE` a line, for Benchmarks/run.
@main struct Reading {
    static func main() throws {
        let only = CommandLine.arguments.dropFirst().first
        if only != "plans" { try readStatements() }
        guard only != "statements" else { return }
        for (name, text) in [("json", planJSON(nodes: 1000)), ("text", planText(nodes: 1000))] {
            let times = try (0..<15).map { _ in
                try milliseconds { _ = try ExplainReader.read(text).map { MeasuredPlan($0).findings } }
            }
            print("plan-of-1000-nodes-\(name)", times.sorted()[times.count / 2])
        }
    }

    private static func readStatements() throws {
        let texts = statements(count: 10_000)
        print("parse-and-fingerprint", perSecond(texts.count) { for text in texts { _ = try? read(text) } })
        let snapshot = try catalog()
        let names = CatalogNames(snapshot.catalogs[0])
        print(
            "parse-fingerprint-and-shape",
            perSecond(texts.count) {
                for text in texts {
                    _ = (try? read(text)).map { StatementShape($0, names: names, searchPath: ["public"]) }
                }
            })
        let review = StatementReview(Observation(snapshot))
        print(
            "and-judged-by-every-rule",
            perSecond(texts.count) { for text in texts { _ = (try? read(text)).map(review.judge) } })
    }

    private static func read(_ text: String) throws -> ParsedStatement {
        _ = try ParsedStatement.fingerprint(of: text)
        return try ParsedStatement(parsing: text)
    }

    private static func milliseconds(_ work: () throws -> Void) rethrows -> Double {
        let time = try ContinuousClock().measure(work)
        return Double(time.components.seconds) * 1000 + Double(time.components.attoseconds) / 1e15
    }

    /// The best of three: what the machine does beside makes it slower, never quicker.
    private static func perSecond(_ count: Int, _ work: () -> Void) -> Double {
        let best = (0..<3).map { _ in milliseconds(work) }.min()!
        return Double(count) / best * 1000
    }

    // MARK: What is read

    /// Distinct statements as applications send them, normalised: of 60 to 150 tokens, some with shapes that harm.
    private static func statements(count: Int) -> [String] {
        (0..<count).map { number in
            let table = "table_\(number % 400)"
            let column = "column_\(number)"
            switch number % 5 {
            case 0:
                return """
                    SELECT o.id, o.total, o.\(column), c.name, c.email FROM \(table) o JOIN customers c ON c.id = o.customer_id
                    LEFT JOIN addresses a ON a.customer_id = c.id AND a.kind = $1
                    WHERE o.created_at >= $2 AND o.created_at < $3 AND o.status IN ($4, $5, $6) AND lower(c.email) = $7
                    ORDER BY o.created_at DESC LIMIT $8 OFFSET $9
                    """
            case 1:
                return """
                    SELECT c.id, (SELECT count(*) FROM \(table) o WHERE o.customer_id = c.id AND o.\(column) > $1) AS orders
                    FROM customers c WHERE c.id NOT IN (SELECT customer_id FROM refunds WHERE at > $2)
                    AND ($3 IS NULL OR c.city = $3) AND ($4 IS NULL OR c.name ILIKE $4)
                    """
            case 2:
                return """
                    UPDATE \(table) SET \(column) = $1, status = $2, total = total + $3, changed_at = now(), changed_by = $4
                    WHERE id = $5 AND version = $6 RETURNING id, version, \(column), status, total, changed_at
                    """
            case 3:
                return """
                    WITH recent AS (SELECT customer_id, sum(total) AS spent FROM \(table) WHERE \(column) > $1 GROUP BY customer_id)
                    SELECT c.name, r.spent, rank() OVER (ORDER BY r.spent DESC) FROM recent r JOIN customers c ON c.id = r.customer_id
                    WHERE EXISTS (SELECT 1 FROM refunds f WHERE f.customer_id = c.id AND f.at BETWEEN $2 AND $3) ORDER BY 2 LIMIT $4
                    """
            default:
                return """
                    INSERT INTO \(table) (id, customer_id, \(column), status, total, note, created_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7), ($8, $9, $10, $11, $12, $13, $14)
                    ON CONFLICT (id) DO UPDATE SET status = excluded.status, total = excluded.total
                    """
            }
        }
    }

    /// With the tables that the statements name.
    private static func catalog() throws -> Snapshot {
        let tables = (0..<400).map { number in
            "CREATE TABLE table_\(number) (id bigint PRIMARY KEY, customer_id int, status text, total numeric, created_at timestamptz);"
        }
        let others = """
            CREATE TABLE customers (id int PRIMARY KEY, email text, name text, city text);
            CREATE TABLE refunds (id int PRIMARY KEY, customer_id int, at timestamptz);
            CREATE TABLE addresses (id int PRIMARY KEY, customer_id int, kind int);
            CREATE INDEX ON customers (email);
            """
        let script = try SQLScript(tables.joined(separator: "\n") + others)
        var snapshot = Snapshot()
        snapshot.catalogs = [ScriptCatalog(try script.statements.map { try ParsedStatement(parsing: $0.text) }).catalog]
        return snapshot
    }

    /// Appends of scans below nested loops, as a statement over many partitions has them.
    private static func planJSON(nodes: Int) -> String {
        let measures =
            #""Startup Cost": 0.0, "Total Cost": 9.0, "Plan Rows": 10, "Plan Width": 8, "Actual Startup Time": 0.01, "Actual Total Time": 0.5, "Actual Rows": 9, "Actual Loops": 1, "Shared Hit Blocks": 7, "Shared Read Blocks": 1"#
        let scans = (0..<nodes - 2).map {
            #"{"Node Type": "Seq Scan", "Parent Relationship": "Member", "Relation Name": "part_\#($0)", "Alias": "p_\#($0)", \#(measures), "Filter": "((at > '2026-01-01'::date) AND (kind = 7))", "Rows Removed by Filter": 5000}"#
        }
        return
            #"[{"Plan": {"Node Type": "Aggregate", "Strategy": "Plain", \#(measures.replacing("0.5", with: "900")), "Plans": [{"Node Type": "Append", \#(measures.replacing("0.5", with: "800")), "Plans": [\#(scans.joined(separator: ",\n"))]}]}, "Execution Time": 901.0}]"#
    }

    private static func planText(nodes: Int) -> String {
        func measures(_ time: Int) -> String {
            "  (cost=0.00..9.00 rows=10 width=8) (actual time=0.010..\(time).000 rows=9 loops=1)"
        }
        let scans = (0..<nodes - 2).map { number in
            """
                    ->  Seq Scan on part_\(number) p_\(number)\(measures(1))
                          Filter: ((at > '2026-01-01'::date) AND (kind = 7))
                          Rows Removed by Filter: 5000
                          Buffers: shared hit=7 read=1
            """
        }
        return """
            Aggregate\(measures(2000))
              ->  Append\(measures(1900))
            \(scans.joined(separator: "\n"))
            Execution Time: 2001.0 ms
            """
    }
}
