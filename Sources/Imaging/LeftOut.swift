import Model
import PostgresClient

/// What an image does not hold, in sentences.
enum LeftOut {
    static func sentence(_ row: Row) throws -> String {
        let number = try row.int("number")
        let example = try row.string("example")
        let which = number == 1 ? "(\(example))" : "(\(number), \(example) among them)"
        switch try row.string("what") {
        case "row_security":
            return "Row security \(which) is left out: plans of roles under it have its conditions too."
        case "foreign": return "Foreign tables \(which) are plain tables here."
        case "stub":
            return
                "Functions not in SQL \(which) have a body here that gives one value: the planner sees their volatility, cost and rows."
        case "aggregate": return "Ordered-set aggregates of users \(which) are left out."
        case "type": return "Base types \(which) are left out."
        case "operator": return "Operators of users \(which) are left out."
        case "operator_class": return "Operator classes of users \(which) are left out."
        case "rule": return "Rules \(which) are left out."
        case let other: return "Objects of the kind \(other) \(which) are left out."
        }
    }

    /// Relations that no definition makes, and tables without statistics.
    static func unseen(_ image: PlannerImage) -> [String] {
        let tables = image.relations.filter { ["r", "p", "f", "m"].contains($0.kind) }
        let made = Set(
            image.definitions.filter { [.table, .partition, .view].contains($0.kind) }.map(\.name))
        var sentences: [String] = []
        let unmade = tables.map(\.name).filter { !made.contains($0) }
        if let first = unmade.first {
            let number = unmade.count == 1 ? first.quoted : "\(unmade.count) tables, \(first.quoted) among them,"
            sentences.append(
                "The definition of \(number) was not read: another session holds AccessExclusiveLock, or the limit was reached."
            )
        }
        let seen = Set(image.columns.map(\.relation))
        let blind = tables.filter { $0.tuples > 0 && $0.kind != "f" && !seen.contains($0.name) }
        if let first = blind.first {
            let number =
                blind.count == 1 ? first.name.quoted : "\(blind.count) tables, \(first.name.quoted) among them,"
            sentences.append(
                "Statistics of \(number) were not shown: our role may not read them (pg_read_all_data would do), row security hides "
                    + "them, or they were never analysed.")
        }
        let known = Set(image.extended.map(\.name))
        let unknown = image.definitions.filter { $0.kind == .statistics && !known.contains($0.name) }
        if let first = unknown.first {
            sentences.append(
                "What extended statistics \(first.name.quoted)\(unknown.count > 1 ? " and \(unknown.count - 1) others" : "") know "
                    + "was not shown: PostgreSQL shows it to the table's owner only.")
        }
        return sentences
    }
}
