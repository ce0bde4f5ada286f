import Model

/// One statement may fill the disk with temporary files.
struct TemporaryFileLimitUnset: Rule {
    static let metadata = RuleMetadata(
        id: "configuration.temp-file-limit-unset",
        title: "Nothing limits temporary files, and a statement writes many",
        area: .configuration,
        needs: [.settings, .statements],
        looksAt:
            "temp_file_limit of the server, of roles and of databases; temporary blocks a call of the statements within the window",
        why:
            "A sort or hash that does not fit its memory goes to disk, as far as it takes. A join that lost its condition fills the disk "
            + "that the tables need too, and then all writes fail. With temp_file_limit that one statement fails alone.",
        limits: "The room on the disk is not seen from SQL. Temporary tables do not count against the limit.",
        thresholds: [call],
        references: ["https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-TEMP-FILE-LIMIT"])

    static let call = Threshold(
        "temporary files of one call", 10_737_418_240, "bytes",
        source: "our choice: 10 GB a call; five at once take the room that small disks have")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let limit = observation.setting("temp_file_limit") else {
            return .inconclusive("temp_file_limit was not read")
        }
        let limited = observation.snapshot.roleSettings.filter { $0.name == "temp_file_limit" && $0.value != "-1" }
        guard limit.number == -1 else { return .findings([]) }
        let heavy = observation.workload.statements.compactMap { load -> (load: StatementLoad, bytes: Double)? in
            let calls = Double(max(1, load.counters.calls))
            let bytes = Double(load.counters.temporaryBlocksWritten) * 8192 / calls
            let hasLimit = limited.contains { setting in
                (setting.database == nil || setting.database == load.database)
                    && (setting.role.map { load.roles.contains($0) } ?? true)
            }
            return bytes >= Self.call.value && !hasLimit ? (load, bytes) : nil
        }.sorted { $0.bytes > $1.bytes }
        guard let first = heavy.first else { return .findings([]) }
        return .findings([finding(first.load, first.bytes, heavy.count, observation)])
    }

    private func finding(
        _ load: StatementLoad, _ bytes: Double, _ count: Int, _ observation: Observation
    ) -> Finding {
        let limit = Int((bytes * 2 / 1_073_741_824).rounded(.up))
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "a call writes \(Quantity.bytes(Int64(bytes))) of temporary files, and nothing limits them",
            objects: [.setting("temp_file_limit")] + load.roles.prefix(3).map { ObjectReference(.role, $0) },
            impact: .bytes(Int64(bytes), "a call"), confidence: .medium,
            summary: "One statement can fill the disk that all tables need: \(Quantity.plural(count, "statement")) "
                + "\(count == 1 ? "writes" : "write") up to \(Quantity.bytes(Int64(bytes))) of temporary files a call, and "
                + "temp_file_limit is -1.",
            evidence: [
                Evidence("temporaryBytesPerCall", "temporary files a call", .bytes(Int64(bytes))),
                Evidence("statements", "such statements", .count(Int64(count))),
            ],
            notIf: "temporary files have a disk of their own (temp_tablespaces)",
            actions: load.roles.prefix(1).map { role in
                .limit(
                    role, "temp_file_limit", to: "\(limit)GB", title: "limit the temporary files of \(role)",
                    gain: Gain("a session of it fills no more than \(limit) GB", .measured),
                    steps: [
                        "A superuser has to set it. \(limit) GB is twice what a call writes now: choose it below the disk's room."
                    ],
                    caution: "a statement that needs more fails", observation)
            }, explains: [load.link])
    }

    static let examples: [RuleExample] = [
        .fires("a report that sorts 40 GB", on: "temp_file_limit") { $0.addSpill(blocks: 5_000_000) },
        .silent("a report that sorts 1 GB") { $0.addSpill(blocks: 130_000) },
        .silent("the role has a limit") {
            $0.addSpill(blocks: 5_000_000)
            $0.addRoleSetting("temp_file_limit", "100GB")
        },
        .silent("the server has one") {
            $0.addSpill(blocks: 5_000_000)
            $0.set("temp_file_limit", "104857600", unit: "kB", context: "superuser")
        },
        .inconclusive("not read") { $0.settings.removeAll { $0.name == "temp_file_limit" } },
    ]
}

extension Snapshot {
    fileprivate mutating func addSpill(blocks: Int64) {
        set("temp_file_limit", "-1", unit: "kB", source: "default", context: "superuser")
        addStatement("aa01", calls: 4, time: 500_000) { $0.counters.temporaryBlocksWritten = 4 * blocks }
    }
}
