import Foundation
import Model

/// Most of the WAL is pages that are written whole after each checkpoint.
struct FullPageImages: Rule {
    private static let share = Threshold(
        "share of full-page images in the WAL, at most", 0.5, "share",
        source: "our choice: more than half of what is flushed, archived and sent is no change of the application's")
    private static let rate = Threshold(
        "WAL a second", 2_097_152, "bytes a second", source: "our choice: 2 MB/s is 170 GB a day")
    private static let span = Threshold(
        "shortest time that is judged", 3600, "s", source: "our choice: twelve checkpoints at the default timeout")
    private static let timeout = Threshold(
        "checkpoint_timeout that is advised", 1800, "s",
        source:
            "our choice, between the manual's default of 300 s and what crash recovery may take; pg_gather asks for 1,200 s or more"
    )

    static let metadata = RuleMetadata(
        id: "configuration.full-page-images",
        title: "Most of the WAL is full-page images",
        area: .configuration,
        needs: [.wal, .settings],
        looksAt:
            "wal_fpi and wal_bytes of pg_stat_wal, within the window when it is an hour or more, since their reset otherwise; "
            + "checkpoint_timeout, max_wal_size and wal_compression",
        why:
            "At its first change after a checkpoint a page goes whole into the WAL, so that a page torn by a crash can be mended. "
            + "Where checkpoints are frequent and the changes scattered, that is most of the WAL. Checkpoints "
            + "that come less often make fewer of them, and wal_compression makes them smaller.",
        limits:
            "An image is counted as a whole page, though its free space is left out and it may be compressed: the share is the "
            + "most that it can be. full_page_writes itself must stay on. Not judged on a standby.",
        thresholds: [share, rate, span, timeout],
        references: [
            "https://www.postgresql.org/docs/current/wal-configuration.html",
            "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-WAL-COMPRESSION",
        ],
        explains: [Edge(.writesWAL, "configuration.checkpoints-requested")])

    func evaluate(_ observation: Observation) -> Outcome {
        guard !observation.snapshot.server.isInRecovery else { return .absent }
        guard let span = WALSpan(observation, shortest: Self.span.value) else {
            return observation.snapshot.wal == nil ? .absent : .findings([])
        }
        let block = observation.pageSize
        let share = min(1, Double(span.images) * block / Double(max(1, span.bytes)))
        guard span.seconds >= Self.span.value, span.rate >= Self.rate.value, share >= Self.share.value,
            let timeout = observation.serverSetting("checkpoint_timeout"), let now = timeout.seconds
        else { return .findings([]) }
        let isCompressed = observation.setting("wal_compression").map { $0.value != "off" } ?? false
        guard now < Self.timeout.value || !isCompressed else { return .findings([]) }
        return .findings([finding(span, share, timeout, isCompressed: isCompressed, observation)])
    }

    private func finding(
        _ span: WALSpan, _ share: Double, _ timeout: Setting, isCompressed: Bool, _ observation: Observation
    ) -> Finding {
        let limit = observation.setting("max_wal_size")
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "up to \(Quantity.percent(share)) of the WAL is pages written whole after checkpoints",
            objects: [.setting("checkpoint_timeout"), .setting("wal_compression")],
            impact: Impact(span.rate * share, .bytes, "\(Quantity.bytes(Int64(span.rate * share)))/s WAL"),
            confidence: .medium,
            summary:
                "Of \(Quantity.bytes(Int64(span.rate))) of WAL a second, up to \(Quantity.percent(share)) is pages written whole "
                + "at their first change after a checkpoint, which comes every \(timeout.text) at the latest"
                + "\(isCompressed ? "." : "; they are not compressed.")",
            evidence: [
                Evidence("shareOfPageImages", "full-page images, at most", .share(share)),
                Evidence("pageImages", "full-page images", .count(span.images)),
                Evidence("walPerSecond", "WAL a second", .bytes(Int64(span.rate))),
                Evidence("checkpointTimeout", "checkpoint_timeout", .seconds(timeout.seconds ?? 0)),
                Evidence("span", "counted over", .seconds(span.seconds)),
            ] + (limit?.bytes.map { [Evidence("maxWALSize", "max_wal_size", .bytes($0))] } ?? []),
            notIf: "a crash must be recovered from within a minute or two",
            actions: (isCompressed ? [] : [compress(observation)]) + (space(span, timeout, limit).map { [$0] } ?? []),
            explains: [.wal, .setting("checkpoint_timeout")])
    }

    private func compress(_ observation: Observation) -> Action {
        var setting = observation.serverSetting("wal_compression") ?? Setting()
        if setting.name.isEmpty {
            setting.name = "wal_compression"
            setting.value = "off"
        }
        // Others than pglz exist from 15 on, and only where the server was built with them.
        let isNew = observation.snapshot.server.version >= .v15
        return SettingChange(setting, to: "on").action(
            "compress the images",
            steps: isNew
                ? [
                    "lz4 takes less CPU than pglz (on), where the server was built with it: SET wal_compression = 'lz4' in a session tells."
                ] : [],
            gain: Gain("some half of the images' bytes", .ruleOfThumb), caution: "costs CPU of the sessions that write")
    }

    private func space(_ span: WALSpan, _ timeout: Setting, _ limit: Setting?) -> Action? {
        guard (timeout.seconds ?? 0) < Self.timeout.value else { return nil }
        let minutes = Int(Self.timeout.value / 60)
        return SettingChange(timeout, to: "\(minutes)min").action(
            "let checkpoints come every \(minutes) minutes",
            steps: limit?.bytes.map { bytes in
                // Without the images the WAL shrinks too: this is the most that it may take.
                let needed = Int64(span.rate * Self.timeout.value)
                return bytes < needed
                    ? [
                        "max_wal_size (\(Quantity.bytes(bytes))) must hold the WAL of that time, up to \(Quantity.bytes(needed)): else it forces them as before."
                    ] : []
            } ?? [],
            gain: Gain("a page is written whole once in \(minutes) minutes at most", .estimated),
            caution: "recovery after a crash replays up to \(minutes) minutes of WAL")
    }

    static let examples: [RuleExample] = [
        .fires("checkpoints every five minutes, scattered writes", on: "checkpoint_timeout") {
            $0.addWAL(gigabytesPerDay: 400, images: 0.8)
        },
        .silent("little WAL") { $0.addWAL(gigabytesPerDay: 20, images: 0.9) },
        .silent("mostly the rows themselves") { $0.addWAL(gigabytesPerDay: 400, images: 0.2) },
        .silent("compressed, and seldom") {
            $0.addWAL(gigabytesPerDay: 400, images: 0.8)
            $0.set("wal_compression", "lz4")
            $0.set("checkpoint_timeout", "1800", unit: "s")
        },
        .silent("a standby") {
            $0.addWAL(gigabytesPerDay: 400, images: 0.8)
            $0.server.isInRecovery = true
        },
    ]
}

/// What was written to the WAL over a span long enough to judge.
struct WALSpan {
    let bytes: Int64
    let images: Int64
    let buffersFull: Int64
    let seconds: Double

    /// Bytes a second.
    var rate: Double { Double(bytes) / seconds }

    /// Within the window when it is so long, else since the reset; nil where nothing was read.
    init?(_ observation: Observation, shortest: Double) {
        guard let wal = observation.snapshot.wal else { return nil }
        if let then = observation.earlier?.wal, let window = observation.window.seconds, window >= shortest,
            wal.bytes >= then.bytes, wal.records >= then.records
        {
            bytes = wal.bytes - then.bytes
            images = wal.fullPageImages - then.fullPageImages
            buffersFull = wal.buffersFull - then.buffersFull
            seconds = window
            return
        }
        // The counters survive a clean restart, so that without a reset they may be older than the server's start.
        guard let age = observation.age(of: wal.reset ?? observation.snapshot.server.startedAt), age > 0 else {
            return nil
        }
        (bytes, images, buffersFull, seconds) = (wal.bytes, wal.fullPageImages, wal.buffersFull, age)
    }
}

extension Snapshot {
    /// For examples: WAL of ten days, a part of it in images.
    mutating func addWAL(gigabytesPerDay: Int64, images: Double, buffersFull: Int64 = 0) {
        let reset = takenAt.addingTimeInterval(-10 * 86_400)
        wal = .make {
            $0.bytes = 10 * gigabytesPerDay << 30
            $0.records = $0.bytes / 200
            $0.fullPageImages = Int64(Double($0.bytes) * images / 8192)
            $0.buffersFull = buffersFull
            $0.reset = reset
        }
    }
}
