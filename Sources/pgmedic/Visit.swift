import Collecting
import Diagnosing
import Foundation
import Model
import PostgresClient

/// A visit to a server as the options ask for it, with its errors turned into exit codes.
struct Visit: Sendable {
    private let target: ConnectionTarget
    private let server: NamedServer
    /// What the user said on the command line.
    private let told: HostFacts
    /// What is advised, and so proven, hangs on them.
    private let thresholds: ThresholdAdjustments
    private var options: CollectionOptions
    private let progress: ProgressLine

    /// - Parameters:
    ///   - everyStatement: the texts of all of pg_stat_statements are wanted, not of those that matter.
    ///   - isCompared: the snapshot is one end of a window: the numbers of all entries are wanted, so that each that is listed
    ///     at one end is listed at the other.
    init(
        _ target: TargetOptions, told: HostFacts = HostFacts(),
        thresholds: ThresholdAdjustments = ThresholdAdjustments(), quiet: Bool, everyStatement: Bool = false,
        isCompared: Bool = false, measuresBloat: Bool = false
    ) throws {
        let server = try target.named()
        self.server = server
        self.told = told
        self.thresholds = thresholds
        self.target = try Failure.unusable { try ConnectionTarget(dsn: server.dsn) }
        var options = target.collection
        options.generator = Pgmedic.generator
        if everyStatement { options.textLimit = .max }
        if isCompared { options.statementLimit = .max }
        options.measuresBloat = measuresBloat
        self.options = options
        progress = ProgressLine(quiet: quiet)
    }

    /// One of many, which says nothing on the terminal.
    init(_ server: NamedServer, options: CollectionOptions, thresholds: ThresholdAdjustments) throws {
        self.server = server
        told = HostFacts()
        self.thresholds = thresholds
        target = try Failure.unusable { try ConnectionTarget(dsn: server.dsn) }
        self.options = options
        self.options.generator = Pgmedic.generator
        progress = ProgressLine(quiet: true)
    }

    /// For the index adviser: every statement, and no plans, which it asks for itself.
    init(forAdvice target: TargetOptions, on statements: [String], quiet: Bool) throws {
        try self.init(target, quiet: quiet, everyStatement: true)
        options.otherStatements = statements
        options.statementLimit = .max
        options.explainsStatements = false
        options.asksWhatIf = false
        options.readsLog = false
        options.sampleCount = 0
    }

    func snapshot() async throws -> Snapshot {
        try named(try await guarded { try await collect() })
    }

    /// The same for one of many: its errors are its own, and it is cancelled by its task.
    func snapshot(step: @escaping @Sendable (CollectionStep) -> Void) async throws -> Snapshot {
        try named(await proven(try await Collector.collect(target, options: options, progress: step)))
    }

    /// With what the user calls it and says of its machine.
    private func named(_ snapshot: Snapshot) throws -> Snapshot {
        var snapshot = snapshot
        snapshot.server.target = server.target
        try snapshot.take(told.filled(from: server.facts))
        return snapshot
    }

    /// Two readings with a pause between them; nothing is open meanwhile.
    func sampled(over seconds: Double) async throws -> (snapshot: Snapshot, earlier: Snapshot?) {
        let pair = try await guarded {
            let progress = progress
            let pair = try await Collector.collect(target, window: .seconds(seconds), options: options) {
                progress.show($0.text)
            }
            return (await proven(pair.second), pair.first)
        }
        return (try named(pair.0), pair.1)
    }

    private func collect() async throws -> Snapshot {
        let progress = progress
        return await proven(try await Collector.collect(target, options: options) { progress.show($0.text) })
    }

    /// With the planner's word on the statements that a diagnosis advises in place of others, and with what was to be measured.
    private func proven(_ snapshot: Snapshot) async -> Snapshot {
        guard !snapshot.isIncomplete else { return snapshot }
        var snapshot = snapshot
        if options.explainsStatements {
            let rewrites = Engine().judge(Observation(snapshot, thresholds: thresholds)).rewrites
            snapshot = await Collector.explain(rewrites, in: snapshot, target, options: options) {
                progress.show($0.text)
            }
        }
        guard options.measuresBloat else { return snapshot }
        let suspects = Observation(snapshot).bloatSuspects(in: snapshot.server.database)
        return await Collector.measure(suspects, in: snapshot, target, options: options) { progress.show($0.text) }
    }

    private func guarded<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result
    {
        defer { progress.clear() }
        do {
            return try await Interruption.cancellable(work)
        } catch let error as ConnectionError {
            throw Failure(error.kind == .badDSN ? .unusable : .unreachable, error.description)
        }
    }
}

extension TargetOptions {
    var collection: CollectionOptions {
        var options = CollectionOptions()
        options.databases = allDatabases ? .all : database.isEmpty ? .target : .named(database)
        options.timeout = .seconds(timeout.seconds)
        options.queryTimeout = .seconds(queryTimeout.seconds)
        options.redaction = showLiterals ? .none : .literals
        if viewsOnly {
            options.explainsStatements = false
            options.asksWhatIf = false
            options.readsLog = false
        }
        if viewsOnly || noSamples { options.sampleCount = 0 }
        return options
    }
}

extension CollectionStep {
    /// For the progress line.
    fileprivate var text: String {
        switch self {
        case .connecting(let database): "connecting" + (database.map { " to \($0)" } ?? "")
        case .readingViews(let database): "reading the views of \(database)"
        case .readingColumns(let database): "reading columns of \(database)"
        case .explaining(let database, let statements): "explaining \(statements) statements of \(database)"
        case .sampling(let number, let of): "sampling activity, \(number) of \(of)"
        case .askingWhatIf(let statements): "asking the planner what if, \(statements) statements"
        case .redacting: "taking out literals"
        case .measuring(let number, let of): "measuring bloat, \(number) of \(of)"
        case .waiting(let window):
            "waiting \(TimeSpan(seconds: Double(window.components.seconds))) between two readings"
        }
    }
}
