import Model

/// The image's settings, as the database's own. Only those that plans depend on are taken: others could make the server load code.
enum LabSettings {
    private static let others = [
        "work_mem", "hash_mem_multiplier", "effective_io_concurrency", "max_parallel_workers",
        "max_parallel_workers_per_gather", "min_parallel_table_scan_size", "min_parallel_index_scan_size",
        "parallel_leader_participation", "TimeZone", "default_text_search_config",
    ]

    /// - Parameter superuser: its session with the lab's database.
    /// - Returns: those that this server does not take.
    static func set(_ image: PlannerImage, _ superuser: LabSession) async throws -> [Lab.Failure] {
        let settings = image.settings.sorted { $0.key < $1.key }
        return try await superuser.perform { wire in
            let known = try wire.rows(
                """
                SELECT name FROM pg_catalog.pg_settings
                WHERE context IN ('user', 'superuser')
                    AND (category LIKE 'Query Tuning%' OR name IN (\(others.map(SQL.literal).joined(separator: ", "))))
                """)
            let names = Set(known.compactMap { $0[0] })
            var failures: [Lab.Failure] = []
            for (name, value) in settings {
                guard names.contains(name) else {
                    failures.append(
                        Lab.Failure(name: "setting \(name)", reason: "this PostgreSQL has none of this name"))
                    continue
                }
                do {
                    try wire.rows(
                        "ALTER DATABASE \(LabCluster.database) SET \(SQL.identifier(name)) = \(SQL.literal(value))")
                } catch let error as LabRefusal {
                    failures.append(Lab.Failure(name: "setting \(name)", reason: error.message))
                }
            }
            return failures
        }
    }
}
