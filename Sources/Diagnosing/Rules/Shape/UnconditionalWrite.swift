import Model
import Statements

/// UPDATE or DELETE without WHERE, again and again.
struct UnconditionalWrite: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.unconditional-update-or-delete",
        title: "Every row of a table written",
        area: .shape,
        needs: [.statements, .statementTexts, .relations],
        looksAt:
            "UPDATE and DELETE without WHERE, or with WHERE true, in the parse trees of statements that cost, and the rows a call writes",
        why:
            "Every row gets a new version, in every index too, or a mark that it is dead; all of it goes to the WAL, locks "
            + "all rows until the commit, and leaves a table twice its size to vacuum. Few jobs need that: mostly rows that "
            + "have the value already are written again.",
        limits: "Fires only where a call writes many rows. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable],
        references: [
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
            "https://www.postgresql.org/docs/current/sql-truncate.html",
        ],
        explains: [.costsTime, .makesDeadTuples])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.mayReturn(atLeast: CostlyShape.largeTable.value) else { return nil }
        // What a WITH query writes is in no counter.
        let levels = analysis.shape.levels.prefix(analysis.isMeasured ? 1 : .max)
        for level in levels where level.writesAllRows && level.relations.count == 1 {
            guard let relation = level.relations.first?.target.flatMap(analysis.names.relation),
                analysis.isMeasured || relation.rows >= CostlyShape.largeTable.value
            else { continue }
            return finding(level, relation, analysis)
        }
        return nil
    }

    private func finding(_ top: QueryLevel, _ relation: Relation, _ analysis: StatementAnalysis) -> Finding {
        let counters = analysis.load.counters
        let wal = counters.walBytes / max(counters.calls, 1)
        let written =
            analysis.isMeasured
            ? "\(Quantity.about(counters.rowsPerCall)) rows and \(Quantity.bytes(wal)) of WAL a call, and as many dead rows to vacuum."
            : "a new version or a mark for each of \(Quantity.about(relation.rows)) rows, all of it WAL, and as many dead rows to vacuum."
        let verb = top.kind == .update ? "updates" : "deletes"
        return analysis.finding(
            Self.metadata, title: "A statement \(verb) every row of \(relation.name)", about: [relation.name],
            summary:
                "A statement with \(analysis.cost) \(verb) \(relation.name) without WHERE: "
                + written,
            evidence: (analysis.isMeasured ? [Evidence("walPerCall", "WAL a call", .bytes(wal))] : [])
                + [Evidence("setColumns", "columns set", .list(top.setColumns))],
            notIf: "it ran once, for a migration",
            actions: [
                Action.rewrite(
                    top.kind == .update ? "write only what changes" : "do without the dead rows",
                    steps: top.kind == .update ? update(top) : delete(top, relation, analysis),
                    gain: analysis.gain, verify: "rows a call in the next diagnosis")
            ], explains: [.deadTuples(relation.name, database: analysis.load.database)])
    }

    private func update(_ top: QueryLevel) -> [String] {
        let columns = top.setColumns.map { "\(SQL.identifier($0)) IS DISTINCT FROM …" }.joined(separator: " OR ")
        return [
            "Leave out rows that have the value already: `WHERE \(columns)`, with the expression of SET for `…`.",
            "What changes for all rows at once (a date, a rate, a counter) belongs into a table of one row, joined when "
                + "it is read.",
        ]
    }

    private func delete(_ top: QueryLevel, _ relation: Relation, _ analysis: StatementAnalysis) -> [String] {
        let isReferenced = analysis.names.catalog.constraints.contains {
            $0.kind == .foreignKey && $0.referencedRelation == relation.name
        }
        guard !isReferenced, !relation.hasTriggers, !top.returnsRows, relation.kind != .foreign else {
            return [
                "TRUNCATE leaves nothing to vacuum, but is not the same here: foreign keys, triggers or RETURNING depend "
                    + "on the DELETE. Keep what is to be emptied in a table of its own."
            ]
        }
        return [
            "`TRUNCATE \(relation.name.quoted);` leaves nothing to vacuum, and takes an instant.",
            "It locks out readers until the commit (ACCESS EXCLUSIVE), and older snapshots see the table empty.",
        ]
    }

    static let examples: [RuleExample] = [
        .fires("a counter reset in every row", on: "f1") {
            $0.addColumns("products", "id!", "views")
            $0.addCostly("UPDATE products SET views = $1", calls: 10, rows: 1_000_000)
        },
        .fires("a table emptied by DELETE", on: "f1") {
            $0.addColumns("staging", "id!")
            $0.addCostly("DELETE FROM staging", calls: 10, rows: 5_000_000)
        },
        .fires("WHERE true", on: "f1") {
            $0.addColumns("products", "id!", "views")
            $0.addCostly("UPDATE products SET views = $1 WHERE true", calls: 10, rows: 1_000_000)
        },
        .silent("some rows") {
            $0.addColumns("products", "id!", "views")
            $0.addCostly("UPDATE products SET views = $1 WHERE views <> $1", calls: 10, rows: 1_000_000)
        },
        .silent("a small table") {
            $0.addColumns("flags", "id!", "state")
            $0.addCostly("UPDATE flags SET state = $1", rows: 3000)
        },
        .silent("joined with what is to be written") {
            $0.addColumns("products", "id!", "views")
            $0.addColumns("changes", "id!", "views")
            $0.addCostly("DELETE FROM products p USING changes c WHERE c.id = p.id", calls: 10, rows: 1_000_000)
        },
        .silent("a SELECT of all rows") {
            $0.addColumns("products", "id!", "views")
            $0.addCostly("SELECT * FROM products", calls: 10, rows: 1_000_000)
        },
    ]
}
