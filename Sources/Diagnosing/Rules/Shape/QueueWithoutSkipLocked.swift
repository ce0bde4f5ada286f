import Model
import Statements

/// Workers that take the next job with FOR UPDATE, and queue up behind each other.
struct QueueWithoutSkipLocked: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.queue-without-skip-locked",
        title: "Queue read with FOR UPDATE, without SKIP LOCKED",
        area: .shape,
        needs: [.statements, .statementTexts, .relations],
        looksAt: "locking clauses with LIMIT in the parse trees of statements that cost, and the indexes of the table",
        why: "Every worker asks for the same first row: one gets it, the others wait until that job is done, and many "
            + "workers do the work of one. Waiting counts as execution time.",
        limits: "Rows that are found by a unique key are no queue. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime],
        references: ["https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE"],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels {
            guard let locking = level.locking, locking.isForUpdate, !locking.skipsLocked, !locking.isNoWait,
                level.hasLimit, !level.orderBy.isEmpty || !level.predicates.isEmpty,
                let relation = level.relations.first?.target, !isKeyed(level, relation, analysis)
            else { continue }
            return finding(relation, analysis, observation)
        }
        return nil
    }

    /// Equality on all columns of a unique index: one row, whoever asks.
    private func isKeyed(_ level: QueryLevel, _ relation: QualifiedName, _ analysis: StatementAnalysis) -> Bool {
        let equal = Set(
            level.predicates.filter { $0.operation == .equality && !$0.isNegated && !$0.isUnderOr && $0.wrapper == nil }
                .map(\.column.name))
        let keys = analysis.names.indexes(of: relation).filter(\.isUnique).map { $0.keys.map(\.name) }
        return keys.contains { $0.allSatisfy { $0.map(equal.contains) ?? false } } || equal.contains("id")
    }

    private func finding(
        _ relation: QualifiedName, _ analysis: StatementAnalysis, _ observation: Observation
    ) -> Finding {
        let waiting = observation.snapshot.backends.filter { backend in
            backend.waitEventType == "Lock" && backend.queryID.map(analysis.load.queryIDs.contains) ?? false
        }
        let now = waiting.isEmpty ? "" : " \(Quantity.plural(waiting.count, "session")) wait in it now."
        return analysis.finding(
            Self.metadata, severity: waiting.isEmpty ? .notice : .warning,
            confidence: waiting.isEmpty ? .medium : .high,
            title: waiting.isEmpty
                ? "\(relation) is a queue that is read without SKIP LOCKED"
                : "Workers wait for each other in \(relation): FOR UPDATE without SKIP LOCKED", about: [relation],
            summary:
                "A statement with \(analysis.cost) takes the next row of \(relation) with FOR UPDATE and LIMIT. All "
                + "workers ask for the same row, so that only one of them works at a time." + now,
            evidence: [Evidence("waitingSessions", "sessions that wait in it now", .count(Int64(waiting.count)))],
            notIf: "there is one worker only, or jobs must be done strictly one after another",
            actions: [
                Action(
                    .containment, "run fewer workers until it is mended",
                    steps: ["More workers than one only wait: stop the others."],
                    gain: Gain("frees the connections of those that wait", .ruleOfThumb)),
                Action.rewrite(
                    "take the next row that nobody holds",
                    steps: analysis.parsed.skippingLocked.map { ["Add SKIP LOCKED:", $0] }
                        ?? ["Add SKIP LOCKED after FOR UPDATE."], gain: analysis.gain,
                    caution: "jobs are then no longer taken strictly in order"),
            ])
    }

    static let examples: [RuleExample] = [
        .fires("the next job", on: "f1") {
            $0.addColumns("jobs", "id!", "state", "run_at")
            $0.addCostly("SELECT * FROM jobs WHERE state = $1 ORDER BY run_at LIMIT $2 FOR UPDATE")
        },
        .fires("the next job in an UPDATE", on: "f1") {
            $0.addColumns("jobs", "id!", "state", "run_at")
            $0.addCostly(
                "UPDATE jobs SET state = $1 WHERE id = (SELECT id FROM jobs WHERE state = $2 ORDER BY run_at "
                    + "LIMIT $3 FOR UPDATE) RETURNING *")
        },
        .silent("with SKIP LOCKED") {
            $0.addColumns("jobs", "id!", "state", "run_at")
            $0.addCostly("SELECT * FROM jobs WHERE state = $1 ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED")
        },
        .silent("one row by its key, as frameworks write it") {
            $0.addColumns("jobs", "id!", "state")
            $0.addIndex("jobs_pkey", on: "id", table: "jobs") { $0.isUnique = true }
            $0.addCostly("SELECT * FROM jobs WHERE id = $1 LIMIT $2 FOR UPDATE")
        },
    ]
}
