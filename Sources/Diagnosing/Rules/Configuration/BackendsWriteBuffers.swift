import Foundation
import Model

/// Sessions have to write dirty pages out before they can read others.
struct BackendsWriteBuffers: Rule {
    private static let share = Threshold(
        "share of the pages written that sessions write", 0.3, "share",
        source: "our choice: the checkpointer and the background writer are there to do it")
    private static let rate = Threshold(
        "written by sessions", 5_242_880, "bytes a second", source: "our choice: some 600 pages a second")
    private static let span = Threshold(
        "shortest time that is judged", 600, "s", source: "our choice: two checkpoints at the default timeout")
    private static let mixed = Threshold(
        "share before 16, where new pages are counted too", 0.6, "share",
        source: "our choice: what tables grow by is written by sessions on every healthy server")

    static let metadata = RuleMetadata(
        id: "configuration.backends-write-buffers",
        title: "Sessions write dirty pages themselves",
        area: .configuration,
        needs: [.checkpointer, .settings], uses: [.io],
        looksAt:
            "pg_stat_io (16 and up), writes of relations in context normal by kind of process, within the window when it is ten "
            + "minutes or more, since its reset otherwise; maxwritten_clean of pg_stat_bgwriter",
        why:
            "A session that needs a buffer and finds only dirty ones writes one out first, in the middle of a statement. The background "
            + "writer should have cleaned it before; where it stops at bgwriter_lru_maxpages each round, or shared_buffers is too "
            + "small for what is written between checkpoints, sessions do it.",
        limits:
            "Before 16 pages that a table grows by are counted with them, so that no judgement is made. Bulk writes (COPY, VACUUM) "
            + "use a ring of their own and are left out.",
        thresholds: [share, rate, span, mixed],
        references: [
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-IO-VIEW",
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#RUNTIME-CONFIG-RESOURCE-BACKGROUND-WRITER",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        guard let span = IOSpan(observation, shortest: Self.span.value) else { return mixed(observation) }
        let writes = span.rows.filter { $0.object == "relation" && $0.context == "normal" }
        let all = writes.reduce(0) { $0 + ($1.writeBytes ?? 0) }
        let mine = writes.filter(\.isOfSession)
        let bytes = mine.reduce(0) { $0 + ($1.writeBytes ?? 0) }
        guard span.seconds >= Self.span.value, all > 0, bytes / all >= Self.share.value,
            bytes / span.seconds >= Self.rate.value
        else { return .findings([]) }
        return .findings([
            finding(bytes / all, bytes / span.seconds, mine.reduce(0) { $0 + $1.writeTime }, span, observation)
        ])
    }

    /// Before 16 no more can be said than that it may be so.
    private func mixed(_ observation: Observation) -> Outcome {
        let now = observation.snapshot.checkpointer
        guard let backends = now.buffersBackend,
            let age = observation.age(of: now.reset ?? observation.snapshot.server.startedAt), age >= Self.span.value
        else { return .findings([]) }
        let all = backends + now.buffersWritten + now.buffersCleaned
        let isMuch =
            Double(backends) >= Self.mixed.value * Double(max(1, all))
            && Double(backends * 8192) / age >= Self.rate.value
        return isMuch
            ? .inconclusive(
                "sessions wrote \(Quantity.percent(Double(backends) / Double(all))) of all pages, but before PostgreSQL 16 those that "
                    + "tables grew by are counted with them")
            : .findings([])
    }

    private func finding(
        _ share: Double, _ rate: Double, _ time: Double, _ span: IOSpan, _ observation: Observation
    ) -> Finding {
        let cleaner = observation.snapshot.checkpointer
        let isTimed = observation.setting("track_io_timing")?.isOn ?? false
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "sessions write \(Quantity.percent(share)) of the dirty pages themselves",
            objects: [.setting("bgwriter_lru_maxpages"), .setting("shared_buffers")],
            impact: Impact(rate, .bytes, "\(Quantity.bytes(Int64(rate)))/s written"), confidence: .medium,
            summary:
                "Statements wait while their sessions write \(Quantity.bytes(Int64(rate))) of dirty pages a second, "
                + "\(Quantity.percent(share)) of all that are written: the background writer does not come ahead of them.",
            evidence: [
                Evidence("shareOfWrites", "share of the pages written", .share(share)),
                Evidence("writtenPerSecond", "written by sessions a second", .bytes(Int64(rate))),
                Evidence(
                    "maxWrittenClean", "rounds that ended at bgwriter_lru_maxpages", .count(cleaner.maxWrittenClean)),
                Evidence("span", "counted over", .seconds(span.seconds)),
            ] + (isTimed ? [Evidence("writeTime", "time of sessions in it", .milliseconds(time))] : []),
            notIf: "it is a load into a table that nobody reads meanwhile", actions: actions(cleaner, observation),
            explains: [.setting("shared_buffers")])
    }

    private func actions(_ cleaner: Checkpointer, _ observation: Observation) -> [Action] {
        var actions: [Action] = []
        if cleaner.maxWrittenClean > 0, let pages = observation.serverSetting("bgwriter_lru_maxpages"),
            let now = pages.number, now > 0, now < 1000
        {
            let proposal = Int(min(1000, now * 4))
            actions.append(
                SettingChange(pages, to: "\(proposal)").action(
                    "let the background writer clean \(proposal) pages a round",
                    gain: Gain("sessions find clean buffers", .ruleOfThumb),
                    caution: "pages that are changed again soon are written more than once"))
        }
        actions.append(
            Action(
                .cure, "write less between checkpoints, or give what is written room",
                steps: [
                    "See the findings about shared_buffers, about statements that write much, and about UPDATE that defeats HOT.",
                    "COPY and large INSERT … SELECT use a ring of their own; row-by-row loads go through shared_buffers.",
                ], gain: Gain("fewer dirty pages in the way", .ruleOfThumb)))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("more than half", on: "bgwriter_lru_maxpages") {
            $0.addWrites(sessions: 9000, others: 6000)
            $0.checkpointer.maxWrittenClean = 90_000
            $0.set("bgwriter_lru_maxpages", "100")
        },
        .silent("the checkpointer does it") { $0.addWrites(sessions: 900, others: 9000) },
        .silent("hardly anything is written") { $0.addWrites(sessions: 90, others: 60) },
        .silent("15, and little of it") { $0.checkpointer.buffersBackend = 100 },
        .inconclusive("15 cannot tell them from new pages") {
            $0.checkpointer.buffersWritten = 1_000_000
            $0.checkpointer.buffersBackend = 9_000_000_000
        },
    ]
}

/// What was read and written over a span long enough to judge, by kind of process.
struct IOSpan {
    let rows: [IOStatistics]
    let seconds: Double

    /// nil: before 16, or not read.
    init?(_ observation: Observation, shortest: Double) {
        let now = observation.snapshot.io
        guard !now.isEmpty else { return nil }
        if let then = observation.earlier?.io, let window = observation.window.seconds, window >= shortest,
            let difference = Self.difference(now, then)
        {
            (rows, seconds) = (difference, window)
            return
        }
        guard let age = observation.age(of: now.compactMap(\.reset).max() ?? observation.snapshot.server.startedAt),
            age > 0
        else { return nil }
        (rows, seconds) = (now, age)
    }

    /// nil where the counters were reset in between.
    private static func difference(_ now: [IOStatistics], _ then: [IOStatistics]) -> [IOStatistics]? {
        let before = Dictionary(then.map { ($0.place, $0) }, uniquingKeysWith: { first, _ in first })
        var rows: [IOStatistics] = []
        for row in now {
            guard let then = before[row.place] else { return nil }
            guard row.writes >= then.writes, row.hits >= then.hits, row.reads >= then.reads else { return nil }
            var row = row
            row.reads -= then.reads
            row.writes -= then.writes
            row.extends -= then.extends
            row.fsyncs -= then.fsyncs
            row.readTime -= then.readTime
            row.writeTime -= then.writeTime
            row.fsyncTime = row.fsyncTime.map { $0 - (then.fsyncTime ?? 0) }
            row.readBytes = row.readBytes.map { $0 - (then.readBytes ?? 0) }
            row.writeBytes = row.writeBytes.map { $0 - (then.writeBytes ?? 0) }
            row.extendBytes = row.extendBytes.map { $0 - (then.extendBytes ?? 0) }
            rows.append(row)
        }
        return rows
    }
}

extension IOStatistics {
    fileprivate var place: [String] { [backendType, object, context] }
    var isOfSession: Bool { backendType == "client backend" || backendType == "background worker" }
}

extension Snapshot {
    /// For examples: relations' pages written within ten days, GB.
    mutating func addWrites(sessions: Double, others: Double, fsyncs: Int64 = 0) {
        let reset = takenAt.addingTimeInterval(-10 * 86_400)
        server.version = ServerVersion(170_002)
        io = [("client backend", sessions), ("checkpointer", others)].map { type, gigabytes in
            .make {
                $0.backendType = type
                $0.object = "relation"
                $0.context = "normal"
                $0.writes = Int64(gigabytes) << 17
                $0.writeBytes = gigabytes * 1_073_741_824
                $0.fsyncs = type == "client backend" ? fsyncs : 0
                $0.reset = reset
            }
        }
    }
}
