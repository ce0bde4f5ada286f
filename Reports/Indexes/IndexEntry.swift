import Model

/// One recommendation in words, the same in every format.
struct IndexEntry {
    var number: Int
    var recommendation: IndexRecommendation
    var advice: IndexAdvice

    struct Served {
        /// Redacted, on one line.
        var text: String
        /// `12,345 → 12 (-99.90 %)`
        var cost: String
        /// `30 % of the workload`
        var share: String
    }

    /// Statements that are written out of those that an index serves.
    static let listed = 5

    var title: String {
        let table = Visible.folded(recommendation.relation.description)
        let names = recommendation.drops.map { Visible.folded($0.description) }.joined(separator: ", ")
        switch recommendation.kind {
        case .create: return "create \(isUnique ? "a unique" : "an") index on \(index)"
        case .replace where recommendation.freed != nil: return "merge \(names) into an index on \(index)"
        case .replace: return "replace \(names) by \(isUnique ? "a unique" : "an") index on \(index)"
        case .drop: return "drop \(names) on \(table)"
        case .repair:
            return
                "build \(recommendation.repairs.map { Visible.folded($0.description) } ?? "an index") on \(table) again"
        }
    }

    private var isUnique: Bool { recommendation.uniqueness?.isChosen ?? false }

    /// `orders (customer_id, created_at DESC) WHERE …`
    private var index: String {
        guard let index = recommendation.index else { return Visible.folded(recommendation.relation.description) }
        var text = "\(index.relation) "
        if index.accessMethod != "btree" { text += "USING \(index.accessMethod) " }
        text += "(\(index.keys.joined(separator: ", ")))"
        if !index.included.isEmpty { text += " INCLUDE (\(index.included.joined(separator: ", ")))" }
        if let predicate = index.predicate { text += " WHERE \(predicate)" }
        return Visible.folded(text)
    }

    /// `62 %`; what a drop frees.
    var gain: String {
        if let freed = recommendation.freed { return "frees \(Quantity.bytes(freed))" }
        return switch recommendation.kind {
        case .create, .replace: "\(Quantity.percent(recommendation.gain)) of the load"
        case .drop: "frees \(Quantity.bytes(recommendation.size))"
        case .repair: "usable again"
        }
    }

    var basis: String {
        switch recommendation.basis {
        case .whatIf: "planner what-if"
        case .estimated: "estimated"
        case .catalog: "catalog"
        }
    }

    var served: [Served] {
        let known = recommendation.served.filter { advice.statements.indices.contains($0.statement) }
        let heaviest = known.sorted { advice.statements[$0.statement].share > advice.statements[$1.statement].share }
        return heaviest.prefix(Self.listed).map { served in
            let statement = advice.statements[served.statement]
            return Served(
                text: Visible.folded(statement.text), cost: Self.change(served.costBefore, served.costAfter),
                share: "\(Quantity.percent(statement.share)) of the workload")
        }
    }

    var unlistedServed: Int { max(0, recommendation.served.count - Self.listed) }

    /// `12,345 → 12 (-99.90 %)`
    static func change(_ before: Double, _ after: Double) -> String {
        let text = "\(cost(before)) → \(cost(after))"
        guard before > 0 else { return text }
        let share = after / before - 1
        // Near all of it the places after the point tell one from the other; what is left is never nothing.
        guard share <= -0.99, after > 0 else { return text + " (\(share > 0 ? "+" : "")\(Quantity.percent(share)))" }
        return text + " (\(Quantity.decimal(max(share, -0.9999) * 100, places: 2)) %)"
    }

    private static func cost(_ cost: Double) -> String {
        cost < 10 ? Quantity.decimal(cost, places: 2) : Quantity.about(cost)
    }

    /// Label and text, in the order in which they are to be read; without SQL.
    var facts: [(label: String, text: String)] {
        var facts: [(String, String)] = []
        if !recommendation.reason.isEmpty { facts.append(("why", Visible.folded(recommendation.reason))) }
        if let size { facts.append(("size", size)) }
        if let writes { facts.append(("writes", writes)) }
        facts.append(("lock", Visible.folded("\(recommendation.lockMode): \(recommendation.lockBlocks)")))
        if let time { facts.append(("time", time)) }
        if recommendation.kind == .create, !recommendation.makesNeedless.isEmpty {
            let names = recommendation.makesNeedless.map { Visible.folded($0.description) }
            facts.append(("needless", names.joined(separator: ", ")))
        }
        if let choice = recommendation.uniqueness { facts.append(("unique", Visible.folded(Self.text(of: choice)))) }
        return facts
    }

    private static func text(of choice: UniqueChoice) -> String {
        guard choice.isChosen else {
            return
                "the statistics, which are of a sample, have every value of \(choice.column) once: no proof. If none may come "
                + "twice, --unique prints the unique index and the query that checks it"
        }
        let cost = choice.checkCost.map { ", planner's cost \(Quantity.about($0))" } ?? ""
        return
            "the first statement returns a row where a value of \(choice.column) comes twice; it reads the whole table "
            + "(\(Quantity.bytes(choice.reads))\(cost)). By a unique index the planner knows that a look-up finds one row at most: "
            + "better estimates, joins that it can leave out; and INSERT … ON CONFLICT can name it"
    }

    /// For a column of a table.
    var bytes: String { recommendation.size > 0 ? Quantity.bytes(recommendation.size) : "–" }

    private var size: String? {
        guard recommendation.size > 0 else { return nil }
        let size = Quantity.bytes(recommendation.size)
        guard recommendation.kind == .create || recommendation.kind == .replace else {
            return recommendation.kind == .drop ? "\(size) come free" : size
        }
        let (least, greatest) = (recommendation.leastSize, recommendation.greatestSize)
        let old = recommendation.freed.map { ", in place of \(Quantity.bytes(recommendation.size + $0))" } ?? ""
        guard greatest > least else { return "about \(size)\(old)" }
        return "about \(size) (\(Quantity.bytes(least)) to \(Quantity.bytes(greatest)))\(old)"
    }

    private var writes: String? {
        let writes = recommendation.writes
        guard recommendation.kind != .repair else { return nil }
        guard recommendation.kind != .drop, recommendation.freed == nil else {
            return writes.rowsWritten > 0 ? "spares \(Quantity.about(writes.rowsWritten)) entries in the window" : nil
        }
        guard writes != IndexWriteCost() else { return "nothing was written in the window" }
        var parts = ["\(Quantity.about(writes.rowsWritten)) entries in the window"]
        if writes.hotUpdatesLost > 0 {
            parts.append("\(Quantity.about(writes.hotUpdatesLost)) updates are HOT no more")
        }
        if advice.costBefore > 0 {
            parts.append("upkeep costs \(Quantity.percent(writes.cost / advice.costBefore)) of the workload's cost")
        }
        if writes.basis == .counters { parts.append("by the table's own counters: its statements show less") }
        return parts.joined(separator: ", ")
    }

    private var time: String? {
        guard let least = recommendation.leastDuration, let greatest = recommendation.greatestDuration else {
            return nil
        }
        let (from, to) = (Quantity.seconds(least), Quantity.seconds(greatest))
        return from == to ? "about \(to)" : "\(from) to \(to)"
    }

    /// `check`, `undo`: SQL to paste where it is, in order.
    var scripts: [(label: String, lines: [String])] {
        [("check", recommendation.verify.isEmpty ? [] : [recommendation.verify]), ("undo", recommendation.undo)]
            .filter { !$0.1.isEmpty }
    }

    var cautions: [String] { recommendation.cautions.map(Visible.folded) }
}
