import Model

extension Lab {
    private static let name = "pgmedic"
    /// s of planning.
    private static let seconds = 30

    /// The plan of a statement that does not hang on its parameters' values, as EXPLAIN's JSON: the same statements as at the source
    /// (PREPARE, `plan_cache_mode = force_generic_plan`, EXPLAIN EXECUTE with NULLs).
    ///
    /// - Parameters:
    ///   - statement: one statement with `$1`, `$2`, … for its parameters, or none.
    ///   - searchPath: schemas in order.
    /// - Throws: `LabRefusal`, or `LabError` when the lab was stopped.
    package func explain(_ statement: String, searchPath: [String] = ["public"]) async throws -> String {
        let path = searchPath.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ", ")
        return try await openSessions().owner.perform { wire in
            try wire.rows("BEGIN READ ONLY")
            defer {
                _ = try? wire.rows("ROLLBACK")
                // It outlives the transaction.
                _ = try? wire.rows("DEALLOCATE \(Self.name)")
            }
            try wire.rows(
                """
                SELECT pg_catalog.set_config('search_path', $1, true),
                    pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true),
                    pg_catalog.set_config('statement_timeout', '\(Self.seconds)s', true)
                """, [path])
            try wire.rows("PREPARE \(Self.name) AS " + statement)
            let types = try wire.rows(
                "SELECT pg_catalog.cardinality(p.parameter_types) FROM pg_catalog.pg_prepared_statements p WHERE p.name = $1",
                [Self.name])
            let count = types.first?[0].flatMap { Int($0) } ?? 0
            let nulls = Array(repeating: "NULL", count: count).joined(separator: ", ")
            let plan = try wire.rows(
                "EXPLAIN (FORMAT JSON) EXECUTE \(Self.name)" + (count > 0 ? "(\(nulls))" : ""))
            return plan.compactMap { $0[0] }.joined(separator: "\n")
        }
    }
}
