import Model
import Statements

/// Rows fetched one by one that one statement could fetch together.
struct NPlusOne: Rule {
    static let metadata = RuleMetadata(
        id: "workload.n-plus-one",
        title: "Rows that are looked up one by one (N+1), possibly",
        area: .workload,
        needs: [.statements, .statementTexts],
        looksAt: "calls, rows and mean time of pg_stat_statements within the window: single-table lookups by a value, "
            + "against the statements of the same role that return lists",
        why: "An application that fetches a list and then one row for each of its entries pays a round trip a row. The "
            + "server is quick each time, the user waits all the same, and the server is busy with parsing, locking and "
            + "snapshots rather than with work.",
        limits: "The counters do not tell who called whom: it is possible, not proven. Named only where the same role "
            + "runs a statement that returns lists, and the lookups outnumber its calls. Queue pollers and caches that "
            + "are being filled look the same.",
        thresholds: [calls, callShare, timeShare, mean, rows, ratio],
        references: ["https://www.postgresql.org/docs/current/pgstatstatements.html"],
        explains: [.costsTime])

    private static let calls = Threshold(
        "calls in the window", 1000, "calls", source: "our choice: fewer round trips are no burden")
    private static let callShare = Threshold(
        "share of all calls", 0.2, "share", source: "our choice: a fifth of the server's calls shapes its load")
    private static let timeShare = Threshold(
        "share of time of the lookups and the list together", 0.01, "share",
        source: "our choice: its cost lies mostly in round trips, outside this share")
    private static let mean = Threshold(
        "mean time below which a lookup is quick", 2, "ms",
        source: "our choice: a lookup by an index, cached, takes a few tenths of a millisecond")
    private static let rows = Threshold(
        "rows a call at most", 1.05, "rows", source: "our choice: one row, with room for the odd exception")
    private static let ratio = Threshold(
        "lookups for each call of the list", 5, "calls",
        source: "our choice: fewer would be other screens of the same rows")

    func evaluate(_ observation: Observation) -> Outcome {
        let statements = observation.workload.statements
        let allCalls = statements.reduce(0) { $0 + Double($1.counters.calls) }
        return .findings(
            statements.compactMap { load in
                let calls = Double(load.counters.calls)
                guard calls >= Self.calls.value, calls >= allCalls * Self.callShare.value,
                    load.counters.meanTime < Self.mean.value,
                    load.counters.rowsPerCall <= Self.rows.value, load.counters.rowsPerCall > 0,
                    load.isLookup, let list = list(for: load, among: statements),
                    load.share + list.share >= Self.timeShare.value
                else { return nil }
                return finding(load, list, callShare: calls / allCalls, observation)
            })
    }

    /// The list whose entries are looked up: of the same role, its rows nearest to the number of lookups.
    private func list(for lookup: StatementLoad, among statements: [StatementLoad]) -> StatementLoad? {
        let calls = Double(lookup.counters.calls)
        return
            statements
            .filter { other in
                other.database == lookup.database && other.key != lookup.key && other.counters.calls > 0
                    && !Set(other.roles).isDisjoint(with: lookup.roles)
                    && other.counters.rowsPerCall >= Self.ratio.value
                    && calls >= Double(other.counters.calls) * Self.ratio.value
                    && other.parsed?.kind == .select
            }
            .min { distance($0, calls) < distance($1, calls) }
    }

    /// 1 where each row of the list was looked up exactly once.
    private func distance(_ list: StatementLoad, _ calls: Double) -> Double {
        let rows = Double(list.counters.rows)
        return max(rows / calls, calls / rows)
    }

    private func finding(
        _ load: StatementLoad, _ list: StatementLoad, callShare: Double, _ observation: Observation
    ) -> Finding {
        let counters = load.counters
        let match = distance(list, Double(counters.calls))
        return Finding(
            Self.metadata, severity: load.share >= 0.2 && match <= 2 ? .warning : .notice, tier: .cure,
            title: "possibly an N+1: \(Quantity.about(Double(counters.calls))) lookups of one row, \(load.label(36))",
            objects: [load.object, list.object],
            impact: Impact(load.share, .shareOfTime, Quantity.percent(callShare) + " of calls"),
            confidence: match <= 2 ? .medium : .low,
            summary: "\(load.roles.sorted().joined(separator: ", ")) looks up single rows "
                + "\(Quantity.about(Double(counters.calls))) times (\(Quantity.percent(callShare)) of all calls), while "
                + "\(Quantity.about(Double(list.counters.calls))) calls of a list returned "
                + "\(Quantity.about(Double(list.counters.rows))) rows.",
            evidence: [
                Evidence("calls", "lookups", .count(counters.calls)),
                Evidence("shareOfCalls", "share of all calls", .share(callShare)),
                Evidence("meanTime", "mean time of a lookup", .milliseconds(counters.meanTime)),
                Evidence("rowsPerCall", "rows a lookup", .number(counters.rowsPerCall)),
                Evidence("listCalls", "calls of the list", .count(list.counters.calls)),
                Evidence("listRows", "rows of the list", .count(list.counters.rows)),
                Evidence("statement", "lookup", .text(load.text ?? load.key.name)),
                Evidence("listStatement", "list", .text(list.text ?? list.key.name)),
            ],
            notIf: "each lookup is the request of another user, or a worker that polls a queue",
            actions: [load.sessionsNow(), batch(load)], explains: [load.link])
    }

    private func batch(_ load: StatementLoad) -> Action {
        Action(
            .cure, "fetch the rows together",
            steps: [
                "Find the loop in the application; an ORM's eager loading (includes, select_related, JOIN FETCH) is often "
                    + "all it takes.",
                "In SQL: join the looked-up table to the list, or ask for all keys at once: "
                    + "WHERE key = ANY($1), with an array of the keys.",
            ],
            gain: Gain(
                "at most \(Quantity.count(load.counters.calls)) round trips in the window become a few", .estimated),
            verify: "the calls of the lookup in the next diagnosis")
    }

    static let examples: [RuleExample] = [
        .fires("a list of 50, and 50 lookups", on: "lookup") {
            $0.addListAndLookups(listCalls: 1000, listRows: 50_000, lookups: 50_000)
        },
        .silent("as many lists as lookups") {
            $0.addListAndLookups(listCalls: 50_000, listRows: 2_500_000, lookups: 50_000)
        },
        .silent("another role lists") {
            $0.addListAndLookups(listCalls: 1000, listRows: 50_000, lookups: 50_000, lister: "report")
        },
        .silent("lookups alone, as in pgbench -S") {
            $0.addStatement(
                "lookup", "SELECT abalance FROM pgbench_accounts WHERE aid = $1", calls: 500_000, time: 50_000)
        },
        .silent("each lookup is slow: a missing index, not a loop") {
            $0.addListAndLookups(listCalls: 1000, listRows: 50_000, lookups: 50_000, lookupTime: 900_000)
        },
        .silent("they ask for many keys at once") {
            $0.addListAndLookups(
                listCalls: 1000, listRows: 50_000, lookups: 50_000,
                lookup: "SELECT * FROM customers WHERE id = ANY($1)")
        },
        .fires("the lookups themselves take half a percent of the time", on: "lookup") {
            $0.addListAndLookups(listCalls: 1000, listRows: 50_000, lookups: 50_000, lookupTime: 5000)
        },
        .silent("few") { $0.addListAndLookups(listCalls: 10, listRows: 500, lookups: 500) },
    ]
}

extension StatementLoad {
    /// A SELECT from one table where a column equals a value that is given.
    fileprivate var isLookup: Bool {
        guard let parsed, parsed.kind == .select, parsed.root.all("RangeVar").count == 1,
            let condition = parsed.root.node("whereClause")
        else { return false }
        return condition.all("A_Expr").contains { expression in
            expression.string("kind") == "AEXPR_OP" && expression.strings("name") == ["="]
                && isColumnAndValue(expression)
        }
    }

    private func isColumnAndValue(_ expression: Node) -> Bool {
        let sides = [expression.node("lexpr"), expression.node("rexpr")].compactMap { $0 }
        return sides.contains { $0.kind == "ColumnRef" } && sides.contains { isValue($0) }
    }

    private func isValue(_ node: Node) -> Bool {
        switch node.kind {
        case "ParamRef", "A_Const": true
        case "TypeCast": node.node("arg").map(isValue) ?? false
        default: false
        }
    }
}

extension Snapshot {
    fileprivate mutating func addListAndLookups(
        listCalls: Int64, listRows: Int64, lookups: Int64, lookupTime: Double = 20_000, lister: String = "app",
        lookup: String = "SELECT * FROM customers WHERE id = $1"
    ) {
        addStatement(
            "list", "SELECT * FROM orders WHERE day = $1", role: lister, calls: listCalls, time: 30_000, rows: listRows)
        addStatement("lookup", lookup, calls: lookups, time: lookupTime)
    }
}
