import Model
import Statements

/// Updates that could be heap-only, but find no room on their row's page.
struct UpdatesLeavePage: Rule {
    private static let updates = Threshold(
        "updates at least", 10_000, "rows", source: "ruby-pg-extras' least sample for its own rule")
    private static let newPage = Threshold(
        "share of updates that went to another page", 0.2, "share",
        source: "ruby-pg-extras: 20 %; dasha's highest level")
    private static let hot = Threshold(
        "share of HOT updates at most, up to 15", 0.5, "share", source: "dasha's highest level (80, 65, 50 %)")
    private static let covered = Threshold(
        "share of the table's updates whose statements are known, up to 15", 0.5, "share",
        source: "our choice: then what they set tells what the others set")
    private static let roomy = Threshold(
        "fillfactor below which it is not lowered any more", 70, "per cent",
        source: "our choice: a third of each page is free then; more is taken from the cache for nothing")
    private static let step = Threshold(
        "per cent that are left free in addition", 15, "per cent",
        source: "our choice: room for one row more on pages of six and more")

    static let metadata = RuleMetadata(
        id: "vacuum.updates-leave-page",
        title: "Updates that find no room on their page",
        area: .vacuum,
        needs: [.relations, .indexes],
        looksAt:
            "n_tup_upd, n_tup_hot_upd and (16 and up) n_tup_newpage_upd; up to 15, columns that the workload's UPDATEs set, against the table's indexes; "
            + "fillfactor",
        why:
            "An update that changes no indexed column needs no new index entries, if the new version fits the row's page (HOT). On pages that are full to the "
            + "last byte it goes elsewhere: every index gets an entry, WAL grows, and VACUUM has to clean up after each.",
        limits:
            "Up to 15 the cause is inferred: it is want of room where none of the known UPDATEs sets an indexed column, and not judged where their "
            + "statements are unknown. Where an indexed column is set, see shape.update-defeats-hot.",
        thresholds: [updates, newPage, hot, covered, roomy, step],
        references: [
            "https://www.postgresql.org/docs/current/storage-hot.html",
            "https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-FILLFACTOR",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW",
        ])

    private enum Verdict {
        case room(newPages: Int64?)
        case unknown
    }

    func evaluate(_ observation: Observation) -> Outcome {
        var findings: [Finding] = []
        var unknown: [QualifiedName] = []
        for catalog in observation.snapshot.catalogs {
            let indexes = Dictionary(grouping: catalog.indexes, by: \.relation)
            let known = knownUpdates(in: catalog.database, observation)
            for relation in catalog.relations where relation.kind == .table && !relation.isSystem {
                let counted = observation.counters(of: relation, in: catalog)
                // A table without an index has nothing to write to; its updates are HOT or cheap.
                guard Double(counted.updated) >= Self.updates.value, let own = indexes[relation.name],
                    let verdict = verdict(counted, own, known[relation.name] ?? [])
                else { continue }
                switch verdict {
                case .room(let pages): findings.append(finding(relation, counted, pages, own, catalog.database))
                case .unknown: unknown.append(relation.name)
                }
            }
        }
        guard !unknown.isEmpty else { return .findings(findings) }
        let text =
            "Few updates of \(unknown.prefix(3).map(\.description).joined(separator: ", ")) are HOT; whether for want of room, or since indexed columns "
            + "change, is not counted before 16 and their statements are not known."
        return findings.isEmpty ? .inconclusive(text) : .partial(findings, text)
    }

    /// nil: all is well, or it is not for want of room.
    private func verdict(_ counted: RelationCounters, _ indexes: [Index], _ known: [KnownUpdate]) -> Verdict? {
        if let pages = counted.newPageUpdated {
            return Double(pages) >= Self.newPage.value * Double(counted.updated) ? .room(newPages: pages) : nil
        }
        guard Double(counted.hotUpdated) <= Self.hot.value * Double(counted.updated) else { return nil }
        let touchesIndex = known.contains { update in
            indexes.contains { index in update.columns.contains(where: index.mentions) }
        }
        if touchesIndex { return nil }
        let rows = known.reduce(0) { $0 + $1.rows }
        return Double(rows) >= Self.covered.value * Double(counted.updated) ? .room(newPages: nil) : .unknown
    }

    /// An UPDATE of the workload: columns that it sets, rows that it changed.
    private struct KnownUpdate {
        var columns: [String]
        var rows: Int64
    }

    /// By the table that they update.
    private func knownUpdates(in database: String, _ observation: Observation) -> [QualifiedName: [KnownUpdate]] {
        var known: [QualifiedName: [KnownUpdate]] = [:]
        for analysis in observation.analyses.all where analysis.load.database == database {
            for level in analysis.shape.levels where level.kind == .update {
                guard let target = level.relations.first?.target.flatMap(analysis.names.relation) else { continue }
                known[target.name, default: []].append(
                    KnownUpdate(columns: level.setColumns, rows: analysis.load.counters.rows))
            }
        }
        return known
    }

    private func finding(
        _ relation: Relation, _ counted: RelationCounters, _ newPages: Int64?, _ indexes: [Index], _ database: String
    ) -> Finding {
        let hotShare = Double(counted.hotUpdated) / Double(max(1, counted.updated))
        let moved = newPages.map { Quantity.percent(Double($0) / Double(max(1, counted.updated))) }
        let count = Quantity.plural(indexes.count, "index", "indexes")
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "updates of \(relation.name) find no room on their page",
            objects: [.relation(relation.name, in: database)],
            impact: Impact(0, .none, "\(count) written"), confidence: newPages == nil ? .medium : .high,
            summary:
                "Of \(Quantity.about(Double(counted.updated))) updates of \(relation.name) "
                + (moved.map { "\($0) went to another page" }
                    ?? "\(Quantity.percent(hotShare)) were HOT, though none of the known UPDATEs sets an indexed column")
                + ": each of them writes to \(count), and leaves work to VACUUM.",
            evidence: [
                Evidence("updates", "updates", .count(counted.updated)),
                Evidence("hotShare", "share of HOT updates", .share(hotShare)),
            ]
                + (newPages.map { [Evidence("newPages", "went to another page", .count($0))] } ?? [])
                + [
                    Evidence("fillfactor", "fillfactor", .text(relation.options["fillfactor"] ?? "100")),
                    Evidence("indexes", "indexes", .list(indexes.prefix(10).map(\.name.description))),
                ],
            notIf: "the table was filled a moment ago: pages make room by themselves as their rows are updated",
            actions: actions(relation))
    }

    private func actions(_ relation: Relation) -> [Action] {
        let now = relation.fillfactor
        let cure = Action(
            .cure, "make the rows that change small",
            steps: [
                "What changes all the time (counters, states, time stamps) in a narrow table of its own, with the same primary key.",
                "An old snapshot keeps the versions that would make room on the page: see vacuum.horizon-held.",
            ],
            gain: Gain("many versions fit a page", .ruleOfThumb),
            verify: "the share of HOT updates in the next diagnosis")
        guard now > Self.roomy.value else { return [cure] }
        // Never raised: that would take away what room there is.
        let value = Int(max(Self.roomy.value, now - Self.step.value))
        let room = Action(
            .fix, "leave room on the pages for new versions",
            sql: ["ALTER TABLE \(relation.name.quoted) SET (fillfactor = \(value));"],
            steps: [
                "It holds for pages that are filled from now on; the others empty as their rows are updated, or with pg_repack."
            ],
            lock: .tableOption, gain: Gain("HOT for updates that change no indexed column", .ruleOfThumb),
            verify: "the share of HOT updates in the next diagnosis",
            undo: relation.restoring(["fillfactor"]),
            caution: "the table grows by as much as is left free")
        return [room, cure]
    }

    static let examples: [RuleExample] = [
        .fires("16 and up: a third went to another page", on: "public.sessions") { $0.addUpdates(newPages: 330_000) },
        .fires("15: no UPDATE sets an indexed column", on: "public.sessions") {
            $0.addUpdates()
            $0.addCostly("UPDATE sessions SET state = $1 WHERE id = $2", rows: 900_000)
        },
        .silent("16 and up: an indexed column changes, and they stay on their page") {
            $0.addUpdates(newPages: 20_000)
        },
        .silent("15: an UPDATE sets an indexed column, which another rule tells") {
            $0.addUpdates()
            $0.addCostly("UPDATE sessions SET seen_at = now() WHERE id = $1", rows: 900_000)
        },
        .silent("nearly all are HOT") { $0.addUpdates(hot: 950_000) },
        .silent("no index") {
            $0.addUpdates(newPages: 330_000)
            $0.catalogs[0].indexes = []
        },
        .inconclusive("15: the statements are not known") { $0.addUpdates() },
    ]
}

extension Snapshot {
    /// Sessions with a million updates.
    fileprivate mutating func addUpdates(hot: Int64 = 300_000, newPages: Int64? = nil) {
        addColumns("sessions", "id!", "seen_at", "state")
        addTable("sessions") {
            $0.counters.updated = 1_000_000
            $0.counters.hotUpdated = hot
            $0.counters.newPageUpdated = newPages
        }
        addIndex("sessions_pkey", on: "id", table: "sessions") { $0.isUnique = true }
        addIndex("sessions_seen_at_idx", on: "seen_at", table: "sessions")
    }
}
