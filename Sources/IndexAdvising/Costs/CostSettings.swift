import Model

/// What the server has the planner reckon with.
///
/// Defaults and meaning: https://www.postgresql.org/docs/current/runtime-config-query.html
package struct CostSettings: Sendable, Equatable {
    package var sequentialPage = 1.0
    package var randomPage = 4.0
    package var tuple = 0.01
    package var indexTuple = 0.005
    package var `operator` = 0.0025
    package var parallelSetup = 1_000.0
    package var parallelTuple = 0.1
    /// Pages of 8 kB.
    package var effectiveCachePages = 524_288.0
    /// kB
    package var workMemory = 4_096.0
    package var hashMemoryFactor = 2.0
    package var workersPerGather = 2
    package var leaderTakesPart = true
    /// Pages of 8 kB that an index scan must read before workers share it.
    package var parallelIndexPages = 64.0

    package init() {}

    /// From `pg_settings`; what is missing keeps its default.
    package init(_ settings: [Setting]) {
        self.init()
        for setting in settings {
            guard let value = Double(setting.value) else {
                if setting.name == "parallel_leader_participation" { leaderTakesPart = setting.value == "on" }
                continue
            }
            switch setting.name {
            case "seq_page_cost": sequentialPage = value
            case "random_page_cost": randomPage = value
            case "cpu_tuple_cost": tuple = value
            case "cpu_index_tuple_cost": indexTuple = value
            case "cpu_operator_cost": self.operator = value
            case "parallel_setup_cost": parallelSetup = value
            case "parallel_tuple_cost": parallelTuple = value
            case "effective_cache_size": effectiveCachePages = value
            case "work_mem": workMemory = value
            case "hash_mem_multiplier": hashMemoryFactor = value
            case "max_parallel_workers_per_gather": workersPerGather = Int(value)
            case "min_parallel_index_scan_size": parallelIndexPages = value
            default: break
            }
        }
    }

    /// By how many the rows of a parallel node are divided (`get_parallel_divisor` of costsize.c).
    func divisor(workers: Int) -> Double {
        guard workers > 0 else { return 1 }
        let leader = leaderTakesPart ? max(0, 1 - 0.3 * Double(workers)) : 0
        return Double(workers) + leader
    }
}
