import Model
import PostgresClient

/// How long a trip may take: each statement on the server, and all together on our clock.
struct SessionLimits: Sendable {
    var query: Duration
    var deadline: ContinuousClock.Instant

    var settings: TransactionSettings {
        var settings = TransactionSettings()
        settings.statementTimeout = max(0.05, query.milliseconds / 1000)
        return settings
    }
}

/// A read-only session, with failures told as a visit needs them.
struct Session: Sendable {
    private let session: TargetSession

    static func open(
        _ target: ConnectionTarget, database: String? = nil, within limit: Duration
    ) async throws -> Session {
        let place = try database.map { try target.inDatabase($0) } ?? target
        return Session(
            session: try await TargetSession.connect(place, within: max(0.1, limit.milliseconds / 1000)))
    }

    var identity: TargetSession.Identity { session.identity }
    /// Over a unix socket: the server is on this machine.
    var isLocal: Bool { session.identity.host.hasPrefix("/") }

    func close() async { await session.close() }

    /// Each query in a fence of its own, all in one round trip.
    func read(_ queries: [Query], within limits: SessionLimits) async -> [Result<[Row], QueryFailure>] {
        await session.read(queries, settings: limits.settings, deadline: limits.deadline)
            .map { result in result.mapError(QueryFailure.init).flatMap(Self.rows) }
    }

    /// Groups in one round trip; of each the rows of every query, or why its first failure failed.
    func run(
        _ groups: [QueryGroup], settings others: [(name: String, value: String)], within limits: SessionLimits
    ) async -> [Result<[[Row]], QueryFailure>] {
        var settings = limits.settings
        settings.others = others
        return await session.read(groups, settings: settings, deadline: limits.deadline).map { results in
            var rows: [[Row]] = []
            for result in results {
                switch result.mapError(QueryFailure.init).flatMap(Self.rows) {
                case .success(let more): rows.append(more)
                case .failure(let failure): return .failure(failure)
                }
            }
            return .success(rows)
        }
    }

    /// The same, with what `decode` makes of each result as it comes, while the server is busy with the next query.
    func read<Value: Sendable>(
        _ queries: [Query], within limits: SessionLimits, decode: @escaping @Sendable (Rows) throws -> Value
    ) async -> [Result<(rows: [Row], value: Value), QueryFailure>] {
        await session.read(queries.map { QueryGroup([$0]) }, settings: limits.settings, deadline: limits.deadline) {
            (rows: try $0.map { $0 }, value: try decode($0))
        }
        .map { $0[0].mapError(QueryFailure.init) }
    }

    private static func rows(_ rows: Rows) -> Result<[Row], QueryFailure> {
        .success((try? rows.map { $0 }) ?? [])
    }
}

extension QueryFailure {
    init(_ error: QueryError) {
        self.init(sqlState: error.sqlState, message: error.message)
        switch error.kind {
        case .connectionLost: isConnectionLost = true
        case .cancelled: isDeadline = true
        case .timeout where error.sqlState == nil: isDeadline = true
        default: break
        }
    }
}
