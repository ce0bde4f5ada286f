import Foundation
import Model
import PostgresClient
import Queries
import Statements

/// One visit to a server while it goes on: what was read so far, what could not be read, what it cost.
///
/// Trips to the target's database: facts; views, numbers and texts; columns and definitions; plans. Then, counted apart,
/// the samples and what-if.
struct Visit {
    let options: CollectionOptions
    let texts: TextRedaction
    let progress: (@Sendable (CollectionStep) -> Void)?
    let deadline: ContinuousClock.Instant
    var snapshot = Snapshot()
    var book = NoteBook()
    var facts: ServerFacts?
    var statements: StatementsDraft?
    var drafts: [DepthDraft] = []
    /// What was read of the server's log, until the catalog has names for it.
    var logged: LoggedEvidence?
    var isCutShort = false
    /// The server's clock at the end of the last trip.
    var lastMoment: Date?
    /// Spent in pauses between readings of activity.
    var paused = Duration.zero

    init(_ options: CollectionOptions, progress: (@Sendable (CollectionStep) -> Void)?) {
        self.options = options
        self.progress = progress
        texts = TextRedaction(mode: options.redaction)
        deadline = .now + options.timeout
        snapshot.redaction = options.redaction
        snapshot.generator = options.generator
    }

    /// A database in depth.
    struct DepthDraft {
        var database: String
        var catalog = CatalogDraft()
        var hypoPGSchema: String?
        var foreignNames: Set<String> = []
        var names = RelationNames([])
        var isSuperuser = false
        /// Values to plan with; they leave with the visit.
        var values: [ColumnReference: ColumnValues] = [:]
    }

    var role: String { facts?.server.role ?? "" }
    var major: Int { facts?.server.version.major ?? 0 }
    var remaining: Duration { ContinuousClock.now.duration(to: deadline) }

    // MARK: Reading

    /// Queries of the catalog in one round trip, one transaction.
    mutating func ask(
        _ queries: [(query: CatalogQuery, major: Int, variables: [CatalogQuery.Variable])], on session: Session
    ) async -> Answers {
        var answers = Answers()
        var sent: [CatalogQuery] = []
        var statements: [Query] = []
        for (query, major, variables) in queries {
            do throws(CatalogQuery.MissingVariant) {
                // A server older than 14 is asked as 14: what it lacks fails alone.
                let sql = try query.sql(forMajor: max(major, Self.oldestMajor(of: query)), variables: variables)
                statements.append(Query(query.rawValue, sql))
                sent.append(query)
            } catch {
                answers[query] = .failure(QueryFailure(message: error.description))
            }
        }
        var last = ContinuousClock.now
        let results = await session.read(statements + [Self.timeQuery], within: limits, decode: EarlyRows.init)
        for (query, result) in zip(sent, results) {
            answers[query] = result.map(\.rows)
            guard case .success(let answer) = result else { continue }
            answers.early.take(answer.value)
            let time = max(0, (answer.value.arrived - last).milliseconds)
            snapshot.cost.add(query.rawValue, query.evidence, time: time, rows: answer.rows.count)
            last = answer.value.decoded
        }
        countTrip(statements.count + 1, time: results.last?.map(\.rows))
        if answers.isConnectionLost { isCutShort = true }
        return answers
    }

    var limits: SessionLimits {
        SessionLimits(query: min(options.queryTimeout, max(remaining, .milliseconds(1))), deadline: deadline)
    }

    private static func oldestMajor(of query: CatalogQuery) -> Int { query.variants.contains(13) ? 13 : 14 }

    /// The last of each trip: ms since its transaction began, which is what the trip took the server.
    static let timeQuery = Query(
        "time",
        "SELECT \(CatalogQuery.mark) 1000 * pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - "
            + "pg_catalog.transaction_timestamp()) AS time, "
            + "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) AS moment")

    mutating func countTrip(_ statements: Int, time: Result<[Row], QueryFailure>?) {
        snapshot.cost.roundTrips += 1
        snapshot.cost.statements += statements
        count(time)
    }

    /// - Parameter time: what `timeQuery` gave.
    mutating func count(_ time: Result<[Row], QueryFailure>?) {
        guard case .success(let rows)? = time, let time = try? rows.first?.double("time") else { return }
        snapshot.cost.serverTime = (snapshot.cost.serverTime ?? 0) + time
        lastMoment = try? rows.first?.dateIfPresent("moment")
    }

    /// The rows of a query, decoded; a failure becomes a note, and nil.
    mutating func take<Value>(
        _ query: CatalogQuery, of answers: Answers, database: String? = nil,
        _ decode: ([Row]) throws -> Value
    ) -> Value? {
        guard let result = answers[query] else { return nil }
        do {
            return try decode(try result.get())
        } catch let failure as QueryFailure {
            book.add(
                failure, of: query, database: database, isWhole: database == nil || database == targetDatabase,
                role: role)
        } catch {
            // A row that does not decode is an error of ours; the message names query and column.
            let failure = QueryFailure(message: String(describing: error))
            book.add(
                failure, of: query, database: database, isWhole: database == nil || database == targetDatabase,
                role: role)
        }
        return nil
    }

    var targetDatabase: String { facts?.server.database ?? "" }
}
