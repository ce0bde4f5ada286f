import Model
import Statements

/// A statement that writes much of the server's WAL.
struct WALHeavyStatement: Rule {
    private static let share = Threshold(
        "share of the WAL of all statements", 0.25, "share", source: "our choice: a quarter is worth a look at why")
    private static let rate = Threshold(
        "WAL a second", 1_048_576, "bytes a second",
        source: "our choice: 1 MB/s is 86 GB a day to archive and to send to every standby")
    private static let images = Threshold(
        "share of full-page images in its WAL", 0.5, "share",
        source: "our choice: then how often checkpoints come decides, and not what it writes")
    private static let perRow = Threshold(
        "WAL a changed row, beside page images, that makes a warning", 2000, "bytes",
        source:
            "measured on 15.18: UPDATE of a row of 120 bytes with one index writes some 500 bytes without page images")
    private static let mass = Threshold(
        "rows a call from which workload.mass-write judges it", 100_000, "rows", source: "that rule's own threshold")

    static let metadata = RuleMetadata(
        id: "workload.wal-heavy-statement",
        title: "Statement that writes much of the WAL",
        area: .workload,
        needs: [.statements, .settings],
        looksAt: "wal_bytes, wal_records and wal_fpi of pg_stat_statements within the window, a row and a call",
        why:
            "All WAL has to be flushed, archived and replayed by every standby, and forces checkpoints when max_wal_size is full. "
            + "Where one statement writes a quarter of it, the way to less is that statement: rows that are written though nothing "
            + "changed, indexes on what changes, page images after each checkpoint, wide rows for a small change.",
        limits:
            "Loads that are meant to write (COPY, INSERT of rows that came) are told by their WAL a row, and are a notice. Writes of "
            + "100,000 rows a call are judged by workload.mass-write. Full-page images are counted as whole pages; PostgreSQL leaves their free space out.",
        thresholds: [share, rate, images, perRow, mass],
        references: [
            "https://www.postgresql.org/docs/current/pgstatstatements.html",
            "https://www.postgresql.org/docs/current/wal-configuration.html",
        ],
        explains: [Edge(.writesWAL, "configuration.checkpoints-requested")])

    func evaluate(_ observation: Observation) -> Outcome {
        let loads = observation.workload.statements
        let total = loads.reduce(0) { $0 + $1.counters.walBytes }
        guard let seconds = observation.window.seconds, seconds > 0 else { return .findings([]) }
        return .findings(
            loads.filter {
                Double($0.counters.walBytes) >= Self.share.value * Double(total)
                    && Double($0.counters.walBytes) / seconds >= Self.rate.value
                    && $0.counters.rowsPerCall < Self.mass.value && $0.isQuery && $0.counters.calls > 0
            }
            .map { finding(Writer($0, total, seconds, observation), observation) })
    }

    /// What it writes, and of what kind.
    private struct Writer {
        let load: StatementLoad
        let bytes: Int64
        let share: Double
        let rate: Double
        /// Full-page images, at most, 0…1.
        let images: Double
        let perRow: Double

        init(_ load: StatementLoad, _ total: Int64, _ seconds: Double, _ observation: Observation) {
            self.load = load
            bytes = load.counters.walBytes
            share = Double(bytes) / Double(max(1, total))
            rate = Double(bytes) / seconds
            let block = observation.pageSize
            images = min(1, Double(load.counters.walFullPageImages) * block / Double(max(1, bytes)))
            perRow = Double(bytes) / Double(max(1, load.counters.rows))
        }
    }

    private func finding(_ writer: Writer, _ observation: Observation) -> Finding {
        let load = writer.load
        // Rows that come are as wide as they are, and page images come with any change after a checkpoint.
        let isChange = load.parsed.map { $0.kind == .update || $0.kind == .delete } ?? false
        let isMuch = isChange && load.counters.rows > 0 && writer.perRow * (1 - writer.images) >= Self.perRow.value
        return Finding(
            Self.metadata, severity: isMuch ? .warning : .notice, tier: .cure,
            title: "\(Quantity.percent(writer.share)) of the WAL: \(load.label(50))", objects: [load.object],
            impact: Impact(writer.rate, .bytes, "\(Quantity.bytes(Int64(writer.rate)))/s WAL"), confidence: .high,
            summary:
                "The statement writes \(Quantity.bytes(Int64(writer.rate))) of WAL a second, \(Quantity.percent(writer.share)) "
                + "of what all statements write: \(Quantity.bytes(Int64(writer.perRow))) a row"
                + (writer.images >= Self.images.value
                    ? ", up to \(Quantity.percent(writer.images)) of it whole pages, as after a checkpoint." : "."),
            evidence: [
                Evidence("shareOfWAL", "share of the WAL", .share(writer.share)),
                Evidence("walPerSecond", "WAL a second", .bytes(Int64(writer.rate))),
                Evidence("walPerRow", "WAL a row", .bytes(Int64(writer.perRow))),
                Evidence("walPerCall", "WAL a call", .bytes(writer.bytes / max(1, load.counters.calls))),
                Evidence("pageImages", "full-page images", .count(load.counters.walFullPageImages)),
                Evidence("shareOfPageImages", "of its WAL full-page images, at most", .share(writer.images)),
                Evidence("calls", "calls", .count(load.counters.calls)),
                Evidence("roles", "roles", .list(load.roles.sorted())),
                Evidence("statement", "statement", .text(load.text ?? load.key.name)),
            ],
            notIf: "it is a load that is to write just these rows",
            actions: [load.sessionsNow()] + images(writer) + [rewrite(writer, observation)],
            explains: [.wal, load.link], symptomOf: load.links(in: observation.snapshot))
    }

    private func images(_ writer: Writer) -> [Action] {
        guard writer.images >= Self.images.value else { return [] }
        return [
            Action(
                .fix, "let checkpoints come less often",
                steps: [
                    "Most of its WAL is pages written whole at their first change after a checkpoint: see the findings about "
                        + "checkpoints, and max_wal_size and checkpoint_timeout. wal_compression makes them smaller.",
                    "Random keys (UUID version 4) touch another page with each row: keys in the order of time touch few.",
                ],
                gain: Gain("up to \(Quantity.percent(writer.images)) of its WAL", .estimated),
                verify: "wal_fpi of the statement grows more slowly than its calls")
        ]
    }

    private func rewrite(_ writer: Writer, _ observation: Observation) -> Action {
        let parsed = writer.load.parsed
        var steps: [String] = []
        switch parsed?.kind {
        case .update:
            steps = [
                "Leave rows alone that stay as they are: add AND (column) IS DISTINCT FROM the new value.",
                "Drop unused indexes on the columns that it sets: an UPDATE that touches none, with room on the page, writes no index "
                    + "at all (HOT).",
                "Put a counter or a state that changes often into a narrow table of its own: each version writes the whole row.",
            ]
        case .insert:
            steps = [
                "Insert many rows with one statement, or COPY.",
                "Drop unused indexes of the table: each writes WAL for each row.",
                "Where the rows may be lost in a crash (staging, caches): an UNLOGGED table writes none.",
            ]
        case .delete: steps = ["Where rows go by age, partition by it and drop whole partitions."]
        default:
            steps = [
                "A SELECT writes WAL where it prunes pages, or sets hint bits while checksums or wal_log_hints are on: VACUUM after "
                    + "a load does that once."
            ]
        }
        return Action(
            .cure, "write less for each row", steps: steps,
            gain: Gain("less to flush, archive and replay", .ruleOfThumb),
            verify: "WAL a row in the next diagnosis")
    }

    static let examples: [RuleExample] = [
        .fires("a counter in a wide row", on: "f1") {
            $0.addWriter("UPDATE orders SET n = n + $1 WHERE id = $2", perRow: 6000)
        },
        .fires("mostly page images", on: "f1") {
            $0.addWriter("INSERT INTO orders (id) VALUES ($1)", perRow: 8100, images: 1)
        },
        .silent("a tenth of the WAL") {
            $0.addWriter("UPDATE orders SET n = $1 WHERE id = $2", perRow: 600)
            $0.addStatement("f2", "UPDATE items SET n = $1", calls: 1000, time: 1000, rows: 200_000_000) {
                $0.counters.walBytes = 90 << 40
            }
        },
        .silent("little WAL") { $0.addWriter("UPDATE orders SET n = $1 WHERE id = $2", perRow: 500, rows: 100_000) },
        .silent("a mass write: another rule's") {
            $0.addWriter("DELETE FROM log WHERE at < $1", perRow: 600, rows: 20_000_000_000, calls: 10_000)
        },
        .silent("CREATE INDEX writes it whole by design") {
            $0.addWriter("CREATE INDEX ON orders (note)", perRow: 6_000_000, rows: 1_000_000, calls: 10)
        },
    ]
}

extension Snapshot {
    /// Within the 35 days of the healthy example.
    fileprivate mutating func addWriter(
        _ text: String, perRow: Int64, rows: Int64 = 3_000_000_000, calls: Int64? = nil, images: Int64 = 0
    ) {
        addStatement("f1", text, calls: calls ?? rows, time: 300_000, rows: rows) {
            $0.counters.walBytes = perRow * rows
            $0.counters.walRecords = rows
            $0.counters.walFullPageImages = images * rows
        }
    }
}
