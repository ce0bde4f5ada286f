import IndexAdvising
import Model
import Statements

/// An UPDATE that changes an indexed column, so that every index of the table gets a new entry.
struct UpdateDefeatsHOT: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.update-defeats-hot",
        title: "UPDATE that cannot be HOT",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes],
        looksAt:
            "columns that UPDATE sets in the parse trees of statements that cost, the table's indexes, and n_tup_upd, "
            + "n_tup_hot_upd and (16 and up) n_tup_newpage_upd of the table",
        why:
            "An update that changes no indexed column, and finds room on the row's page, is heap-only (HOT): no index is "
            + "touched, and the old version goes without VACUUM. One that changes a single indexed column writes an entry "
            + "into every index of the table, with WAL for each, and leaves the old ones to VACUUM.",
        limits:
            "PostgreSQL compares values: a column that is set to what it was does not count, which no text shows. Up to "
            + "15 the counters do not tell a changed column from want of room on the page. INSERT … ON CONFLICT and partitioned "
            + "tables are left out. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, updates, hotShare, ownShare, newPage, days],
        references: [
            "https://www.postgresql.org/docs/current/storage-hot.html",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW",
        ],
        explains: [.costsTime])

    private static let updates = Threshold(
        "updates that were not HOT", 10_000, "rows", source: "our choice: fewer are no burden to any index")
    private static let hotShare = Threshold(
        "share of HOT updates at most", 0.5, "share",
        source: "our choice: where most updates are HOT, the others are not what hurts")
    private static let ownShare = Threshold(
        "share of the statement in the table's updates that were not HOT", 0.3, "share",
        source: "our choice: below, another statement is the cause")
    private static let newPage = Threshold(
        "share of updates that went to another page, among those not HOT", 0.5, "share",
        source: "our choice: then want of room is the greater cause")
    private static let days = Threshold(
        "days of statistics before an index counts as unused", 30, "days",
        source: "as for index.unused: one month end must have passed")
    /// From this version on BRIN indexes do not keep updates from being HOT.
    private static let summarizingMajor = 16
    /// Per cent: a seventh of each page stays free for new versions of its rows.
    private static let roomyFillfactor = 85

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        for level in analysis.shape.levels where level.kind == .update {
            guard let relation = level.relations.first?.target.flatMap(analysis.names.relation),
                relation.kind == .table
            else { continue }
            let indexes = hit(by: level.setColumns, relation, analysis, observation)
            guard !indexes.isEmpty else { continue }
            let counters = observation.counters(of: relation, in: analysis.names.catalog)
            guard isCostly(counters, analysis.load) else { continue }
            return finding(Update(relation, level.setColumns, indexes, counters), analysis, observation)
        }
        return nil
    }

    private struct Update {
        var relation: Relation
        /// Set columns that are in indexes.
        var columns: [String]
        var indexes: [Index]
        var counters: RelationCounters
        var notHOT: Int64 { counters.updated - counters.hotUpdated }
        var hotShare: Double { Double(counters.hotUpdated) / Double(max(counters.updated, 1)) }
        /// Of those not HOT; nil before 16.
        var newPageShare: Double? { counters.newPageUpdated.map { Double($0) / Double(max(notHOT, 1)) } }

        init(_ relation: Relation, _ columns: [String], _ indexes: [Index], _ counters: RelationCounters) {
            self.relation = relation
            self.columns = columns.filter { column in indexes.contains { $0.mentions(column) } }
            self.indexes = indexes
            self.counters = counters
        }
    }

    /// The indexes that a change of one of the columns has to write to.
    private func hit(
        by columns: [String], _ relation: Relation, _ analysis: StatementAnalysis, _ observation: Observation
    ) -> [Index] {
        let ignoresSummaries = observation.snapshot.server.version.major >= Self.summarizingMajor
        return analysis.names.allIndexes(of: relation.name).filter { index in
            guard index.isLive, !(ignoresSummaries && index.accessMethod == "brin") else { return false }
            return columns.contains(where: index.mentions)
        }
    }

    private func isCostly(_ counters: RelationCounters, _ load: StatementLoad) -> Bool {
        let notHOT = Double(counters.updated - counters.hotUpdated)
        return notHOT >= Self.updates.value
            && Double(counters.hotUpdated) <= Self.hotShare.value * Double(counters.updated)
            && Double(load.counters.rows) >= Self.ownShare.value * notHOT
    }

    private func finding(_ update: Update, _ analysis: StatementAnalysis, _ observation: Observation) -> Finding {
        let relation = update.relation
        let columns = update.columns.joined(separator: ", ")
        let lacksRoom = update.newPageShare.map { $0 >= Self.newPage.value } ?? false
        var evidence = [
            Evidence("setColumns", "indexed columns that it sets", .list(update.columns)),
            Evidence("indexes", "indexes that they are in", .list(update.indexes.map(\.name.description))),
            Evidence("updates", "updates of \(relation.name)", .count(update.counters.updated)),
            Evidence("hotShare", "share of HOT updates", .share(update.hotShare)),
        ]
        if let share = update.newPageShare {
            evidence.append(Evidence("newPageShare", "went to another page, among those not HOT", .share(share)))
        }
        evidence.append(Evidence("fillfactor", "fillfactor", .text(relation.options["fillfactor"] ?? "100")))
        let cause =
            lacksRoom
            ? "Most of them went to another page for want of room on their own; besides, the statement sets \(columns)"
            : "The statement sets \(columns)"
        return analysis.finding(
            Self.metadata, severity: update.newPageShare == nil || lacksRoom ? .notice : .warning,
            confidence: update.newPageShare == nil || lacksRoom ? .medium : .high,
            title: lacksRoom
                ? "Updates of \(relation.name) find no room on their page, and write to every index"
                : "Updates of \(relation.name) set the indexed \(columns), and write to every index",
            about: [relation.name],
            summary: "Of \(Quantity.about(Double(update.counters.updated))) updates of \(relation.name) "
                + "\(Quantity.percent(update.hotShare)) were HOT. \(cause), which "
                + "\(Quantity.plural(update.indexes.count, "index", "indexes")) "
                + "\(update.indexes.count == 1 ? "has" : "have"); the statement takes \(analysis.cost).",
            evidence: evidence, notIf: "the values must change, and each index is needed",
            tier: .fix, actions: actions(update, lacksRoom: lacksRoom, analysis, observation))
    }

    // MARK: Ladder

    private func actions(
        _ update: Update, lacksRoom: Bool, _ analysis: StatementAnalysis, _ observation: Observation
    ) -> [Action] {
        let drops = update.indexes.filter { isUnused($0, analysis, observation) }.map { index in
            DropIndex(index: index, gain: Gain("updates of \(index.keyList) no longer touch it", .estimated))
                .action(title: "drop \(index.name), which nobody reads", verify: Self.verify)
        }
        let room = update.newPageShare == nil || lacksRoom ? room(update, isCause: lacksRoom) : nil
        let first = lacksRoom ? [room].compactMap(\.self) + drops : drops + [room].compactMap(\.self)
        return first + [leaner(update)]
    }

    private static let verify = "the share of HOT updates in the next diagnosis"

    private func isUnused(_ index: Index, _ analysis: StatementAnalysis, _ observation: Observation) -> Bool {
        index.counters.scans == 0 && !index.isUnique && !index.isExclusion && index.constraint == nil
            && !index.isReplicaIdentity && index.referencedByForeignKeys == 0
            && (observation.statisticsAge(of: analysis.load.database) ?? 0) >= Self.days.value
    }

    /// nil where as much room is left already.
    private func room(_ update: Update, isCause: Bool) -> Action? {
        let name = update.relation.name.quoted
        let before = update.relation.options["fillfactor"]
        if let before, Int(before) ?? 0 <= Self.roomyFillfactor { return nil }
        return Action(
            .fix, "leave room on the pages for new versions",
            sql: ["ALTER TABLE \(name) SET (fillfactor = \(Self.roomyFillfactor));"],
            steps: [
                isCause
                    ? "It holds for pages that are filled from now on; the others empty as their rows are updated."
                    : "Helps only where want of room is the cause, which this version does not count: compare the share of HOT "
                        + "updates a day later, and take it back where it did not rise."
            ],
            lock: .tableOption, gain: Gain("HOT for updates that change no indexed column", .ruleOfThumb),
            verify: Self.verify,
            undo: before.map { "ALTER TABLE \(name) SET (fillfactor = \($0));" }
                ?? "ALTER TABLE \(name) RESET (fillfactor);",
            caution: "the table grows by as much as is left free")
    }

    private func leaner(_ update: Update) -> Action {
        let columns = update.columns.map(SQL.identifier).joined(separator: ", ")
        return Action(
            .cure, "keep what changes all the time out of the indexes",
            steps: [
                "Ask of each index (\(update.indexes.map(\.name.quoted).joined(separator: ", "))) whether its statements need "
                    + "\(columns) in it: as an INCLUDEd column or in a predicate it hinders as well.",
                "An index for one state of many (`WHERE state = 'open'`) can be partial, on another column; its predicate still "
                    + "counts, but only few rows have entries.",
                "A counter or a time stamp that changes with every visit belongs into a narrow table of its own, with the same "
                    + "primary key.",
                "An ORM that writes all columns does no harm here as long as the values are the same; a time stamp that it sets "
                    + "with each save is a change.",
            ],
            gain: Gain("updates write one heap page, and no index", .ruleOfThumb), verify: Self.verify)
    }

    static let examples: [RuleExample] = [
        .fires("an indexed time stamp is set with every visit", on: "f1") {
            $0.addUpdated("UPDATE sessions SET seen_at = now() WHERE id = $1", indexOn: "seen_at")
        },
        .fires("the column is in a predicate", on: "f1") {
            $0.addUpdated("UPDATE sessions SET state = $1 WHERE id = $2", indexOn: "customer")
            $0.catalogs[0].indexes[1].predicate = "(state = '…'::text)"
        },
        .fires("16 and up: most of them stayed on their page", on: "f1") {
            $0.addUpdated("UPDATE sessions SET seen_at = now() WHERE id = $1", indexOn: "seen_at", newPage: 50_000)
        },
        .fires("16 and up: no room", on: "f1") {
            $0.addUpdated("UPDATE sessions SET seen_at = now() WHERE id = $1", indexOn: "seen_at", newPage: 850_000)
        },
        .silent("it sets no indexed column") {
            $0.addUpdated("UPDATE sessions SET seen_at = now() WHERE id = $1", indexOn: "customer")
        },
        .silent("most updates are HOT: the value seldom changes") {
            $0.addUpdated("UPDATE sessions SET seen_at = $2 WHERE id = $1", indexOn: "seen_at", hot: 900_000)
        },
        .silent("few updates, of many rows' search") {
            $0.addUpdated("UPDATE sessions SET seen_at = now() WHERE id = $1", indexOn: "seen_at")
            $0.catalogs[0].relations[0].counters.updated = 3000
            $0.catalogs[0].relations[0].counters.hotUpdated = 0
        },
        .silent("another statement's updates") {
            $0.addUpdated("UPDATE sessions SET seen_at = now() WHERE id = $1", indexOn: "seen_at", rows: 20_000)
        },
        .silent("BRIN, which 16 does not mind") {
            $0.addUpdated("UPDATE sessions SET seen_at = now() WHERE id = $1", indexOn: "seen_at", newPage: 50_000)
            $0.server.version = ServerVersion(160004)
            $0.catalogs[0].indexes[1].accessMethod = "brin"
        },
        .silent("the column is read, not set") {
            $0.addUpdated("UPDATE sessions SET n = n + 1 WHERE seen_at < now()", indexOn: "seen_at")
        },
    ]
}

extension Snapshot {
    /// Sessions with a million updates.
    fileprivate mutating func addUpdated(
        _ text: String, indexOn column: String, hot: Int64 = 100_000, newPage: Int64? = nil, rows: Int64 = 950_000
    ) {
        addColumns("sessions", "id!", "seen_at", "state", "customer", "n")
        addTable("sessions") {
            $0.counters.updated = 1_000_000
            $0.counters.hotUpdated = hot
            $0.counters.newPageUpdated = newPage
        }
        addIndex("sessions_pkey", on: "id", table: "sessions") { $0.isUnique = true }
        addIndex("sessions_idx", on: column, table: "sessions")
        addCostly(text, calls: 950_000, rows: rows, blocksPerCall: 12)
    }
}
