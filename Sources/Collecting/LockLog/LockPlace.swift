import Model
import Statements

/// Where a wait for a row happened, out of a message's CONTEXT: `while updating tuple (0,1) in relation "orders"`.
struct LockPlace: Hashable {
    /// The table or index.
    var relation: LoggedRelation
    /// The table of a foreign key's check, with its schema.
    var checked: QualifiedName?

    init?(context: String?) {
        guard let context else { return nil }
        var found: LoggedRelation?
        for line in context.split(separator: "\n") {
            if line.hasPrefix("SQL statement \""), line.hasSuffix("\"") {
                let text = line.dropFirst("SQL statement \"".count).dropLast()
                if let table = Self.checkedTable(String(text)) { checked = table }
            } else if found == nil, let name = Self.relation(line) {
                found = line.hasPrefix("while ") ? .named(name) : .guessed(name)
            }
        }
        guard let place = checked.map(LoggedRelation.qualified) ?? found else { return nil }
        relation = place
    }

    /// The relation in quotes behind a tuple's place, which all of these contexts have, in any language.
    private static func relation(_ line: Substring) -> String? {
        guard let open = line.firstIndex(of: "("), let close = line[open...].firstIndex(of: ")") else { return nil }
        let numbers = line[line.index(after: open)..<close].split(separator: ",")
        guard numbers.count == 2, numbers.allSatisfy({ Int64($0) != nil }) else { return nil }
        // A name may hold quotes; nothing follows it in English.
        let pairs: [(Character, Character)] = [("\"", "\""), ("«", "»"), ("„", "“"), ("“", "”")]
        for (left, right) in pairs {
            guard let start = line[close...].firstIndex(of: left), let end = line.lastIndex(of: right), start < end
            else {
                continue
            }
            let name = line[line.index(after: start)..<end].trimming(" ")
            if !name.isEmpty { return String(name) }
        }
        return nil
    }

    /// The query by which a foreign key's trigger locks the row that is referred to, or those that refer to it:
    /// `SELECT 1 FROM ONLY "public"."orders" x WHERE "id" OPERATOR(pg_catalog.=) $1 FOR KEY SHARE OF x`.
    private static func checkedTable(_ text: String) -> QualifiedName? {
        guard let parsed = try? ParsedStatement(parsing: text), parsed.kind == .select,
            let locking = parsed.root.list("lockingClause").first, locking.string("strength") == "LCS_FORKEYSHARE",
            let table = parsed.root.all("RangeVar").first, !table.flag("inh"), let name = table.string("relname"),
            let schema = table.string("schemaname")
        else { return nil }
        return QualifiedName(schema, name)
    }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> Substring {
        var rest = self
        while rest.first == character { rest.removeFirst() }
        while rest.last == character { rest.removeLast() }
        return rest
    }
}
