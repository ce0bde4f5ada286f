import Foundation
import TestKit
import Testing

/// What `pgmedic indexes --format json` says.
struct IndexAnswer: Decodable {
    struct Name: Decodable, Hashable, CustomStringConvertible {
        var schema: String
        var name: String
        var description: String { "\(schema).\(name)" }
    }

    struct Index: Decodable {
        var method: String
        var keys: [String]
        var included: [String]
        var predicate: String?
    }

    struct Recommendation: Decodable {
        struct Served: Decodable {
            var statement: Int
            var costBefore: Double
            var costAfter: Double
        }
        struct Lock: Decodable { var mode: String }

        var kind: String
        var relation: Name
        var index: Index?
        var drops: [Name]
        var sql: [String]
        var undo: [String]
        var basis: String
        var gainShare: Double
        var served: [Served]
        var sizeBytes: Int64
        var lock: Lock
    }

    struct Statement: Decodable {
        var text: String
        var queryids: [String]
        var calls: Double
        var costBefore: Double?
        var costAfter: Double?
        var note: String?
    }

    struct Rejection: Decodable {
        var index: String
        var relation: Name
        var reason: String
    }

    var headline: String
    var refusal: String?
    var complete: Bool
    var plannerCalls: Int
    var estimateCalls: Int
    var costBefore: Double
    var costAfter: Double
    var recommendations: [Recommendation]
    var statements: [Statement]
    var rejected: [Rejection]
    var notes: [String]

    /// Of a run that is to end with this exit code.
    static func of(_ arguments: [String], endsWith status: Int32 = 0) async throws -> IndexAnswer {
        let ended = try await Program.medic(["indexes"] + arguments + ["--format", "json", "--quiet"])
        try #require(ended.status == status, "\(arguments): \(ended.error)")
        return try JSONDecoder().decode(IndexAnswer.self, from: Data(ended.out.utf8))
    }

    var made: [Recommendation] { recommendations.filter { $0.index != nil } }
    var dropped: Set<String> { Set(recommendations.flatMap(\.drops).map(\.name)) }
    var sql: [String] { recommendations.flatMap(\.sql) }

    /// As `table (keys)`, with what follows.
    var indexes: [String] {
        made.map { one in
            let index = one.index!
            let included = index.included.isEmpty ? "" : " INCLUDE (\(index.included.joined(separator: ", ")))"
            return "\(one.relation.name) \(index.method) (\(index.keys.joined(separator: ", ")))\(included)"
                + (index.predicate.map { " WHERE \($0)" } ?? "")
        }
    }

    func has(_ pattern: some RegexComponent) -> Bool { indexes.contains { $0.contains(pattern) } }

    func reason(_ index: String) -> String? { rejected.first { $0.index.contains(index) }?.reason }
}

extension TestDatabase {
    /// The total cost of plans as they are now, the planner's units; each statement without parameters.
    func costs(of statements: [String]) async throws -> [Double] {
        let script = statements.map { "EXPLAIN (FORMAT JSON) \($0);\n\\echo ;\n" }.joined()
        return try await psql(script).split(separator: "\n;").map { text in
            let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: [String: Any]]]
            return try #require(json?.first?["Plan"]?["Total Cost"] as? Double)
        }
    }

    /// All indexes with their definitions and whether they are valid.
    func indexes() async throws -> Set<String> {
        let rows = try await psql(
            """
            SELECT pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid || coalesce(' in ' || h.inhparent::regclass::text, '')
            FROM pg_index i LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
            JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace;
            """)
        return Set(rows.split(separator: "\n").map(String.init))
    }

    /// Indexes that no scan used since the statistics began; of partitioned ones those that none of their parts was used of.
    func unusedIndexes() async throws -> Set<String> {
        let rows = try await psql(
            """
            SELECT c.relname FROM pg_class c
            WHERE c.relkind IN ('i', 'I') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
                AND NOT EXISTS (
                    SELECT FROM pg_partition_tree(c.oid) t JOIN pg_stat_user_indexes s ON s.indexrelid = t.relid
                    WHERE s.idx_scan > 0)
                AND NOT EXISTS (SELECT FROM pg_stat_user_indexes s WHERE s.indexrelid = c.oid AND s.idx_scan > 0);
            """)
        return Set(rows.split(separator: "\n").map(String.init))
    }
}
