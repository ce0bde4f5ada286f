import Model

/// The settings in which a standby and its primary differ, of those that matter to replay and after a failover.
struct SettingDrift {
    struct Difference {
        var name: String
        var onStandby: Setting
        var onPrimary: Setting

        /// `work_mem 4 MB, 64 MB`
        var words: String { "\(name) \(onStandby.text), \(onPrimary.text)" }

        /// What gives the standby the primary's value. A standby takes it: it writes a file and no WAL.
        var alignment: String { "ALTER SYSTEM SET \(name) = \(SQL.literal(onPrimary.literal));" }
    }

    /// In order of their names.
    private(set) var lower: [Difference] = []
    private(set) var other: [Difference] = []
    /// As a sentence has it.
    let standby: String
    let primary: String
    /// The snapshot is the standby's.
    let isStandby: Bool
    private let observation: Observation

    init(_ observation: Observation, _ peer: Peer) {
        self.observation = observation
        isStandby = observation.snapshot.server.isInRecovery
        (standby, primary) = isStandby ? ("this standby", peer.words) : (peer.words, "this primary")
        let there = Dictionary(peer.settings.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for setting in observation.snapshot.settings.sorted(by: { $0.name < $1.name }) {
            guard let other = there[setting.name], setting.value != other.value,
                setting.isServerWide, other.isServerWide, setting.value != "(not read)", other.value != "(not read)"
            else { continue }
            let difference = Difference(
                name: setting.name, onStandby: isStandby ? setting : other, onPrimary: isStandby ? other : setting)
            if Self.limits.contains(setting.name) {
                if let standby = difference.onStandby.number, let primary = difference.onPrimary.number,
                    standby < primary
                {
                    lower.append(difference)
                }
            } else if Self.isFelt(setting.name) {
                self.other.append(difference)
            }
        }
    }

    /// Whether the standby may be given the primary's value: what does harm is not copied.
    func mayAlign(_ difference: Difference) -> Bool {
        difference.onStandby.source != "command line"
            && Prohibition.broken(by: difference.alignment, isFirst: false, observation).isEmpty
    }

    /// What a standby must have as much of as its primary. https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN
    static let limits: Set<String> = [
        "max_connections", "max_locks_per_transaction", "max_prepared_transactions", "max_wal_senders",
        "max_worker_processes",
    ]

    /// What the planner, memory, vacuum and checkpoints go by.
    private static func isFelt(_ name: String) -> Bool {
        names.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }

    private static let prefixes = [
        "enable_", "autovacuum", "vacuum_", "jit", "geqo", "cpu_", "parallel_", "min_parallel_", "max_parallel_",
    ]

    private static let names: Set<String> = [
        "work_mem", "hash_mem_multiplier", "maintenance_work_mem", "logical_decoding_work_mem", "temp_buffers",
        "temp_file_limit", "shared_buffers", "effective_cache_size", "huge_pages", "random_page_cost", "seq_page_cost",
        "effective_io_concurrency", "maintenance_io_concurrency", "io_method", "io_workers",
        "default_statistics_target",
        "from_collapse_limit", "join_collapse_limit", "plan_cache_mode", "constraint_exclusion",
        "cursor_tuple_fraction",
        "recursive_worktable_factor", "max_wal_size", "min_wal_size", "checkpoint_timeout",
        "checkpoint_completion_target",
        "wal_buffers", "wal_compression", "wal_level", "synchronous_commit", "fsync", "full_page_writes",
        "max_replication_slots", "max_slot_wal_keep_size", "wal_keep_size", "shared_preload_libraries",
        "session_preload_libraries", "local_preload_libraries", "default_transaction_isolation", "track_io_timing",
        "password_encryption",
    ]
}
