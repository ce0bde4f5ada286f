import PostgresClient
import Queries

extension Collector {
    /// A statement that a visit may send, for people to read before they let it.
    package struct ListedStatement: Sendable {
        /// The query's file, or what the statements are for.
        package var name: String
        package var sql: String
    }

    /// Everything that can reach a server: the frame of each trip, every variant of every query, what explains and what
    /// asks HypoPG. `:"schema"` and the like stand for what is put in; `…` for a statement or a list.
    package static var sentStatements: [ListedStatement] {
        let frame = TargetSession.framingStatements.map { $0 + ";" }.joined(separator: "\n")
        let queries = CatalogQuery.allCases.flatMap { query in
            query.variants.compactMap { major -> ListedStatement? in
                guard let name = try? query.fileName(forMajor: major), let sql = try? query.sql(forMajor: major) else {
                    return nil
                }
                return ListedStatement(
                    name: name + (query.isOfCasesAlone ? " (of pgmedic escalate alone)" : ""), sql: sql + ";")
            }
        }
        return [
            ListedStatement(
                name:
                    "around every trip, each message by itself, over the extended protocol; of the two forms of the settings the second before 15",
                sql: frame)
        ]
            + queries + [plans, hypothetical]
    }

    private static let plans = ListedStatement(
        name: "for the statements that make up most of the time; nothing is executed",
        sql: """
            PREPARE \(Explaining.name) AS …;
            EXPLAIN (FORMAT JSON) EXECUTE \(Explaining.name)(NULL, …);
            \(Explaining.deallocate.sql);
            -- and with values of the column statistics, bound as parameters:
            EXPLAIN (FORMAT JSON) \(CatalogQuery.mark) …;
            """)

    private static let hypothetical: ListedStatement = {
        let statements = WhatIfStatements(schema: "hypopg")
        return ListedStatement(
            name: "where HypoPG is installed; its indexes exist in the memory of our session alone",
            sql: "\(statements.create([]).sql);\n\(statements.drop.sql);")
    }()
}
