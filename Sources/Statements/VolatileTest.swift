/// `at > clock_timestamp() - $1`: a column compared with a value that PostgreSQL makes anew for every row.
package struct VolatileTest: Sendable {
    package var column: ColumnUse
    /// The volatile function, of several the first.
    package var function: String
    package var level: Int
    /// Bytes of the text at which the names of volatile functions stand.
    var locations: [Int]
    /// All of them are that function.
    var isOfOne: Bool
}

extension StatementShape {
    /// VOLATILE functions of pg_catalog that make a value to compare with: pg_proc.provolatile on 15.18 and 18.1.
    static let volatileValues: Set<String> = [
        "clock_timestamp", "timeofday", "random", "random_normal", "nextval", "currval", "lastval", "setval",
        "gen_random_uuid", "uuidv4", "uuidv7", "set_config", "pg_current_wal_lsn", "pg_current_wal_insert_lsn",
        "pg_current_wal_flush_lsn", "pg_last_wal_replay_lsn", "pg_last_wal_receive_lsn",
        "pg_last_xact_replay_timestamp", "pg_relation_size", "pg_table_size", "pg_total_relation_size",
        "pg_database_size",
    ]

    /// Those in the statement's own text that stand under no NOT and no OR, outside subqueries.
    package var volatileTests: [VolatileTest] {
        conjuncts.compactMap { conjunct in
            guard let found = volatileValue(conjunct.node, at: conjunct.level),
                case let calls = Self.volatileCalls(found.value), let name = calls.first?.strings("funcname").last,
                case let locations = calls.compactMap(\.location), locations.count == calls.count
            else { return nil }
            return VolatileTest(
                column: found.column, function: name, level: conjunct.level, locations: locations,
                isOfOne: calls.allSatisfy { $0.strings("funcname").last == name })
        }
    }

    private func volatileValue(_ node: Node, at level: Int) -> (column: ColumnUse, value: Node)? {
        if let comparison = valueComparison(node, at: level), comparison.operation != "<>" {
            return (comparison.column, comparison.value)
        }
        guard node.string("kind") == "AEXPR_BETWEEN", let column = column(node.node("lexpr"), at: level),
            let bounds = node.node("rexpr"), bounds.all("ColumnRef").isEmpty
        else { return nil }
        return (column, bounds)
    }

    /// Calls outside subqueries and not within each other: what a subquery returns is computed once.
    private static func volatileCalls(_ value: Node) -> [Node] {
        var found: [Node] = []
        value.walk { node in
            guard node.kind != "SubLink" else { return false }
            let name = node.strings("funcname")
            let isBuiltIn = name.count == 1 || name.count == 2 && name[0] == "pg_catalog"
            if node.kind == "FuncCall", isBuiltIn, let last = name.last, volatileValues.contains(last) {
                found.append(node)
                return false
            }
            return true
        }
        return found
    }

    /// The statement with the moment at which it arrived in place of the present one.
    package func statementTime(_ comparison: VolatileTest, in statement: ParsedStatement) -> String? {
        guard comparison.function == "clock_timestamp", comparison.isOfOne else { return nil }
        return replacingCalls(comparison, in: statement) { _ in "statement_timestamp()" }
    }

    /// The statement with `(SELECT f(…))`, which is computed once.
    package func computedOnce(_ comparison: VolatileTest, in statement: ParsedStatement) -> String? {
        replacingCalls(comparison, in: statement) { "(SELECT \($0))" }
    }

    private func replacingCalls(
        _ comparison: VolatileTest, in statement: ParsedStatement, by replacement: (String) -> String
    ) -> String? {
        guard let words = statement.words else { return nil }
        let calls = comparison.locations.compactMap { words.token(at: $0).flatMap(words.call) }
        guard calls.count == comparison.locations.count else { return nil }
        return statement.applying(
            calls.map { TextEdit(words.bytes(of: $0), replacement(words.text($0))) }, to: words)
    }
}
