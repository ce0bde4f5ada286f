import Model
import Statements

/// Which statements are explained in a database, in what form, and why others are not.
struct Eligibility {
    /// Share of the database's explainable time that explained statements shall make up, and how many they are at most:
    /// beyond, a plan changes no diagnosis, and each costs the server a planning.
    static let coverage = 0.95
    /// On a server with one dominating statement the next few are worth a look too.
    static let minimum = 10
    static let limit = 30

    static let isUtility = "EXPLAIN does not take this kind of statement"

    let isSuperuser: Bool
    /// Explaining a write takes its right; only these have it without our knowing each table's.
    let mayWrite: Bool
    /// Names of functions and operators outside pg_catalog.
    let foreignNames: Set<String>
    let lockedModes: [QualifiedName: Set<String>]
    let names: RelationNames

    /// A statement to explain, as it is sent.
    struct Candidate: Sendable {
        var queryID: Int64
        var searchPath: [String]
        /// The statement, or the SELECT in its place.
        var text: String
        var parameterCount: Int
        var basis: StatementPlan.Basis
        var relations: [QualifiedName]
    }

    enum Verdict {
        case explain(Candidate)
        case no(String)
    }

    func verdict(on text: String, queryID: Int64, searchPath: [String]) -> Verdict {
        guard text.utf8.count <= 60_000 else { return .no("its text is too long to explain") }
        let parsed: ParsedStatement
        do throws(ParsingError) {
            parsed = try ParsedStatement(parsing: text)
        } catch {
            return .no(error.description)
        }
        guard parsed.kind != .utility else { return .no(Self.isUtility) }
        if isSuperuser, let reason = danger(of: parsed, searchPath) { return .no(reason) }
        let needsWriteRight = parsed.writes || parsed.locksRows
        var sent = parsed
        var basis: StatementPlan.Basis = parsed.parameterCount == 0 ? .custom : .generic
        if needsWriteRight && !mayWrite {
            guard let select = parsed.equivalentSelect, let reparsed = try? ParsedStatement(parsing: select),
                reparsed.kind == .select, !reparsed.writes, !reparsed.locksRows
            else {
                return .no("explaining a write takes the right to write, which is never asked for")
            }
            sent = reparsed
            basis = .equivalentSelect
        }
        let relations = names.relations(of: sent, searchPath: searchPath)
        let conflicting = Self.conflicts(writes: sent.writes, locksRows: sent.locksRows)
        for relation in relations where !(lockedModes[relation] ?? []).isDisjoint(with: conflicting) {
            return .no("\(relation) is locked by another session: EXPLAIN would have waited")
        }
        return .explain(
            Candidate(
                queryID: queryID, searchPath: searchPath, text: sent.preparable, parameterCount: sent.parameterCount,
                basis: basis, relations: relations))
    }

    /// Lock modes, held or awaited, that the lock which EXPLAIN takes would queue behind.
    /// https://www.postgresql.org/docs/current/explicit-locking.html#TABLE-LOCK-COMPATIBILITY
    static func conflicts(writes: Bool, locksRows: Bool) -> Set<String> {
        if writes {
            return ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"]
        }
        return locksRows ? ["ExclusiveLock", "AccessExclusiveLock"] : ["AccessExclusiveLock"]
    }

    /// Why a superuser does not plan the statement: the planner executes functions that users wrote, as the superuser.
    private func danger(of parsed: ParsedStatement, _ searchPath: [String]) -> String? {
        let reason = "it may call functions outside pg_catalog, which planning could execute as superuser"
        if searchPath.contains("pg_catalog"), searchPath.first != "pg_catalog" { return reason }
        let called = parsed.functions.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
        let operators = parsed.root.all("A_Expr").compactMap { $0.strings("name").last }
        if (called + operators).contains(where: foreignNames.contains) { return reason }
        let isView = names.relations(of: parsed, searchPath: searchPath).contains { names.kind(of: $0) == .view }
        return isView ? "it reads a view: " + reason : nil
    }
}

/// Resolves the names that statements use.
struct RelationNames {
    private let kinds: [QualifiedName: Relation.Kind]
    let schemas: Set<String>

    init(_ relations: [Relation]) {
        kinds = Dictionary(relations.map { ($0.name, $0.kind) }, uniquingKeysWith: { first, _ in first })
        schemas = Set(relations.map(\.name.schema))
    }

    func kind(of name: QualifiedName) -> Relation.Kind? { kinds[name] }

    /// The relations that the statement names, each once.
    func relations(of parsed: ParsedStatement, searchPath: [String]) -> [QualifiedName] {
        var found: [QualifiedName] = []
        for node in parsed.root.all("RangeVar") {
            guard let name = node.string("relname") else { continue }
            let schemas = node.string("schemaname").map { [$0] } ?? ["pg_catalog"] + searchPath
            for schema in schemas where kinds[QualifiedName(schema, name)] != nil {
                let resolved = QualifiedName(schema, name)
                if !found.contains(resolved) { found.append(resolved) }
                break
            }
        }
        return found
    }
}
