import Model
import PostgresClient
import Queries

/// An image in the making: what each query brought.
struct ImageDraft {
    private var picture = PlannerImage()
    private var order = DefinitionOrder()
    private var relations: [(oid: Int64, image: PlannerImage.RelationImage)] = []
    private let objectLimit: Int
    private let columnLimit: Int

    init(objectLimit: Int, columnLimit: Int) {
        self.objectLimit = objectLimit
        self.columnLimit = columnLimit
    }

    /// - Throws: `ImagingError` where the database's own row is missing, or the connection was lost.
    mutating func take(_ query: CatalogQuery, _ result: Result<Rows, QueryError>) throws(ImagingError) {
        do {
            let rows = try result.get()
            try take(query, rows)
            let limit = query == .imageColumns ? columnLimit : objectLimit
            if Self.limited.contains(query), rows.count >= limit {
                picture.missing.append("Of \(Self.noun(query)) only the first \(limit) were read.")
            }
        } catch {
            let failure = error as? QueryError
            let isLost = failure?.kind == .connectionLost || failure?.kind == .cancelled
            guard query != .imageDatabase, !isLost else {
                throw ImagingError("the planner's image could not be read: \(error)")
            }
            picture.missing.append("\(Self.noun(query).capitalizedFirst) could not be read: \(Self.reason(error)).")
        }
    }

    private mutating func take(_ query: CatalogQuery, _ rows: Rows) throws {
        switch query {
        case .imageDatabase: try rows.each { try picture.takeDatabase($0) }
        case .imageSettings: try rows.each { picture.settings[try $0.string("name")] = try $0.string("value") }
        case .imageDependencies: try rows.each { try order.takeDependency($0) }
        case .imageRelations: relations = try rows.map { (try $0.int64("oid"), try PlannerImage.RelationImage($0)) }
        case .sizes:
            let sizes = try rows.map { (try $0.int64("oid"), try $0.int64IfPresent("size")) }
            let bytes = Dictionary(sizes, uniquingKeysWith: { first, _ in first })
            for place in relations.indices {
                relations[place].image.filePages = (bytes[relations[place].oid] ?? nil).map {
                    $0 / Int64(picture.blockSize)
                }
            }
        case .imageColumns: picture.columns = try rows.map { try PlannerImage.ColumnImage($0) }
        case .imageExtendedStatistics:
            picture.extended = try rows.map { try PlannerImage.ExtendedImage($0) }
            if try rows.map({ try $0.bool("has_common_values") }).contains(true) {
                picture.missing.append("Most common values of extended statistics are left out.")
            }
        case .imageLeftOut: picture.missing += try rows.map { try LeftOut.sentence($0) }
        default: try rows.each { try order.takeDefinition($0) }
        }
    }

    /// What has a file whose size the planner asks for.
    var measuredRelations: [Int64] {
        relations.filter { ["r", "m", "i"].contains($0.image.kind) }.map(\.oid)
    }

    func image() -> PlannerImage {
        var image = picture
        image.definitions = order.definitions
        image.relations = relations.map(\.image)
        image.missing += LeftOut.unseen(image)
        return image
    }

    private static let limited: Set<CatalogQuery> = [
        .imageSchemas, .imageTypes, .imageFunctions, .imageTables, .imageIndexes, .imageConstraints, .imageViews,
        .imageRelations, .imageColumns, .imageExtendedStatistics,
    ]

    private static func noun(_ query: CatalogQuery) -> String {
        switch query {
        case .imageSettings: "the planner's settings"
        case .imageSchemas: "schemas, extensions and collations"
        case .imageTypes: "types and domains"
        case .imageFunctions: "functions"
        case .imageTables: "tables"
        case .imageIndexes: "indexes"
        case .imageConstraints: "constraints and extended statistics"
        case .imageViews: "views"
        case .imageDependencies: "dependencies between objects"
        case .imageRelations: "sizes of tables and indexes"
        case .sizes: "sizes of files"
        case .imageColumns: "statistics of columns"
        case .imageExtendedStatistics: "contents of extended statistics"
        default: query.rawValue
        }
    }

    /// Without the server's message, which may quote data.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? QueryError else { return "\(error)" }
        switch error.kind {
        case .privilege: return "our role may not"
        case .timeout: return "the time allowed was over"
        case .lockTimeout: return "a lock stood in the way"
        default: return error.sqlState.map { "SQLSTATE \($0)" } ?? "it could not be decoded"
        }
    }
}

extension Rows {
    fileprivate func each(_ take: (Row) throws -> Void) throws { _ = try map(take) }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
