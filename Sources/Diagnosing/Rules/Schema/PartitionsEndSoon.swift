import Foundation
import IndexAdvising
import Model
import Statements

/// The newest partition of a table that goes by time is about to be full, or is past.
struct PartitionsEndSoon: Rule {
    static let metadata = RuleMetadata(
        id: "schema.partitions-end-soon",
        title: "Partitions by time that nobody made ahead",
        area: .schema,
        needs: [.partitionBounds, .relations],
        looksAt:
            "the newest upper bound of tables that are partitioned by a range of one date or timestamp, against the server's clock; rows inserted into the partitions",
        why:
            "When the clock passes the newest bound and there is no default partition, every INSERT fails. With one, the rows land there, where no pruning finds them, and the next partition "
            + "cannot be made before they are moved.",
        limits:
            "Told half a partition's span ahead, three days at most, so that a job that makes the next one in time stays unnoticed. Tables whose newest bound is long past and into whose partitions "
            + "nothing was written within a window are taken as closed. Bounds without a time zone are taken as UTC.",
        thresholds: [ahead, most, closed],
        references: [
            "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",
            "https://github.com/pgpartman/pg_partman",
        ])

    private static let ahead = Threshold(
        "share of a partition's span left", 0.5, "share",
        source: "our choice: a nightly job that makes tomorrow's partition has a whole one left")
    private static let most = Threshold(
        "days left at most", 3, "days", source: "our choice: a weekend; monthly jobs run some days before the end")
    private static let closed = Threshold(
        "partition spans since the end after which a table is taken as closed", 3, "spans",
        source: "our choice: somebody would have noticed")

    func evaluate(_ observation: Observation) -> Outcome {
        let catalogs = observation.snapshot.catalogs
        guard catalogs.contains(where: { $0.partitionBounds != nil }) else {
            return .inconclusive("bounds of partitions were not read")
        }
        return .findings(
            observation.indexSurveys.flatMap { survey in
                (survey.catalog.partitionBounds ?? []).compactMap { judge($0, survey, observation) }
            })
    }

    private func judge(_ bounds: PartitionBounds, _ survey: IndexSurvey, _ observation: Observation) -> Finding? {
        guard !bounds.isOpenEnded, let start = bounds.newestStart, let end = bounds.newestEnd, end > start else {
            return nil
        }
        let span = end.timeIntervalSince(start)
        let left = end.timeIntervalSince(observation.snapshot.takenAt)
        guard left <= min(span * Self.ahead.value, Self.most.value * 86_400) else { return nil }
        let parts = survey.catalog.relations.filter {
            $0.partitionRoot == bounds.relation || $0.name == bounds.defaultPartition
        }
        let inserted = parts.reduce(Int64(0)) { $0 + observation.counters(of: $1, in: survey.catalog).inserted }
        guard inserted > 0 else { return nil }
        if left < -span * Self.closed.value {
            // Long past: only what is written now, into the default partition, shows that it lives.
            guard observation.window.basis != .sinceReset, bounds.defaultPartition != nil else { return nil }
        }
        return finding(bounds, span: span, left: left, inserted: inserted, survey)
    }

    private func finding(_ bounds: PartitionBounds, span: Double, left: Double, inserted: Int64, _ survey: IndexSurvey)
        -> Finding
    {
        let isPast = left <= 0
        let fails = isPast && bounds.defaultPartition == nil
        let database = survey.catalog.database
        let effect = bounds.defaultPartition.map { "its new rows go to \($0)" } ?? "INSERT of new rows fails"
        return Finding(
            Self.metadata, severity: fails ? .critical : .warning, tier: .fix,
            title: isPast
                ? "the newest partition of \(bounds.relation) ended \(Quantity.seconds(-left)) ago"
                : "the newest partition of \(bounds.relation) ends in \(Quantity.seconds(left))",
            objects: [.relation(bounds.relation, in: database)],
            impact: isPast
                ? Impact(1, .risk, bounds.defaultPartition == nil ? "inserts fail" : "rows misplaced")
                : .days(left / 86_400),
            confidence: .high,
            summary:
                "\(bounds.relation) is partitioned by \(bounds.column), and its newest partition \(isPast ? "ended" : "ends") at \(Self.text(bounds.newestEnd!)): \(isPast ? "" : "from then on ")\(effect).",
            evidence: [
                Evidence("partitions", "partitions", .count(Int64(bounds.partitions))),
                Evidence("newestEnd", "end of the newest", .text(Self.text(bounds.newestEnd!))),
                Evidence("span", "span of the newest", .seconds(span)), Evidence("remaining", "left", .seconds(left)),
                Evidence(
                    "defaultPartition", "default partition", .text(bounds.defaultPartition?.description ?? "none")),
                Evidence("inserted", "rows inserted into its partitions", .count(inserted)),
            ],
            notIf: "the table is no longer written, or a job makes the next partition at the last minute",
            actions: actions(bounds, isPast, survey), explains: [.relation(bounds.relation, database: database)])
    }

    private func actions(_ bounds: PartitionBounds, _ isPast: Bool, _ survey: IndexSurvey) -> [Action] {
        let table = bounds.relation.quoted
        let usesJob = survey.catalog.extensions.contains { $0.name == "pg_partman" }
        let job = Action(
            .cure, "let a job make them ahead",
            steps: [
                usesJob
                    ? "pg_partman is installed: see SELECT parent_table, premake, automatic_maintenance FROM part_config; and whether run_maintenance runs (pg_cron, or its background worker)."
                    : "pg_partman, or a statement of pg_cron or cron, makes the partitions of the next weeks each night; alert when the job fails.",
                "Keep several spans ahead: as many as the longest holiday.",
            ], lock: LockNote.none, gain: Gain("nobody has to think of it", .ruleOfThumb),
            verify: "the newest bound moves on each night", undo: "stop the job")
        return [next(bounds, table, survey), job].compactMap(\.self)
    }

    private func next(_ bounds: PartitionBounds, _ table: String, _ survey: IndexSurvey) -> Action? {
        guard let start = bounds.newestStart, let end = bounds.newestEnd else { return nil }
        let until = PartitionStep(from: start, to: end).after(end)
        let name = SQL.freeName(
            [bounds.relation.name, "p" + Self.digits(end)], suffix: "", besides: survey.names.takenNames)
        let part = QualifiedName(bounds.relation.schema, name).quoted
        let literal = { (moment: Date) in
            SQL.literal(bounds.type == "timestamp with time zone" ? Self.text(moment) + "+00" : Self.text(moment))
        }
        var steps = ["See that the bounds are those that you want."]
        if let other = bounds.defaultPartition {
            steps.append(
                "It fails while rows of that span are in \(other): move them first, in one transaction (schema.rows-in-default-partition says how)."
            )
        }
        return Action(
            .fix, "make the next partition",
            sql: [
                "CREATE TABLE \(part) (LIKE \(table) INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE);",
                "SET lock_timeout = '2s';",
                "ALTER TABLE \(table) ATTACH PARTITION \(part) FOR VALUES FROM (\(literal(end))) TO (\(literal(until)));",
                "RESET lock_timeout;",
            ], steps: steps,
            lock: LockNote(
                "SHARE UPDATE EXCLUSIVE",
                bounds.defaultPartition == nil
                    ? "reads and writes go on; an instant"
                    : "on the table; ACCESS EXCLUSIVE on the default partition while it is read through"),
            gain: Gain("rows up to \(Self.text(until)) have a place", .byDefinition),
            verify: "\\d+ \(table) in psql shows it",
            undo: "ALTER TABLE \(table) DETACH PARTITION \(part); DROP TABLE \(part); -- while it is empty",
            caution:
                "rights on the partition itself are not copied; those on the table are enough for statements that name the table"
        )
    }

    private static func text(_ moment: Date) -> String {
        let text = moment.formatted(
            .iso8601.year().month().day().dateSeparator(.dash).time(includingFractionalSeconds: false).timeSeparator(
                .colon
            ).dateTimeSeparator(.space))
        return text.hasSuffix("Z") ? String(text.dropLast()) : text
    }

    private static func digits(_ moment: Date) -> String { String(text(moment).filter(\.isNumber).prefix(8)) }

    static let examples: [RuleExample] = [
        .fires("a month that ends tomorrow", on: "public.events") { $0.addBounds(span: 30, left: 1) },
        .fires("the last day is over: inserts fail", on: "public.events") { $0.addBounds(span: 1, left: -0.1) },
        .fires("past, with a default partition", on: "public.events") {
            $0.addBounds(span: 1, left: -0.5)
            $0.addTable("events_default")
            $0.catalogs[0].partitionBounds![0].defaultPartition = QualifiedName("public", "events_default")
        },
        .silent("tomorrow's is there") { $0.addBounds(span: 1, left: 1.2) },
        .silent("reaches to MAXVALUE") {
            $0.addBounds(span: 1, left: -0.1)
            $0.catalogs[0].partitionBounds![0].isOpenEnded = true
        },
        .silent("closed years ago") { $0.addBounds(span: 30, left: -900) },
        .silent("nothing is inserted") {
            $0.addBounds(span: 1, left: -0.1)
            $0.addTable("events_1") { $0.counters.inserted = 0 }
        },
        .inconclusive("bounds were not read") { $0.catalogs[0].partitionBounds = nil },
    ]
}

/// From one bound to the next: whole months where both stand at midnight of the same day of a month, else the same time.
struct PartitionStep {
    private let months: Int
    private let seconds: Double

    private static var calendar: Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: "UTC")!
        return calendar
    }

    init(from start: Date, to end: Date) {
        seconds = end.timeIntervalSince(start)
        let (a, b) = (
            Self.calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: start),
            Self.calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: end)
        )
        let isMonthly = a.day == b.day && a.hour == b.hour && a.minute == b.minute && a.second == b.second
        months = isMonthly ? ((b.year ?? 0) - (a.year ?? 0)) * 12 + (b.month ?? 0) - (a.month ?? 0) : 0
    }

    func after(_ moment: Date) -> Date {
        guard months > 0 else { return moment.addingTimeInterval(seconds) }
        return Self.calendar.date(byAdding: .month, value: months, to: moment) ?? moment.addingTimeInterval(seconds)
    }
}

extension Snapshot {
    /// `events` with one partition; `span` and `left` in days.
    mutating func addBounds(span: Double, left: Double) {
        addTable("events") {
            $0.kind = .partitioned
            $0.estimatedRows = -1
        }
        addTable("events_1") {
            $0.isPartition = true
            $0.partitionRoot = QualifiedName("public", "events")
        }
        let end = takenAt.addingTimeInterval(left * 86_400)
        catalogs[0].partitionBounds = [
            .make {
                $0.relation = QualifiedName("public", "events")
                $0.column = "at"
                $0.type = "timestamp with time zone"
                $0.partitions = 12
                $0.newestEnd = end
                $0.newestStart = end.addingTimeInterval(-span * 86_400)
            }
        ]
    }
}
