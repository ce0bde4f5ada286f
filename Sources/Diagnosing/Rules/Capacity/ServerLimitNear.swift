import Model

/// The server runs out of places for something other than connections.
struct ServerLimitNear: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.server-limit-near",
        title: "Walsenders, slots, prepared transactions or worker processes nearly used up",
        area: .capacity,
        needs: [.settings, .backends, .replicationSlots, .preparedTransactions], uses: [.backendDetails],
        looksAt:
            "walsenders against max_wal_senders, slots against max_replication_slots, prepared transactions against "
            + "max_prepared_transactions, background workers against max_worker_processes",
        why:
            "Each of these has a fixed number of places, taken at the server's start. The one that finds none is refused: the standby "
            + "that connects again after a broken network, the backup of the night, PREPARE TRANSACTION. Without a free worker process "
            + "parallel queries run alone and subscriptions apply nothing.",
        limits:
            "One reading. A walsender whose standby was cut off stays until wal_sender_timeout. The number may be chosen just so: "
            + "then nothing more is meant to come. Connections are judged by locks.max-connections-near, locks by "
            + "locks.lock-table-near-full.",
        thresholds: [near],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-WAL-SENDERS",
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-MAX-WORKER-PROCESSES",
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-MAX-PREPARED-TRANSACTIONS",
        ])

    static let near = Threshold(
        "share of the places in use", 0.9, "share", source: "check_postgres backends: warning at 90 %")

    fileprivate struct Place {
        var setting: String
        var used: Int
        /// `walsenders`
        var things: String
        /// What happens when none is left.
        var harm: String
    }

    func evaluate(_ observation: Observation) -> Outcome {
        let snapshot = observation.snapshot
        let workers = snapshot.backends.count { $0.isWorker }
        // A worker's type is hidden from roles without the right.
        let areHidden = snapshot.backends.contains { $0.type.isEmpty }
        var places = [
            Place(
                setting: "max_wal_senders", used: snapshot.backends.count { $0.type == "walsender" },
                things: "walsenders",
                harm: "the next standby or base backup is refused"),
            Place(
                setting: "max_replication_slots", used: snapshot.replicationSlots.count, things: "replication slots",
                harm: "the next slot cannot be made"),
            Place(
                setting: "max_prepared_transactions", used: snapshot.preparedTransactions.count,
                things: "prepared transactions", harm: "the next PREPARE TRANSACTION fails"),
        ]
        if !areHidden {
            places.append(
                Place(
                    setting: "max_worker_processes", used: workers, things: "background workers",
                    harm: "parallel queries run alone, and subscriptions get no worker"))
        }
        let findings = places.compactMap { place -> Finding? in
            guard let setting = observation.setting(place.setting), let most = setting.number, most > 0,
                // Workers come and go with parallel queries: only when there is none left anybody is refused.
                Double(place.used) >= (place.setting == "max_worker_processes" ? 1 : Self.near.value) * most
            else { return nil }
            return finding(place, Int(most), setting, observation)
        }
        return areHidden
            ? .partial(
                findings, "what kind of process they are is hidden for some: background workers were not counted")
            : .findings(findings)
    }

    private func finding(_ place: Place, _ most: Int, _ setting: Setting, _ observation: Observation) -> Finding {
        let isFull = place.used >= most
        return Finding(
            Self.metadata,
            severity: isFull && place.setting != "max_worker_processes" ? .warning : .notice, tier: .fix,
            title: "\(Quantity.count(place.used)) of \(Quantity.count(most)) \(place.things) are in use",
            objects: [.setting(place.setting)],
            impact: Impact(Double(place.used) / Double(most), .risk, "\(place.used) of \(most)"), confidence: .high,
            summary: "\(isFull ? "Now" : "Soon") \(place.harm): \(Quantity.count(place.used)) of the "
                + "\(Quantity.count(most)) \(place.things) that \(place.setting) allows are in use.",
            evidence: [
                Evidence("used", "in use", .count(Int64(place.used))), Evidence("limit", "limit", .count(Int64(most))),
            ],
            notIf: "it was chosen to be just enough, and nothing more is to come",
            actions: [free(place), raise(place, most, setting)].compactMap(\.self),
            symptomOf: place.setting == "max_replication_slots"
                ? Set(observation.snapshot.replicationSlots.map { .slot($0.name) }) : [])
    }

    private func free(_ place: Place) -> Action {
        let (steps, verify): ([String], String) =
            switch place.setting {
            case "max_wal_senders":
                (
                    [
                        "Whose are they? A standby that was rebuilt leaves its old walsender behind until wal_sender_timeout.",
                        "Backups (backup_start) end by themselves: put them one after the other.",
                    ],
                    "SELECT pid, application_name, client_addr, state, backend_start FROM pg_catalog.pg_stat_replication;"
                )
            case "max_replication_slots":
                (
                    ["Which of them does nobody read, and who owns them? Drop those whose consumer is gone for good."],
                    "SELECT slot_name, slot_type, active FROM pg_catalog.pg_replication_slots ORDER BY active, slot_name;"
                )
            case "max_prepared_transactions":
                (
                    [
                        "Those that are old were forgotten by their transaction manager: ask it, then COMMIT PREPARED or ROLLBACK PREPARED."
                    ],
                    "SELECT gid, prepared, owner, database FROM pg_catalog.pg_prepared_xacts ORDER BY prepared;"
                )
            default:
                (
                    ["Who has them: parallel queries, subscriptions, extensions with workers of their own?"],
                    "SELECT backend_type, pg_catalog.count(*) FROM pg_catalog.pg_stat_activity GROUP BY 1 ORDER BY 2 DESC;"
                )
            }
        return Action(
            .containment, "see who has them, and free what nobody needs", steps: steps + [verify],
            lock: LockNote.none, gain: Gain("places for those that need one", .ruleOfThumb), verify: verify)
    }

    private func raise(_ place: Place, _ most: Int, _ setting: Setting) -> Action? {
        guard setting.isServerWide else { return nil }
        return SettingChange(setting, to: String(most + max(4, most / 2))).action(
            "raise \(place.setting)",
            steps: ["Standbys first: theirs must not be smaller than the primary's."],
            gain: Gain("\(max(4, most / 2)) more \(place.things)", .byDefinition))
    }

    static let examples: [RuleExample] = [
        .fires("all walsenders are taken", on: "max_wal_senders") {
            $0.addLimits()
            for pid in 1...10 { $0.addSession(pid, "replica\(pid)") { $0.type = "walsender" } }
        },
        .fires("slots", on: "max_replication_slots") {
            $0.addLimits()
            $0.replicationSlots = (1...10).map { number in
                .make {
                    $0.name = "slot\(number)"; $0.isActive = true
                }
            }
        },
        .fires("prepared transactions", on: "max_prepared_transactions") {
            $0.addLimits()
            $0.set("max_prepared_transactions", "2", context: "postmaster")
            $0.preparedTransactions = (1...2).map { number in .make { $0.gid = "t\(number)" } }
        },
        .fires("no worker process is left", on: "max_worker_processes") {
            $0.addLimits()
            for pid in 1...8 { $0.addSession(pid, "report") { $0.type = "parallel worker" } }
        },
        .silent("room for all") {
            $0.addLimits()
            for pid in 1...5 { $0.addSession(pid, "replica\(pid)") { $0.type = "walsender" } }
        },
        .silent("prepared transactions are not to be used") { $0.addLimits() },
        .inconclusive("what processes are is hidden") {
            $0.addLimits()
            $0.addSession(7, "") { $0.type = "" }
        },
    ]
}

extension Backend {
    /// It takes one of max_worker_processes: what is no client, walsender or process of the server's own. Names of 14 to 18:
    /// https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
    fileprivate var isWorker: Bool {
        ![
            "", "client backend", "walsender", "autovacuum launcher", "autovacuum worker", "background writer",
            "checkpointer",
            "startup", "walreceiver", "walwriter", "archiver", "logger", "stats collector", "walsummarizer",
            "slotsync worker",
            "io worker", "standalone backend",
        ].contains(type)
    }
}

extension Snapshot {
    fileprivate mutating func addLimits() {
        set("max_wal_senders", "10", source: "default", context: "postmaster")
        set("max_replication_slots", "10", source: "default", context: "postmaster")
        set("max_worker_processes", "8", source: "default", context: "postmaster")
    }
}
