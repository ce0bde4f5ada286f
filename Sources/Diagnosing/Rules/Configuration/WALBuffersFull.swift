import Model

/// Sessions write WAL themselves because its buffers are full.
struct WALBuffersFull: Rule {
    private static let rate = Threshold(
        "times a second that the buffers were full", 10, "a second",
        source:
            "our choice: each is a write that the session makes while it holds WALWriteLock, a tenth of a millisecond or more"
    )
    private static let span = Threshold(
        "shortest time that is judged", 600, "s", source: "our choice: one bulk load may fill them for a minute")
    private static let enough = Threshold(
        "wal_buffers beyond which more does not help", 67_108_864, "bytes",
        source: "our choice: four segments of WAL; the automatic value ends at one (16 MB)")

    static let metadata = RuleMetadata(
        id: "configuration.wal-buffers-full",
        title: "WAL buffers are full again and again",
        area: .configuration,
        needs: [.wal, .settings],
        looksAt:
            "wal_buffers_full of pg_stat_wal within the window when it is ten minutes or more, since its reset otherwise; "
            + "wal_buffers",
        why:
            "A session that finds no room in the WAL buffers writes some of them out itself before it may go on, and holds up all "
            + "others that write WAL meanwhile. Larger buffers take what comes between two flushes.",
        limits: "A disk that cannot keep up fills any buffer: compare what a flush takes. Not judged on a standby.",
        thresholds: [rate, span, enough],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-WAL-BUFFERS",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-WAL-VIEW",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard !observation.snapshot.server.isInRecovery else { return .absent }
        guard let span = WALSpan(observation, shortest: Self.span.value),
            let setting = observation.setting("wal_buffers"), let size = setting.bytes
        else { return observation.snapshot.wal == nil ? .absent : .findings([]) }
        let rate = Double(span.buffersFull) / span.seconds
        guard span.seconds >= Self.span.value, rate >= Self.rate.value, Double(size) < Self.enough.value else {
            return .findings([])
        }
        let proposal = min(Int64(Self.enough.value), max(16 << 20, size * 4)) >> 20
        return .findings([
            Finding(
                Self.metadata, severity: .notice, tier: .fix,
                title: "WAL buffers (\(setting.text)) are full \(Quantity.about(rate)) times a second",
                objects: [.setting("wal_buffers")],
                impact: Impact(0, .none, "\(Quantity.about(rate))/s full"), confidence: .medium,
                summary: "\(Quantity.about(rate)) times a second a session had to write WAL out itself, as the buffers "
                    + "(\(setting.text)) had no room for its own: \(Quantity.bytes(Int64(span.rate))) of WAL come a second.",
                evidence: [
                    Evidence("fullPerSecond", "buffers full, a second", .number(rate)),
                    Evidence("walPerSecond", "WAL a second", .bytes(Int64(span.rate))),
                    Evidence("walBuffers", "wal_buffers", .bytes(size)),
                    Evidence("span", "counted over", .seconds(span.seconds)),
                ], notIf: "they come from a load of the night that may take its time",
                actions: [
                    SettingChange(setting, to: "\(proposal)MB").action(
                        "raise wal_buffers to \(proposal) MB",
                        gain: Gain("fewer writes within transactions", .ruleOfThumb),
                        caution: "takes that much memory more")
                ], explains: [.setting("wal_buffers")])
        ])
    }

    static let examples: [RuleExample] = [
        .fires("4 MB, and a load that goes on all day", on: "wal_buffers") {
            $0.addWAL(gigabytesPerDay: 400, images: 0.1, buffersFull: 20_000_000)
            $0.set("wal_buffers", "512", unit: "8kB", context: "postmaster")
        },
        .silent("now and then") {
            $0.addWAL(gigabytesPerDay: 400, images: 0.1, buffersFull: 20_000)
            $0.set("wal_buffers", "512", unit: "8kB", context: "postmaster")
        },
        .silent("large already: the disk is slow") {
            $0.addWAL(gigabytesPerDay: 400, images: 0.1, buffersFull: 20_000_000)
            $0.set("wal_buffers", "16384", unit: "8kB", context: "postmaster")
        },
        .silent("a standby") {
            $0.addWAL(gigabytesPerDay: 400, images: 0.1, buffersFull: 20_000_000)
            $0.set("wal_buffers", "512", unit: "8kB", context: "postmaster")
            $0.server.isInRecovery = true
        },
    ]
}
