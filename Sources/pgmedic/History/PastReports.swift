import ArgumentParser
import Configuration
import Diagnosing
import Foundation
import History
import Model
import Recommending
import Reporting
import Trends

/// A size on the command line: `500GB`.
struct ByteCount: ExpressibleByArgument {
    var bytes: Int64

    init?(argument: String) {
        guard case .bytes(let bytes)? = StorageBudget(argument), bytes > 0 else { return nil }
        self.bytes = bytes
    }
}

/// A zone on the command line, by its name in the tz database.
extension TimeZone: @retroactive ExpressibleByArgument {
    public init?(argument: String) { self.init(named: argument) }
}

/// Whose clock is read and written.
struct ZoneOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Whose hours and days are told, and are meant on the command line: Europe/Amsterdam; else timeZone of the project file, else UTC.",
            valueName: "zone"))
    var timeZone: TimeZone?

    /// - Parameter config: the project file, as it was given.
    func analysis(config: String?) throws -> TrendAnalysis.Options {
        var options = TrendAnalysis.Options()
        options.timeZone = try timeZone ?? ProjectFile.read(config)?.timeZone ?? .gmt
        return options
    }
}

/// What of a history is looked at.
struct SpanOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Up to the last snapshot, so far back: 24h, 30d.", valueName: "span"))
    var last: TimeSpan?
    @Option(help: ArgumentHelp("From this moment: 2026-11-01, 2026-11-01T08:30, -7d.", valueName: "moment"))
    var from: TimePoint?
    @Option(help: ArgumentHelp("To this moment; else the last snapshot.", valueName: "moment"))
    var to: TimePoint?

    func validate() throws {
        if last != nil && from != nil { throw ValidationError("give --last or --from, not both") }
    }

    /// - Parameters:
    ///   - standard: seconds back where nothing is given.
    ///   - zone: of moments that do not say theirs.
    func range(of summary: History.Summary, standard: Double, in zone: TimeZone) throws -> (from: Date, to: Date) {
        // A snapshot at the end shall be in.
        let end = to?.date(now: Date(), in: zone) ?? (summary.last ?? Date()).addingTimeInterval(0.001)
        // A young history is shown from its beginning, not at the edge of an empty week.
        let first = summary.first ?? .distantPast
        let start =
            from?.date(now: Date(), in: zone)
            ?? max(end.addingTimeInterval(-(last?.seconds ?? standard)), min(first, end.addingTimeInterval(-0.001)))
        guard start < end else { throw ValidationError("the time ends before it begins") }
        return (start, end)
    }
}

struct TrendsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trends",
        abstract: "Shows how a server did over time: what became slower, since when, and what changed with it.",
        discussion: """
            Reads a history; no server is asked. Levels that changed are dated and put down to what changed around them; \
            what goes by hours of the week, and limits that come near, are told where the data carry it.

            Examples:
              pgmedic trends shop --last 30d -o trends.html
              pgmedic trends --history shop.db --from 2026-11-01 --to 2026-11-08
            """)

    @OptionGroup var past: PastOptions
    @OptionGroup var span: SpanOptions
    @OptionGroup var zone: ZoneOptions
    @Option(help: ArgumentHelp("Bytes that all databases may take: 500GB.", valueName: "size"))
    var disk: ByteCount?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try output.check()
        var options = try zone.analysis(config: past.config)
        let zone = options.timeZone
        let (_, timeline) = try await past.timeline { summary in
            let (from, to) = try span.range(of: summary, standard: 7 * 86_400, in: zone)
            return TimelineQuery(
                from: from, to: to,
                measures: Dictionary(
                    uniqueKeysWithValues: SeriesKind.allCases.map { ($0, TrendAnalysis.measures(of: $0)) }))
        }
        options.diskSize = disk.map { Double($0.bytes) }
        let report = TrendAnalysis(timeline, options: options).report
        try output.write { WrittenTrends(report, options: $0) }
    }
}

struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sets a bad time beside a good one: what differs, by its share in the difference.",
        discussion: """
            A window is FROM/TO or FROM+SPAN: 2026-11-23T08:00+1h, -1h/-1min.

            Example:
              pgmedic compare shop --good 2026-11-16T08:00+1h --bad 2026-11-23T08:00+1h -o compare.html
            """)

    @OptionGroup var past: PastOptions
    @Option(help: ArgumentHelp("When all was well.", valueName: "window"))
    var good: TimeWindow
    @Option(help: ArgumentHelp("When it was not.", valueName: "window"))
    var bad: TimeWindow
    @OptionGroup var zone: ZoneOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try output.check()
        let now = Date()
        let options = try zone.analysis(config: past.config)
        let good = try good.range(now: now, in: options.timeZone, named: "--good")
        let bad = try bad.range(now: now, in: options.timeZone, named: "--bad")
        let (_, timeline) = try await past.timeline { _ in
            TimelineQuery(
                from: Date(timeIntervalSince1970: min(good.lowerBound, bad.lowerBound)),
                to: Date(timeIntervalSince1970: max(good.upperBound, bad.upperBound)))
        }
        let comparison = TrendAnalysis(timeline, options: options).comparison(good: good, bad: bad)
        try output.write { WrittenComparison(comparison, options: $0) }
    }
}

struct Slow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ranks the statements of a time: by time, mean, calls, I/O, temporary files, WAL, variance.",
        discussion: """
            Each is set against the time before: new, slower, faster, gone. Reporting roles are told by themselves.

            Example:
              pgmedic slow shop --last 24h --report-role bi --report-role batch
            """)

    @OptionGroup var past: PastOptions
    @OptionGroup var span: SpanOptions
    @OptionGroup var zone: ZoneOptions
    @Option(help: ArgumentHelp("A role whose statements are told by themselves; repeatable.", valueName: "role"))
    var reportRole: [String] = []
    @Option(help: ArgumentHelp("Statements of a ranking.", valueName: "count"))
    var limit = 20
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit must be 1 or more") }
    }

    func run() async throws {
        try output.check()
        let options = try zone.analysis(config: past.config)
        let (report, details) = try await past.read { try await self.report(of: $1, in: $0, options) }
        try output.write { WrittenSlowReport(report, details: details, options: $0) }
    }

    private func report(
        of summary: History.Summary, in history: History, _ options: TrendAnalysis.Options
    ) async throws -> (SlowReport, SlowDetails) {
        let (from, to) = try span.range(of: summary, standard: 86_400, in: options.timeZone)
        let window = from.timeIntervalSince1970..<to.timeIntervalSince1970
        // The time before, to be set against.
        var query = TimelineQuery(from: from.addingTimeInterval(from.timeIntervalSince(to)), to: to)
        query.fullStatements = 500
        let (asked, target) = (query, summary.stored.target)
        let timeline = try await HistoryAccess.told { try await history.timeline(of: target, asked) }
        let report = TrendAnalysis(timeline, options: options).slowReport(
            window: window, roles: reportRole, limit: limit)
        return (report, try await details(of: target, in: history, window))
    }

    /// How the statements are planned and what is advised, by the last snapshot; of another time than that it says nothing.
    private func details(
        of target: HistoryTarget, in history: History, _ window: Range<Double>
    ) async throws -> SlowDetails {
        let last = try await HistoryAccess.told { try await history.latest(of: target)?.snapshot }
        guard let last, window.contains(last.takenAt.timeIntervalSince1970) else { return SlowDetails() }
        let thresholds = try ProjectFile.read(past.config)?.thresholds(of: target.name)
        return SlowDetails(
            Diagnosis(judging: Observation(last, thresholds: thresholds ?? ThresholdAdjustments())))
    }
}
