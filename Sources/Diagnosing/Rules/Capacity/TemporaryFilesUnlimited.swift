import Foundation
import Model

/// Much goes to temporary files, and nothing bounds what a single statement may write.
struct TemporaryFilesUnlimited: Rule {
    private static let rate = Threshold(
        "temporary files a day", 53_687_091_200, "bytes a day",
        source: "our choice: 50 GB a day, half a megabyte a second all day")
    private static let span = Threshold(
        "shortest time that is judged", 3600, "s", source: "our choice: a single report of a minute is no rate")
    private static let call = Threshold(
        "temporary files of one call, whatever the rate", 10_737_418_240, "bytes",
        source: "our choice: 10 GB; five at once take the room that small disks have")
    private static let room = Threshold(
        "times the temporary files of its largest statement that a role is left", 4, "times",
        source: "our choice: growth of some years; a runaway join writes a hundred times as much")

    static let metadata = RuleMetadata(
        id: "capacity.temporary-files-unlimited",
        title: "Much in temporary files, and no limit to them",
        area: .capacity,
        needs: [.databases, .settings], uses: [.statements],
        looksAt:
            "temp_bytes and temp_files of pg_stat_database, within the window when it is an hour or more, since the reset otherwise; "
            + "temp_file_limit of the server and of roles; temp_blks_written of pg_stat_statements by role",
        why:
            "Temporary files stand on the data's disk unless temp_tablespaces says otherwise. One runaway join writes until the disk is "
            + "full, and with it the server stops. temp_file_limit ends that statement and no other. And what is written pushes tables "
            + "out of the operating system's cache.",
        limits:
            "The largest file of a moment is not counted by PostgreSQL. A warehouse may spill on purpose: it is a notice.",
        thresholds: [rate, span, call, room],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-TEMP-FILE-LIMIT",
            "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-TEMP-TABLESPACES",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let limit = observation.setting("temp_file_limit"), (limit.number ?? 0) < 0 else { return .findings([]) }
        return .findings(
            observation.snapshot.databases.compactMap { database in
                guard let written = Written(database, observation, shortest: Self.span.value),
                    written.perCall >= Self.call.value
                        || !written.isBounded && written.seconds >= Self.span.value
                            && written.perDay >= Self.rate.value
                else { return nil }
                return finding(written, observation)
            })
    }

    private static func hasLimit(_ role: String, _ database: String, _ observation: Observation) -> Bool {
        guard let setting = observation.effectiveSetting("temp_file_limit", role: role, database: database) else {
            return false
        }
        return !setting.value.hasPrefix("-")
    }

    /// What a database wrote, and for whom.
    private struct Written {
        let database: String
        let bytes: Int64
        let files: Int64
        let seconds: Double
        /// Those without a limit of their own, most first, with the largest mean of a call.
        let roles: [(name: String, bytes: Int64, perCall: Int64)]
        /// Who writes most has a limit.
        let isBounded: Bool
        let statements: [StatementLoad]
        var perDay: Double { Double(bytes) / seconds * 86_400 }
        /// Of the statement that writes most in a call.
        var perCall: Double { Double(roles.map(\.perCall).max() ?? 0) }

        init?(_ database: Database, _ observation: Observation, shortest: Double) {
            let within = observation.window.seconds.flatMap { observation.earlier != nil && $0 >= shortest ? $0 : nil }
            let counters = within == nil ? database.counters : observation.counters(of: database)
            guard let span = within ?? observation.statisticsAge(of: database.name).map({ $0 * 86_400 }), span > 0,
                counters.temporaryBytes > 0
            else { return nil }
            self.database = database.name
            bytes = counters.temporaryBytes
            files = counters.temporaryFiles
            seconds = span
            let block = Int64(observation.pageSize)
            statements = observation.workload.statements
                .filter { $0.database == database.name && $0.counters.temporaryBlocksWritten > 0 }
                .sorted { $0.counters.temporaryBlocksWritten > $1.counters.temporaryBlocksWritten }
            var byRole: [String: (bytes: Int64, perCall: Int64)] = [:]
            for load in statements {
                // A statement of several roles is counted for each entry's own in pg_stat_statements; here for the first.
                guard let role = load.roles.first else { continue }
                let written = load.counters.temporaryBlocksWritten * block
                let before = byRole[role] ?? (0, 0)
                byRole[role] = (before.bytes + written, max(before.perCall, written / max(1, load.counters.calls)))
            }
            let all: [(name: String, bytes: Int64, perCall: Int64)] =
                byRole.map { ($0.key, $0.value.bytes, $0.value.perCall) }.sorted { ($0.1, $1.0) > ($1.1, $0.0) }
            let free = all.filter { !TemporaryFilesUnlimited.hasLimit($0.name, database.name, observation) }
            isBounded = all.first?.name != free.first?.name
            roles = free
        }
    }

    private func finding(_ written: Written, _ observation: Observation) -> Finding {
        let perFile = written.bytes / max(1, written.files)
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: written.perCall >= Self.call.value
                ? "a call in \(written.database) writes \(Quantity.bytes(Int64(written.perCall))) of temporary files, without a limit"
                : "\(written.database) writes \(Quantity.bytes(Int64(written.perDay))) of temporary files a day, without a limit",
            objects: [ObjectReference(.database, written.database), .setting("temp_file_limit")],
            impact: Impact(written.perDay, .bytes, "\(Quantity.bytes(Int64(written.perDay))) a day"),
            confidence: .medium,
            summary: "Sorts and hashes in \(written.database) wrote \(Quantity.bytes(written.bytes)) in "
                + "\(Quantity.about(Double(written.files))) files within \(Quantity.seconds(written.seconds)), and temp_file_limit is -1: a "
                + "single statement may fill the disk.",
            evidence: [
                Evidence("temporaryBytes", "temporary files", .bytes(written.bytes)),
                Evidence("temporaryBytesPerDay", "a day", .bytes(Int64(written.perDay))),
                Evidence("temporaryBytesPerFile", "mean of a file", .bytes(perFile)),
                Evidence("span", "counted over", .seconds(written.seconds)),
                Evidence(
                    "roles", "roles without a limit, by what they write",
                    .list(written.roles.prefix(3).map { "\($0.name): \(Quantity.bytes($0.bytes))" })),
                Evidence(
                    "statements", "statements that write most", .list(written.statements.prefix(3).map { $0.label(80) })
                ),
            ],
            notIf: "temp_tablespaces has a volume of its own, which may be full",
            actions: [now, limit(written, observation), own], symptomOf: Set(written.statements.prefix(5).map(\.link)))
    }

    private var now: Action {
        Action(
            .containment, "see what stands there now",
            sql: [
                "SELECT pg_catalog.count(*) AS files, pg_catalog.pg_size_pretty(pg_catalog.sum(size)) AS size, pg_catalog.max(modification) AS newest "
                    + "FROM pg_catalog.pg_ls_tmpdir();"
            ], lock: LockNote.none, gain: Gain("the name of a file begins with the pid that writes it", .byDefinition))
    }

    private func limit(_ written: Written, _ observation: Observation) -> Action {
        let role = written.roles.first
        let gigabytes = max(1, Int64((Double(role?.perCall ?? 0) * Self.room.value / 1_073_741_824).rounded(.up)))
        guard let role else {
            return Action(
                .fix, "set temp_file_limit for the roles that spill",
                steps: [
                    "Which roles they are, log_temp_files and pg_stat_statements tell. Then ALTER ROLE … SET temp_file_limit = '…GB'; as a superuser."
                ], lock: LockNote.none, gain: Gain("one statement ends, and not the server", .ruleOfThumb))
        }
        return Action(
            .fix, "end statements of \(role.name) beyond \(gigabytes) GB of temporary files",
            sql: [
                "ALTER ROLE \(SQL.identifier(role.name)) IN DATABASE \(SQL.identifier(written.database)) SET temp_file_limit = '\(gigabytes)GB';"
            ],
            steps: [
                "As a superuser. Have the application reconnect: the setting takes effect in new sessions. Each process of a parallel plan may "
                    + "take as much."
            ],
            lock: LockNote.none, gain: Gain("one statement ends, and not the server", .estimated),
            verify: "a new session of the role: SHOW temp_file_limit;",
            undo: observation.undoOfRoleSetting("temp_file_limit", role: role.name, database: written.database),
            caution: "a statement that needs more fails: its mean is \(Quantity.bytes(role.perCall)) a call")
    }

    private var own: Action {
        Action(
            .cure, "write less, and elsewhere",
            steps: [
                "See the findings about spilling statements: memory for the role that needs it, or fewer rows to sort.",
                "A volume of their own: CREATE TABLESPACE on it, GRANT CREATE to the roles, then temp_tablespaces for them: it may be full "
                    + "without stopping the server.",
            ], gain: Gain("the data's disk is out of danger", .ruleOfThumb))
    }

    static let examples: [RuleExample] = [
        .fires("reports, 200 GB a day", on: "shop") { $0.addTemporary(gigabytesPerDay: 200) },
        .fires("nobody knows who", on: "shop") { $0.addTemporary(gigabytesPerDay: 200, calls: 0) },
        .fires("seldom, but 15 GB in a call", on: "shop") {
            $0.addTemporary(gigabytesPerDay: 5, calls: 4, blocksPerCall: 2_000_000)
        },
        .silent("limited") {
            $0.addTemporary(gigabytesPerDay: 200)
            $0.set("temp_file_limit", "20971520", unit: "kB", context: "superuser")
        },
        .silent("the role that spills is limited") {
            $0.addTemporary(gigabytesPerDay: 200)
            $0.roleSettings = [
                .make {
                    $0.role = "app"; $0.name = "temp_file_limit"; $0.value = "20GB"
                }
            ]
        },
        .fires("another role is limited, which hardly writes", on: "shop") {
            $0.addTemporary(gigabytesPerDay: 200)
            $0.addStatement("f2", "SELECT id FROM orders ORDER BY note", role: "web", calls: 10, time: 90) {
                $0.counters.temporaryBlocksWritten = 100
            }
            $0.roleSettings = [
                .make {
                    $0.role = "web"; $0.name = "temp_file_limit"; $0.value = "20GB"
                }
            ]
        },
        .silent("little") { $0.addTemporary(gigabytesPerDay: 5) },
    ]
}

extension Snapshot {
    fileprivate mutating func addTemporary(gigabytesPerDay: Int64, calls: Int64 = 1000, blocksPerCall: Int64 = 130_000)
    {
        set("temp_file_limit", "-1", unit: "kB", source: "default", context: "superuser")
        databases[0].counters.temporaryBytes = 40 * gigabytesPerDay << 30
        databases[0].counters.temporaryFiles = 90_000
        guard calls > 0 else { return }
        addStatement("f1", "SELECT note, count(*) FROM orders GROUP BY note", calls: calls, time: 9000) {
            $0.counters.temporaryBlocksWritten = calls * blocksPerCall
        }
    }
}
