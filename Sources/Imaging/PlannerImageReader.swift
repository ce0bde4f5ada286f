import Model
import PostgresClient
import Queries

/// Reads the planner's image of the session's database: definitions, statistics, sizes and settings, by SELECTs only, in two round
/// trips. Values of statistics and literals in definitions are as they stand there.
package struct PlannerImageReader: Sendable {
    /// s for each query on the server.
    package var statementTimeout = 20.0
    /// Objects of a kind (types, functions, tables, indexes, constraints, views) at most.
    package var objectLimit = 20_000
    /// Columns with statistics at most.
    package var columnLimit = 20_000

    package init() {}

    /// - Throws: `ImagingError` where not even the database's own row could be read. What else could not be read is said in the
    ///   image's `missing`.
    package func read(_ session: TargetSession, deadline: ContinuousClock.Instant? = nil) async throws(ImagingError)
        -> PlannerImage
    {
        let major = session.identity.serverVersion / 10000
        let groups = try Self.questions.map { query throws(ImagingError) in
            // Of settings it is the session's own value that is asked for.
            QueryGroup([try sent(query, major)], settings: query == .imageSettings ? [] : Self.printing)
        }
        var settings = TransactionSettings()
        settings.statementTimeout = statementTimeout
        let results = await session.read(groups, settings: settings, deadline: deadline)
        var draft = ImageDraft(objectLimit: objectLimit, columnLimit: columnLimit)
        for (query, result) in zip(Self.questions, results) { try draft.take(query, result[0]) }

        let oids = draft.measuredRelations
        if !oids.isEmpty {
            let sizes = try sent(.sizes, major, [.oids("relations", oids)])
            try draft.take(.sizes, await session.read([sizes], settings: settings, deadline: deadline)[0])
        }
        return draft.image()
    }

    private static let questions: [CatalogQuery] = [
        .imageDatabase, .imageSettings, .imageSchemas, .imageTypes, .imageFunctions, .imageTables, .imageIndexes,
        .imageConstraints, .imageViews, .imageDependencies, .imageRelations, .imageLeftOut, .imageColumns,
        .imageExtendedStatistics,
    ]

    /// How values are printed, so that a server elsewhere reads them as they were meant.
    private static let printing: [(name: String, value: String)] = [
        ("DateStyle", "ISO, YMD"), ("IntervalStyle", "postgres"), ("TimeZone", "UTC"), ("extra_float_digits", "1"),
        ("bytea_output", "hex"), ("lc_monetary", "C"), ("quote_all_identifiers", "off"),
    ]

    private func sent(
        _ query: CatalogQuery, _ major: Int, _ variables: [CatalogQuery.Variable] = []
    ) throws(ImagingError) -> Query {
        let limit = query == .imageColumns ? columnLimit : query == .imageDependencies ? 50 * objectLimit : objectLimit
        do {
            return Query(
                query.rawValue, try query.sql(forMajor: major, variables: variables + [.number("limit", limit)]))
        } catch {
            throw ImagingError("the planner's image cannot be read from PostgreSQL \(major): \(error)")
        }
    }
}

/// Why there is no image.
package struct ImagingError: Error, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
