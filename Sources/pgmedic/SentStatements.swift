import Queries

/// `--print-sql`: all that can reach a server, and how it is framed there.
enum SentStatements {
    /// Every variant of every query, for PostgreSQL 14 to 18; a server gets one of each.
    static var text: String {
        var text = """
            -- Each is sent over the extended protocol, one statement a message, in a transaction that is opened by
            BEGIN READ ONLY;
            SET LOCAL statement_timeout = '…'; SET LOCAL lock_timeout = '…';
            SET LOCAL idle_in_transaction_session_timeout = '…'; SET LOCAL search_path = pg_catalog;
            -- and fenced by
            SAVEPOINT pgmedic; /* … */ ROLLBACK TO SAVEPOINT pgmedic;

            -- For the statements that make up most of the time (nothing is executed; NULL for each parameter):
            SET LOCAL search_path = …; SET LOCAL plan_cache_mode = 'force_generic_plan';
            PREPARE pgmedic AS …; EXPLAIN (FORMAT JSON) EXECUTE pgmedic(NULL, …); DEALLOCATE pgmedic;

            -- Where HypoPG is installed; its indexes exist in our session's memory only, and are dropped again:
            SELECT … FROM hypopg_create_index('CREATE INDEX ON …'); SELECT hypopg_drop_index(…);


            """
        for query in CatalogQuery.allCases {
            for major in query.variants {
                guard let name = try? query.fileName(forMajor: major), let sql = try? query.sql(forMajor: major) else {
                    continue
                }
                text += "-- \(name)\n\(sql);\n\n"
            }
        }
        return text
    }
}
