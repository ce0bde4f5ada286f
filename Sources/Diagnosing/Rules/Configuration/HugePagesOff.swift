import Model

/// A large shared_buffers in pages of 4 kB: every session keeps its own table of them.
struct HugePagesOff: Rule {
    private static let tables = Threshold(
        "page tables of all sessions, at most", 1_073_741_824, "bytes",
        source: "our choice: a gigabyte of memory for nothing")
    private static let entry = Threshold(
        "bytes mapped by a byte of page table", 512, "bytes",
        source: "x86-64 and ARM64: an entry of 8 bytes for each page of 4 kB")

    static let metadata = RuleMetadata(
        id: "configuration.huge-pages-off",
        title: "Large shared_buffers without huge pages",
        area: .configuration,
        needs: [.settings, .backends],
        looksAt: "huge_pages, from 17 on huge_pages_status, shared_buffers and the sessions that are connected",
        why:
            "Each session that touches all of shared_buffers builds a page table for it, of a 512th of its size: 32 MB for 16 GB, "
            + "times some hundred sessions. That memory is missed elsewhere, and looking pages up in it costs time. Huge pages "
            + "of 2 MB need next to none.",
        limits:
            "It is the most that the sessions can take: each only maps what it touched. With huge_pages = try before 17 nobody "
            + "can tell through SQL whether the server got them.",
        thresholds: [tables, entry],
        references: ["https://www.postgresql.org/docs/current/kernel-resources.html#LINUX-HUGE-PAGES"])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let asked = observation.setting("huge_pages"), let buffers = observation.setting("shared_buffers"),
            let size = buffers.bytes
        else { return .findings([]) }
        let connected = Int64(observation.clients.count)
        let each = Int64(Double(size) / Self.entry.value)
        guard Double(each * connected) >= Self.tables.value else { return .findings([]) }
        let status = observation.setting("huge_pages_status")?.value
        switch (asked.value, status) {
        case (_, "on"), ("on", _): return .findings([])
        case ("try", nil), ("try", "unknown"):
            return .inconclusive(
                "huge_pages is \"try\", and before PostgreSQL 17 nobody can tell through SQL whether the server got them: page "
                    + "tables of up to \(Quantity.bytes(each * connected)) hang on it")
        default: return .findings([finding(asked, size, each, connected, observation)])
        }
    }

    private func finding(
        _ asked: Setting, _ size: Int64, _ each: Int64, _ connected: Int64, _ observation: Observation
    ) -> Finding {
        let pages = observation.setting("shared_memory_size_in_huge_pages")?.number.flatMap { $0 > 0 ? Int($0) : nil }
        let reserve =
            pages.map { "sysctl -w vm.nr_hugepages=\($0 + $0 / 50 + 1), and the same in /etc/sysctl.d" }
            ?? "vm.nr_hugepages: shared_buffers and a few per cent, in pages of 2 MB (postgres -C shared_memory_size_in_huge_pages)"
        let steps = ["Reserve them first: \(reserve). Without them the server starts as before."]
        let action =
            asked.value == "off"
            ? SettingChange(asked, to: "try").action(
                "let the server take huge pages", steps: steps,
                gain: Gain("up to \(Quantity.bytes(each * connected)) of memory", .estimated),
                caution: "reserved pages are of no use to anybody else")
            : Action(
                .fix, "reserve huge pages for the server",
                steps: steps + ["Restart the server: it asks for them at its start."],
                lock: LockNote.none, gain: Gain("up to \(Quantity.bytes(each * connected)) of memory", .estimated),
                verify: "SHOW huge_pages_status;",
                undo: "vm.nr_hugepages as it was (sysctl vm.nr_hugepages tells it before), and restart",
                caution: "reserved pages are of no use to anybody else")
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "page tables of up to \(Quantity.bytes(each * connected)): shared_buffers without huge pages",
            objects: [.setting("huge_pages")], impact: .bytes(each * connected, "of page tables"), confidence: .medium,
            summary:
                "\(Quantity.count(connected)) sessions may keep \(Quantity.bytes(each)) of page tables each for shared_buffers of "
                + "\(Quantity.bytes(size)): the server runs without huge pages.",
            evidence: [
                Evidence("pageTables", "page tables, at most", .bytes(each * connected)),
                Evidence("connected", "connected now", .count(connected)),
                Evidence("sharedBuffers", "shared_buffers", .bytes(size)),
            ], notIf: "it is a container whose host reserves none", actions: [action],
            explains: [.setting("huge_pages")])
    }

    static let examples: [RuleExample] = [
        .fires("off, 200 sessions and 16 GB", on: "huge_pages") { $0.addLargeBuffers("off") },
        .fires("17 tried and did not get them", on: "huge_pages") {
            $0.addLargeBuffers("try")
            $0.set("huge_pages_status", "off")
        },
        .silent("17 has them") {
            $0.addLargeBuffers("try")
            $0.set("huge_pages_status", "on")
        },
        .silent("few sessions") { $0.addLargeBuffers("off", sessions: 10) },
        .inconclusive("15 may have them") { $0.addLargeBuffers("try") },
    ]
}

extension Snapshot {
    fileprivate mutating func addLargeBuffers(_ value: String, sessions: Int = 200) {
        set("shared_buffers", "2097152", unit: "8kB", context: "postmaster")
        set("huge_pages", value, context: "postmaster")
        for pid in 0..<sessions { addSession(7000 + pid, "web", state: "idle", for: 5) }
    }
}
