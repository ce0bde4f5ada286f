import Foundation
import Model

extension Snapshot {
    /// A quiet, well-kept server that no rule complains of: every example starts from it.
    package static var healthyExample: Snapshot {
        .make {
            $0.generator = "pgmedic example"
            $0.takenAt = Date(timeIntervalSince1970: 1_772_615_647)
            $0.server = .make {
                $0.version = ServerVersion(150020)
                $0.versionText = "15.20"
                $0.startedAt = Date(timeIntervalSince1970: 1_772_615_647 - 40 * 86_400)
                $0.host = "db1"
                $0.database = "shop"
                $0.role = "monitor"
                $0.roleMemberships = ["pg_monitor", "pg_read_all_data"]
                $0.nextTransactionID = 5_000_000
            }
            $0.settings = healthySettings
            $0.databases = [
                .make {
                    $0.oid = 16384
                    $0.name = "shop"
                    $0.frozenXIDAge = 20_000_000
                    $0.counters.commits = 1_000_000
                    $0.counters.activeTime = 3_600_000
                }
            ]
            $0.roles = [
                .make {
                    $0.name = "app"; $0.canLogin = true
                },
                .make {
                    $0.name = "pg_monitor"; $0.memberOf = ["pg_read_all_settings", "pg_read_all_stats"]
                },
            ]
            $0.statementStatistics = .make {
                $0.extensionVersion = "1.10"
                $0.schema = "public"
                $0.database = "shop"
                $0.capacity = 5000
                $0.evictions = 0
                $0.reset = Date(timeIntervalSince1970: 1_772_615_647 - 35 * 86_400)
                $0.totals.executionTime = 1_000_000
                $0.totals.calls = 1_000_000
            }
            $0.lockTable = .make { $0.objects = 12 }
            $0.walDirectory = .make { ($0.files, $0.size) = (30, 30 << 24) }
            $0.subscriptions = []
            $0.catalogs = [
                .make {
                    $0.database = "shop"
                    $0.extensions = [
                        .make {
                            $0.name = "plpgsql"; $0.schema = "pg_catalog"; $0.version = "1.0";
                            $0.availableVersion = "1.0"
                        }
                    ]
                    $0.functions = []
                    $0.policies = []
                    $0.publicRights = []
                    $0.partitionBounds = []
                }
            ]
            $0.hostRules = []
            $0.lockHistory = .make {
                $0.cancelledVacuums = []
                $0.first = Date(timeIntervalSince1970: 1_772_615_647 - 86_400)
                $0.last = Date(timeIntervalSince1970: 1_772_615_647)
            }
            $0.loginHistory = .make {
                $0.first = Date(timeIntervalSince1970: 1_772_615_647 - 86_400)
                $0.last = Date(timeIntervalSince1970: 1_772_615_647)
            }
            $0.checkpointer.timed = 1000
            $0.checkpointer.requested = 2
        }
    }

    private static var healthySettings: [Setting] {
        func setting(_ name: String, _ value: String, _ unit: String? = nil) -> Setting {
            .make {
                $0.name = name
                $0.value = value
                $0.unit = unit
                $0.source = "default"
            }
        }
        return [
            setting("autovacuum", "on"), setting("autovacuum_max_workers", "3"),
            setting("autovacuum_vacuum_threshold", "50"), setting("autovacuum_vacuum_scale_factor", "0.2"),
            setting("autovacuum_vacuum_insert_threshold", "1000"),
            setting("autovacuum_vacuum_insert_scale_factor", "0.2"),
            setting("autovacuum_analyze_threshold", "50"), setting("autovacuum_analyze_scale_factor", "0.1"),
            setting("autovacuum_freeze_max_age", "200000000"),
            setting("autovacuum_multixact_freeze_max_age", "400000000"),
            setting("autovacuum_naptime", "60", "s"), setting("autovacuum_vacuum_cost_delay", "2", "ms"),
            setting("autovacuum_vacuum_cost_limit", "-1"), setting("vacuum_cost_limit", "200"),
            setting("vacuum_failsafe_age", "1600000000"),
            setting("vacuum_multixact_failsafe_age", "1600000000"),
            setting("block_size", "8192"), setting("checkpoint_timeout", "300", "s"),
            setting("checkpoint_completion_target", "0.9"), setting("temp_file_limit", "-1", "kB"),
            setting("synchronous_standby_names", ""), setting("wal_sender_timeout", "60000", "ms"),
            setting("wal_receiver_timeout", "60000", "ms"),
            setting("deadlock_timeout", "1000", "ms"), setting("effective_cache_size", "524288", "8kB"),
            setting("fsync", "on"), setting("full_page_writes", "on"), setting("hash_mem_multiplier", "2"),
            setting("idle_in_transaction_session_timeout", "60000", "ms"), setting("jit", "on"),
            setting("jit_above_cost", "100000"), setting("join_collapse_limit", "8"),
            setting("lock_timeout", "0", "ms"), setting("log_lock_waits", "on"), setting("log_temp_files", "0", "kB"),
            setting("log_min_duration_statement", "1000", "ms"), setting("log_autovacuum_min_duration", "600000", "ms"),
            setting("log_checkpoints", "on"),
            setting("maintenance_work_mem", "65536", "kB"), setting("max_connections", "100"),
            setting("max_locks_per_transaction", "64"), setting("max_prepared_transactions", "0"),
            setting("max_wal_size", "1024", "MB"), setting("random_page_cost", "4"),
            setting("reserved_connections", "0"), setting("shared_buffers", "16384", "8kB"),
            setting("statement_timeout", "0", "ms"), setting("superuser_reserved_connections", "3"),
            setting("synchronous_commit", "on"), setting("track_activities", "on"), setting("track_counts", "on"),
            setting("track_io_timing", "on"), setting("wal_level", "replica"), setting("work_mem", "4096", "kB"),
            setting("zero_damaged_pages", "off"), setting("ignore_checksum_failure", "off"),
            setting("data_checksums", "on"), setting("pg_stat_statements.track", "top"),
            setting("pg_stat_statements.max", "5000"), setting("password_encryption", "scram-sha-256"),
            setting("enable_seqscan", "on"),
        ]
    }
}
