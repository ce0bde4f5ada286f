import ArgumentParser
import Collecting
import Foundation
import Model

/// What the set of indexes may cost, and what it is for.
struct IndexBoundOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What new indexes may take, less what dropped ones free: 500MB, or 25% of the tables' size; 0: drops only.",
            valueName: "size|share"), transform: Self.storage)
    var budgetStorage: StorageBudget?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What their upkeep may cost, of the workload's cost: 10%.", valueName: "share"),
        transform: Self.share)
    var budgetWrites: Double?

    @Option(parsing: .unconditional, help: ArgumentHelp("At most so many new indexes.", valueName: "number"))
    var maxIndexes: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What each must save at least, of the workload's cost or of its statements' mean cut (default: 1%, or half of one statement's part).",
            valueName: "share"),
        transform: Self.share)
    var minGain: Double?

    @Option(help: ArgumentHelp("Only indexes on this table; repeatable.", valueName: "name"))
    var table: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Only for this statement of pg_stat_statements; repeatable.", valueName: "queryid"))
    var statement: [Int64] = []

    @Flag(name: .customLong("no-drop"), help: "Advise new indexes only: nothing is dropped or replaced.")
    var noDrop = false

    @Flag(
        help:
            "Where the statistics have every value once, print a unique index, after the query that checks that it can be one."
    )
    var unique = false

    @Option(help: ArgumentHelp("Time for the search, which comes on top of --timeout.", valueName: "span"))
    var timeLimit = TimeSpan(seconds: 25)

    func validate() throws {
        if let maxIndexes, maxIndexes < 0 { throw ValidationError("--max-indexes must be 0 or more") }
        guard timeLimit.seconds >= 1, timeLimit.seconds <= 86_400 else {
            throw ValidationError("--time-limit must be 1s or more, and a day at most")
        }
    }

    /// Something that only a search can heed.
    var isGiven: Bool {
        budgetStorage != nil || budgetWrites != nil || maxIndexes != nil || minGain != nil || noDrop || unique
            || !table.isEmpty
            || !statement.isEmpty
    }

    private static func storage(_ text: String) throws -> StorageBudget {
        guard let budget = StorageBudget(text) else {
            throw ValidationError("'\(text)' is not \(StorageBudget.allowed)")
        }
        return budget
    }

    private static func share(_ text: String) throws -> Double {
        guard let share = WrittenShare.share(text) else {
            throw ValidationError("'\(text)' is not \(WrittenShare.allowed)")
        }
        return share
    }

    /// With the tables found in the catalog, and the statements among those that were counted.
    func advice(in snapshot: Snapshot) throws -> AdviceOptions {
        var advice = AdviceOptions()
        switch budgetStorage {
        case .bytes(let bytes)?: advice.budget.storage = bytes
        case .share(let share)?: advice.storageShare = share
        case nil: break
        }
        advice.budget.writes = budgetWrites
        advice.budget.mostIndexes = maxIndexes
        if let minGain { (advice.budget.leastGain, advice.hasLeastGain) = (minGain, true) }
        advice.tables = try table.flatMap { try Self.tables($0, in: snapshot) }
        advice.advisesDrops = !noDrop
        advice.makesUnique = unique
        advice.searchTime = .seconds(timeLimit.seconds)
        return advice
    }

    /// Those of this name in any schema; `schema.table` names one.
    private static func tables(_ name: String, in snapshot: Snapshot) throws -> [QualifiedName] {
        let all = (snapshot.catalogs.first?.relations ?? []).filter { !$0.isSystem && $0.kind != .toast }
        let found = all.filter {
            [$0.name.name, "\($0.name.schema).\($0.name.name)", $0.name.quoted].contains(name)
        }
        guard let first = found.first else {
            let names = all.flatMap { [$0.name.name, "\($0.name.schema).\($0.name.name)"] }
            let near = NearName.nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
            let database = snapshot.catalogs.first?.database ?? snapshot.server.database
            throw Failure(.unusable, "--table: there is no table \(name) in \(database)\(near)")
        }
        let tables = found.filter { [.table, .partitioned, .materializedView].contains($0.kind) }
        guard !tables.isEmpty else {
            let what =
                first.kind == .view
                ? "a view: name the tables that it reads" : "a foreign table: it has no indexes here"
            throw Failure(.unusable, "--table: \(name) is \(what)")
        }
        return tables.map(\.name)
    }

    /// The statements of pg_stat_statements that were asked for; empty: all.
    func queryIDs(in snapshot: Snapshot) throws -> Set<Int64> {
        Set(try statement.map { try Self.queryID($0, in: snapshot) })
    }

    private static func queryID(_ id: Int64, in snapshot: Snapshot) throws -> Int64 {
        guard let statistics = snapshot.statementStatistics else {
            throw Failure(.unusable, "--statement: pg_stat_statements could not be read; see pgmedic doctor")
        }
        guard statistics.statements.contains(where: { $0.queryID == id }) else {
            throw Failure(
                .unusable,
                "--statement: no statement has the queryid \(id); pgmedic statements --all --format json lists them")
        }
        return id
    }
}
