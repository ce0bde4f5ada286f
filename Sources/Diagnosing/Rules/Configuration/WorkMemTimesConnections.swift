import Model

/// More memory is promised to sessions than the machine has.
struct WorkMemTimesConnections: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.work-mem-times-connections",
        title: "work_mem of all connections exceeds the machine's memory",
        area: .configuration,
        needs: [.settings, .backends],
        looksAt: "work_mem, max_connections and shared_buffers against the machine's memory, where that is known; the "
            + "sessions connected now",
        why: "Every sort and hash of every session may take work_mem. When many do at once and the memory ends, Linux "
            + "kills a server process, and PostgreSQL ends all sessions to recover.",
        limits:
            "Where the memory is not known (another machine) it is not judged, unless the worst case fits any machine that "
            + "runs a server; --host-facts ram=32GB tells it. Counts one work_mem a connection: a plan may "
            + "take several, most take none. Does not see work_mem of roles and sessions.",
        thresholds: [smallMachine],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM",
            "https://www.postgresql.org/docs/current/kernel-resources.html#LINUX-MEMORY-OVERCOMMIT",
        ])

    private static let smallMachine = Threshold(
        "memory that any machine of a server has", 1_073_741_824, "bytes",
        source: "our choice: on a machine with less nobody runs a server that matters")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let work = observation.serverSetting("work_mem"), let each = work.bytes,
            let limit = observation.setting("max_connections")?.number.map({ Int64($0) }),
            let shared = observation.setting("shared_buffers")?.bytes
        else { return .findings([]) }
        let worst = shared + limit * each
        guard let memory = observation.snapshot.server.memory, memory > 0 else {
            guard Double(worst) > Self.smallMachine.value else { return .findings([]) }
            return .inconclusive("the machine's RAM is not known: --host-facts ram=32GB tells it")
        }
        guard worst > memory else { return .findings([]) }
        let connected = Int64(observation.snapshot.backends.count { $0.isClient && !$0.isOurs })
        let isNear = shared + connected * each > memory
        let proposal = max(4, (memory - shared) / 2 / max(1, limit) / 1_048_576)
        return .findings([
            Finding(
                Self.metadata, severity: isNear ? .warning : .notice, tier: .fix,
                title: "work_mem \(work.text) × \(limit) connections exceeds \(Quantity.bytes(memory)) of memory",
                objects: [.setting("work_mem"), .setting("max_connections")],
                impact: Impact(1, .risk, "out of memory"), confidence: isNear ? .medium : .low,
                summary: "A burst of sorting sessions can get a server process killed for want of memory and end every "
                    + "session: shared_buffers \(Quantity.bytes(shared)) and one work_mem (\(work.text)) for each of "
                    + "\(limit) connections make \(Quantity.bytes(worst)), the machine has \(Quantity.bytes(memory)).",
                evidence: [
                    Evidence("worstCase", "one work_mem each", .bytes(worst)),
                    Evidence("memory", "memory", .bytes(memory)),
                    Evidence("workMem", "work_mem", .bytes(each)),
                    Evidence("maxConnections", "max_connections", .count(limit)),
                    Evidence("connected", "connected now", .count(connected)),
                ],
                notIf: "a pooler keeps the number of connections far below max_connections",
                actions: [
                    SettingChange(work, to: "\(proposal)MB").action(
                        "lower work_mem to \(proposal) MB for the server",
                        steps: [
                            "Give the roles that need more their own: ALTER ROLE report SET work_mem = \(SQL.literal(work.literal));"
                        ],
                        gain: Gain("the worst case fits the memory", .estimated),
                        caution: "statements that sorted in memory may spill: watch temp_blks_written")
                ], explains: [.setting("work_mem")])
        ])
    }

    static let examples: [RuleExample] = [
        .fires("256 MB for each of 100 on 16 GB", on: "work_mem") {
            $0.server.memory = 17_179_869_184
            $0.set("work_mem", "262144", context: "user")
        },
        .silent("memory unknown, and any would do") { $0.set("work_mem", "8192", context: "user") },
        .inconclusive("memory unknown") { $0.set("work_mem", "262144", context: "user") },
        .silent("fits") { $0.server.memory = 17_179_869_184 },
    ]
}
