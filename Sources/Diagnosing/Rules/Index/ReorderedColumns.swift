import Foundation
import IndexAdvising
import Model
import Statements

/// Two indexes of the same columns in another order, of which only one order is read.
struct ReorderedColumns: Rule {
    static let metadata = RuleMetadata(
        id: "index.reordered-columns",
        title: "Same columns indexed in two orders, and one order is read",
        area: .index,
        needs: [.indexes, .relations, .constraints, .databases],
        looksAt:
            "pairs of valid B-trees of one table with the same key columns, operator classes, collations, predicate and INCLUDEd columns in "
            + "another order; their idx_scan since the statistics' reset",
        why:
            "A statement that gives all columns by equality is served by either order. The second order earns its place only by statements that "
            + "give its first columns alone, or sort by them; each write pays for both all the same.",
        limits:
            "Both orders read: nothing is said. Needs a month of statistics. An index that is never read and enforces nothing is index.unused, one that is written ten thousand "
            + "times for each scan is index.write-cost-without-reads. Primary keys, replica identities, keys that foreign keys refer to or need, "
            + "and unique indexes of partitioned tables are left out.",
        thresholds: [share, used, size, days],
        references: [
            "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
            "https://www.postgresql.org/docs/current/sql-altertable.html",
        ])

    private static let share = Threshold(
        "scans against those of the other order", 0.01, "share", source: "our choice: one statement in a hundred")
    private static let used = Threshold(
        "scans of the order that is read", 1000, "scans", source: "our choice: fewer in a month are no pattern")
    private static let size = Threshold(
        "size", 104_857_600, "bytes", source: "PgHero: index bloat counts from 100 MB; a plan for less costs more")
    private static let days = Threshold(
        "days of statistics", RemovalLimits.unusedDays, "days", source: "as for index.unused: a month end has passed")

    func evaluate(_ observation: Observation) -> Outcome {
        var findings: [Finding] = []
        var young: [String] = []
        for survey in observation.indexSurveys {
            let pairs = pairs(survey)
            guard !pairs.isEmpty else { continue }
            guard !observation.snapshot.server.isInRecovery else {
                return .inconclusive("this is a standby: the other order may be read on the primary")
            }
            guard let age = observation.statisticsAge(of: survey.catalog.database), age >= Self.days.value else {
                young.append(survey.catalog.database)
                continue
            }
            findings += pairs.map { finding($0, survey, age, observation) }
        }
        guard !young.isEmpty else { return .findings(findings) }
        return .partial(
            findings, "statistics of \(young.joined(separator: ", ")) cover less than \(Int(Self.days.value)) days")
    }

    private struct Pair {
        var seldom: Index
        var read: Index
        /// `seldom` keeps duplicates out, and is never read.
        var isEnforcing: Bool { seldom.isUnique }
    }

    /// Indexes that may be one another's other order.
    private struct Columns: Hashable {
        struct Key: Hashable {
            var name: String
            var operatorClass: Int64
            var collation: Int64
        }

        var relation: QualifiedName
        var keys: Set<Key>
        var predicate: String?
        var included: Set<String>

        init?(_ index: Index) {
            let keys = index.keys.compactMap { key in
                key.name.map { Key(name: $0, operatorClass: key.operatorClass, collation: key.collation) }
            }
            guard index.keyCount >= 2, keys.count == index.keyCount, index.definition != nil, !index.hasLiterals else {
                return nil
            }
            (relation, predicate) = (index.relation, index.predicate)
            self.keys = Set(keys)
            included = Set(index.included.compactMap(\.name))
        }
    }

    private func pairs(_ survey: IndexSurvey) -> [Pair] {
        let tree = survey.tree
        let roots = tree.roots { $0.accessMethod == "btree" && $0.isUsable && Double(tree.size($0)) >= Self.size.value }
        let groups = Dictionary(grouping: roots.compactMap { index in Columns(index).map { ($0, index) } }, by: \.0)
            .values.filter { $0.count > 1 }
        guard !groups.isEmpty else { return [] }
        let elsewhere = survey.needless.involved
        return groups.flatMap { group -> [Pair] in
            let indexes = group.map(\.1).filter { !elsewhere.contains($0.name) }
                .sorted { (tree.scans($1), $0.name) < (tree.scans($0), $1.name) }
            guard let read = indexes.first, Double(tree.scans(read)) >= Self.used.value else { return [] }
            return indexes.dropFirst().map { Pair(seldom: $0, read: read) }.filter { isNeedless($0, survey) }
        }
        .sorted { ($0.seldom.relation, $0.seldom.name) < ($1.seldom.relation, $1.seldom.name) }
    }

    private func isNeedless(_ pair: Pair, _ survey: IndexSurvey) -> Bool {
        let (seldom, read) = (pair.seldom, pair.read)
        guard seldom.leadingColumns != read.leadingColumns,
            !survey.catalog.constraints.contains(where: {
                $0.kind == .foreignKey && $0.relation == seldom.relation && seldom.serves($0) && !read.serves($0)
            })
        else { return false }
        let scans = survey.tree.scans(seldom)
        if seldom.purpose == nil {
            return scans > 0 && Double(scans) <= Double(survey.tree.scans(read)) * Self.share.value
                && !WriteCostWithoutReads.isCostly(seldom, survey.tree)
        }
        // Duplicates are kept out in either order.
        let constraint = survey.catalog.constraints.first {
            $0.name == seldom.constraint && $0.relation == seldom.relation
        }
        let isExchangeable =
            seldom.isUnique && !seldom.isPrimary && !seldom.isExclusion && !seldom.isReplicaIdentity
            && !seldom.isClustered && seldom.referencedByForeignKeys == 0 && !seldom.isPartitioned
            && seldom.predicate == nil && !(constraint?.isDeferrable ?? false)
        let canEnforce = seldom.constraint == nil || read.keys.allSatisfy { !$0.isDescending && !$0.isNullsFirst }
        return scans == 0 && isExchangeable && canEnforce && read.purpose == nil
    }

    private func finding(_ pair: Pair, _ survey: IndexSurvey, _ age: Double, _ observation: Observation) -> Finding {
        let (tree, database) = (survey.tree, survey.catalog.database)
        let (seldom, read) = (pair.seldom, pair.read)
        let (size, scans, entries) = (tree.size(seldom), tree.scans(seldom), tree.entriesWritten(seldom))
        let standbys = observation.snapshot.standbys.count
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title:
                "\(seldom.relation) has \(seldom.name) and \(read.name) for the same columns, and reads \(read.name)",
            objects: [
                .index(seldom.name, in: database), .index(read.name, in: database),
                .relation(seldom.relation, in: database),
            ],
            impact: .bytes(size, "for an order that is not read"), confidence: standbys > 0 ? .low : .medium,
            summary:
                "In \(Int(age)) days \(read.name) \(read.keyList) was read \(Quantity.count(tree.scans(read))) times and \(seldom.name) \(seldom.keyList) "
                + "\(scans == 0 ? "never" : "\(Quantity.count(scans)) times"): "
                + (pair.isEnforcing
                    ? "it only keeps duplicates out, which an index in the order that is read would do as well."
                    : "\(Quantity.about(Double(entries))) entries were written into it for that.")
                + (standbys > 0 ? " \(Quantity.plural(standbys, "standby", "standbys")) count their own scans." : ""),
            evidence: [
                Evidence("scans", "scans", .count(scans)),
                Evidence("otherScans", "scans of the order that is read", .count(tree.scans(read))),
                Evidence("indexSize", "size", .bytes(size)),
                Evidence("otherSize", "size of the other", .bytes(tree.size(read))),
                Evidence("entriesWritten", "entries written into it", .count(entries)),
                Evidence("statisticsAge", "age of the statistics", .seconds(age * 86_400)),
                Evidence("standbys", "standbys that count apart", .count(Int64(standbys))),
                Evidence("keys", "keys", .text(seldom.keyList)),
                Evidence("otherKeys", "keys of the other", .text(read.keyList)),
            ],
            notIf: "a job that runs once a quarter, or a standby, reads in the other order",
            actions: [pair.isEnforcing ? exchange(pair, survey) : drop(pair, survey, observation)],
            explains: [.index(seldom.name, database: database)])
    }

    private func drop(_ pair: Pair, _ survey: IndexSurvey, _ observation: Observation) -> Action {
        let seldom = pair.seldom
        let first = seldom.leadingColumns[0]
        var action = DropIndex(
            index: seldom,
            gain: Gain("\(Quantity.bytes(survey.tree.size(seldom))), and one index less to write", .measured)
        ).action(
            title: "let the few statements do with the order that is read, then drop \(seldom.name)",
            verify:
                "the statements that used \(seldom.name) keep their mean time, and idx_scan of \(pair.read.name) grows")
        action.tier = .cure
        action.steps =
            [
                "Find them: EXPLAIN of the statements on \(seldom.relation) that filter or sort by \(first) names \(seldom.name).",
                "Where they give all columns by equality, \(pair.read.name) serves them as it is.",
                "Where they give \(first) alone, give them a smaller index on it, or a condition on \(pair.read.leadingColumns[0]) too"
                    + (observation.snapshot.server.version.major >= 18
                        ? "; where \(pair.read.leadingColumns[0]) has few values, 18 skips over them by itself." : "."),
            ] + action.steps
        return action
    }

    private func exchange(_ pair: Pair, _ survey: IndexSurvey) -> Action {
        let (seldom, read) = (pair.seldom, pair.read)
        let name = SQL.freeName([seldom.name.name], suffix: "_uidx", besides: survey.names.takenNames)
        let nulls = seldom.nullsNotDistinct ? " NULLS NOT DISTINCT" : ""
        var sql = [
            "CREATE UNIQUE INDEX CONCURRENTLY \(SQL.identifier(name)) ON \(read.relation.quoted) USING btree \(read.keyList)\(nulls);"
        ]
        if let constraint = seldom.constraint {
            let named = SQL.identifier(constraint)
            sql += [
                "SET lock_timeout = '2s';",
                "ALTER TABLE \(seldom.relation.quoted) DROP CONSTRAINT \(named), ADD CONSTRAINT \(named) UNIQUE USING INDEX \(SQL.identifier(name));",
                "RESET lock_timeout;",
            ]
        } else {
            sql.append("DROP INDEX CONCURRENTLY \(seldom.name.quoted);")
        }
        sql.append("DROP INDEX CONCURRENTLY \(read.name.quoted);")
        let former = [seldom, read].compactMap { $0.definition.flatMap(PrintedDefinition.init)?.remade }
        return Action(
            .cure, "make the order that is read unique, and have one index in place of two", sql: sql,
            steps: [
                "After the first statement see that the new index is valid, and that EXPLAIN of the statements that used \(read.name) names it.",
                "ON CONFLICT (columns) finds it in any order of its columns.",
            ],
            lock: seldom.constraint == nil
                ? .concurrentIndex
                : LockNote(
                    "ACCESS EXCLUSIVE",
                    "for the exchange of the constraint: reads and writes of the table wait; an instant once it has it"),
            gain: Gain("\(Quantity.bytes(survey.tree.size(seldom))), and one index less to write", .measured),
            verify:
                "SELECT indexrelid::regclass, indisvalid, indisunique FROM pg_catalog.pg_index WHERE indrelid = \(SQL.literal(seldom.relation.quoted))::regclass;",
            undo:
                "make the former two again under free names, and exchange them back: \(former.joined(separator: " "))",
            caution: "not inside a transaction block; when lock_timeout strikes, run that statement again")
    }

    static let examples: [RuleExample] = [
        .fires("one order is read, the other next to never", on: "public.b_a") {
            $0.addOrders(scans: 900_000, otherScans: 5000)
        },
        .fires("the unique one only keeps duplicates out", on: "public.b_a") {
            $0.addOrders(scans: 900_000, otherScans: 0) { $0.isUnique = true }
        },
        .fires("the same as a constraint", on: "public.b_a") {
            $0.addOrders(scans: 900_000, otherScans: 0) { ($0.isUnique, $0.constraint) = (true, "b_a") }
        },
        .silent("both are read") { $0.addOrders(scans: 900_000, otherScans: 60_000) },
        .silent("never read, and for nothing else: index.unused says so") {
            $0.addOrders(scans: 900_000, otherScans: 0)
        },
        .silent("the unique one is read, too") { $0.addOrders(scans: 900_000, otherScans: 4) { $0.isUnique = true } },
        .silent("the primary key") {
            $0.addOrders(scans: 900_000, otherScans: 0) {
                ($0.isUnique, $0.isPrimary, $0.constraint) = (true, true, "b_a")
            }
        },
        .silent("foreign keys refer to it") {
            $0.addOrders(scans: 900_000, otherScans: 0) { ($0.isUnique, $0.referencedByForeignKeys) = (true, 1) }
        },
        .silent("small") { $0.addOrders(scans: 900_000, otherScans: 5000) { $0.size = 20 << 20 } },
        .silent("another operator class") {
            $0.addOrders(scans: 900_000, otherScans: 5000) { $0.columns[0].operatorClass = 4217 }
        },
        .silent("another predicate") { $0.addOrders(scans: 900_000, otherScans: 5000) { $0.predicate = "paid" } },
        .silent("it serves a foreign key that the other does not") {
            $0.addOrders(scans: 900_000, otherScans: 5000)
            $0.catalogs[0].constraints = [
                .make {
                    ($0.name, $0.kind, $0.columns) = ("orders_b_fkey", .foreignKey, ["b"])
                    ($0.relation, $0.referencedRelation) = (
                        QualifiedName("public", "orders"), QualifiedName("public", "b")
                    )
                }
            ]
        },
        .inconclusive("statistics of a week") {
            $0.addOrders(scans: 900_000, otherScans: 5000)
            $0.databases[0].statisticsReset = $0.takenAt.addingTimeInterval(-7 * 86_400)
        },
        .inconclusive("on a standby") {
            $0.addOrders(scans: 900_000, otherScans: 5000)
            $0.server.isInRecovery = true
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addOrders(scans: Int64, otherScans: Int64, _ configure: (inout Index) -> Void = { _ in })
    {
        addIndex("a_b", on: "a", "b", megabytes: 200, scans: scans)
        addIndex("b_a", on: "b", "a", megabytes: 200, scans: otherScans, configure)
    }
}
