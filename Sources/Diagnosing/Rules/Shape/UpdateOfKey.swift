import Model
import Statements

/// A write that sets a key to the value it has, and so locks the row as if the key changed.
struct UpdateOfKey: StatementRule {
    private static let writes = Threshold(
        "rows written, of the table and of one that refers to it", 1000, "rows",
        source: "our choice: fewer seldom meet")

    static let metadata = RuleMetadata(
        id: "shape.update-of-key",
        title: "Upsert that sets its own key",
        area: .shape,
        needs: [.statements, .statementTexts, .relations, .indexes, .constraints],
        uses: [.backends, .backendDetails, .locks],
        looksAt:
            "INSERT … ON CONFLICT DO UPDATE that sets columns of a key to `excluded` in the parse trees of statements that cost, foreign "
            + "keys that refer to the table, and what is written to the tables they belong to; UPDATE that sets such a column, where "
            + "writes of a referring table were seen to wait for it",
        why:
            "A row whose key may change is locked FOR UPDATE, any other FOR NO KEY UPDATE. Each row inserted into a table that refers to "
            + "it takes FOR KEY SHARE on the row referred to, which goes beside the latter and waits for the former. An upsert "
            + "takes the lock by the columns that SET names, before it looks at values: `SET id = excluded.id` changes nothing "
            + "and makes every INSERT of a child wait until the transaction ends.",
        limits:
            "Measured on 15.18 and 18: a plain UPDATE that sets a key to the value it has compares values first: its lock stays weak, its "
            + "update stays HOT. With a BEFORE UPDATE trigger for each row it locks as an upsert does. Triggers are not in a "
            + "snapshot, so that an UPDATE is judged only where writes of a referring table wait for it. Key columns are those of "
            + "unique indexes without expressions, predicate or deferral. " + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, writes],
        references: [
            "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
            "https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT",
        ],
        explains: [
            Edge(.locksMore, "locks.blocking-session"), Edge(.locksMore, "locks.foreign-key-share-locks"), .costsTime,
        ])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard let top = analysis.shape.top, let relation = top.relations.first?.target.flatMap(analysis.names.relation),
            let write = KeyWrite(top, relation, analysis)
        else { return nil }
        let waiting = Self.waiting(behind: write, analysis, observation)
        guard !analysis.isMeasured || !waiting.isEmpty || write.isUpsert && Self.meet(write, analysis, observation)
        else {
            return nil
        }
        // Of a file's UPDATE nobody knows whether there is a trigger.
        guard write.isUpsert || !waiting.isEmpty else { return nil }
        return finding(write, waiting, analysis)
    }

    /// Both tables are written: conflicts are updated here, rows that refer to them come there.
    private static func meet(_ write: KeyWrite, _ analysis: StatementAnalysis, _ observation: Observation) -> Bool {
        func counters(_ name: QualifiedName) -> RelationCounters? {
            analysis.names.relation(name).map { observation.counters(of: $0, in: analysis.names.catalog) }
        }
        let updated = counters(write.relation.name).map { Double($0.updated) } ?? 0
        return updated >= writes.value
            && write.children.contains { counters($0).map { Double($0.inserted) >= writes.value } ?? false }
    }

    /// Sessions that write a referring table and wait for a row that the statement locked.
    private static func waiting(
        behind write: KeyWrite, _ analysis: StatementAnalysis, _ observation: Observation
    ) -> [Backend] {
        let children = Set(write.children)
        return observation.rowLockTrees(behind: analysis.load).flatMap(\.root.waiting)
            .compactMap { observation.backend($0.pid) }
            .filter { backend in
                guard let text = backend.query, let parsed = try? ParsedStatement(parsing: text), parsed.writes else {
                    return false
                }
                let names = analysis.shape.relationsWritten(by: parsed, analysis)
                return !children.isDisjoint(with: names)
            }
    }

    /// A write that sets key columns of a table that others refer to.
    struct KeyWrite {
        var relation: Relation
        var isUpsert: Bool
        /// Key columns that it sets, in order.
        var columns: [String]
        /// Of them, those that have the value already: the conflict was found by them.
        var unchanged: Set<String> = []
        /// Tables with foreign keys to it.
        var children: [QualifiedName]

        init?(_ top: QueryLevel, _ relation: Relation, _ analysis: StatementAnalysis) {
            let keys = Set(Self.keyIndexes(of: relation.name, analysis.names).flatMap { $0.keys.compactMap(\.name) })
            let children = analysis.names.catalog.constraints.filter {
                $0.kind == .foreignKey && $0.referencedRelation == relation.name
            }.map(\.relation)
            guard !children.isEmpty, relation.kind == .table else { return nil }
            self.relation = relation
            self.children = Set(children).sorted()
            if let upsert = top.upsert {
                isUpsert = true
                columns = upsert.setColumns.filter(keys.contains)
                let target =
                    upsert.constraint.flatMap { name in
                        analysis.names.indexes(of: relation.name).first { $0.constraint == name }
                    }?.keys.compactMap(\.name) ?? upsert.target
                unchanged = upsert.copied.intersection(target).intersection(columns)
                guard !unchanged.isEmpty else { return nil }
            } else {
                isUpsert = false
                columns = top.kind == .update ? top.setColumns.filter(keys.contains) : []
                guard !columns.isEmpty else { return nil }
            }
        }

        /// Those whose columns a foreign key could refer to: RelationGetIndexAttrBitmap takes the same.
        private static func keyIndexes(of relation: QualifiedName, _ names: CatalogNames) -> [Index] {
            names.indexes(of: relation).filter { index in
                index.isUnique && index.predicate == nil && index.keys.allSatisfy { $0.name != nil }
                    && !names.catalog.constraints.contains {
                        $0.relation == relation && $0.name == index.constraint && $0.isDeferrable
                    }
            }
        }

        /// Nothing else of SET is of a key: without them the lock is the weak one.
        var isMended: Bool { Set(columns) == unchanged }
    }

    /// Types whose values are the same where they are equal: no 1.0 beside 1.00, no letter in another case.
    private static let exactTypes: Set<String> = [
        "smallint", "integer", "bigint", "int2", "int4", "int8", "serial", "bigserial", "uuid", "date", "boolean",
        "timestamp without time zone", "timestamp with time zone", "timestamp", "timestamptz",
    ]

    private func isExact(_ write: KeyWrite, _ analysis: StatementAnalysis) -> Bool {
        write.unchanged.allSatisfy { name in
            analysis.names.column(name, of: write.relation.name).map { Self.exactTypes.contains($0.type) } ?? false
        }
    }

    /// The upsert without the columns that have their value already; nil where the lock would stay, or nothing would be set.
    static func rewrite(_ write: KeyWrite, _ parsed: ParsedStatement) -> String? {
        write.isUpsert && write.isMended ? parsed.upsertWithoutSetting(write.unchanged) : nil
    }

    private func finding(_ write: KeyWrite, _ waiting: [Backend], _ analysis: StatementAnalysis) -> Finding {
        let name = write.relation.name
        let columns = write.columns.joined(separator: ", ")
        let children = write.children.map(\.description).joined(separator: ", ")
        let now =
            waiting.isEmpty
            ? ""
            : " \(Quantity.plural(waiting.count, "session")) that write\(waiting.count == 1 ? "s" : "") such a table wait for it now."
        let what = write.isUpsert ? "An upsert" : "An UPDATE"
        return analysis.finding(
            Self.metadata, severity: waiting.isEmpty ? .notice : .warning,
            confidence: waiting.isEmpty ? .medium : .high,
            title: "\(what) of \(name) sets \(columns), and locks out inserts into \(children)",
            about: [name] + write.children,
            summary:
                "\(what) with \(analysis.cost) sets \(columns) of \(name), a key that \(children) refer\(write.children.count == 1 ? "s" : "") "
                + "to. Each row that it updates is locked FOR UPDATE until its transaction ends, so that inserts of rows that refer to "
                + "it wait." + now,
            evidence: [
                Evidence("keyColumns", "key columns that it sets", .list(write.columns)),
                Evidence("referringTables", "tables that refer to it", .list(write.children.map(\.description))),
                Evidence(
                    "waitingSessions", "sessions that write those and wait for it now", .count(Int64(waiting.count))),
            ],
            notIf: "the transactions are over in an instant, and nobody waits",
            actions: [
                Action.rewrite(
                    "leave the key out of SET", steps: steps(write, analysis),
                    gain: Gain("inserts into \(children) no longer wait for it", .ruleOfThumb),
                    verify: "no session waits for it: pg_stat_activity, wait_event = 'transactionid'")
            ])
    }

    private func steps(_ write: KeyWrite, _ analysis: StatementAnalysis) -> [String] {
        if let rewrite = Self.rewrite(write, analysis.parsed) {
            let check =
                isExact(write, analysis)
                ? "The row was found by it, so that it has the value already:"
                : "Check: it differs where values that are equal are not the same (1.0 and 1.00, letters in another case):"
            return [check, rewrite]
        }
        if write.isUpsert {
            return [
                "Set another column, and none of a key (\(write.columns.map(SQL.identifier).joined(separator: ", "))): the lock goes by "
                    + "the names after SET, whatever the values are.",
                "Where it is there only to have RETURNING return the row: DO NOTHING, and a SELECT where no row came back.",
                "A key that must change: UPDATE it in a statement of its own, WHERE it differs.",
            ]
        }
        return [
            "Have the ORM write changed columns only (Hibernate @DynamicUpdate, updatable = false on the key; save(update_fields) in "
                + "Django), so that \(write.columns.map(SQL.identifier).joined(separator: ", ")) is not among them.",
            "The table has a BEFORE UPDATE trigger: PostgreSQL then locks by the names after SET. A generated column or a default may do "
                + "what it does.",
        ]
    }

    static let examples: [RuleExample] = [
        .fires("all columns set to excluded, as ORMs write it", on: "f1") {
            $0.addKeyWrite(
                "INSERT INTO customers (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET id = excluded.id, name = excluded.name"
            )
        },
        .fires("only the key, so that RETURNING returns the row", on: "f1") {
            $0.addKeyWrite(
                "INSERT INTO customers (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING id")
        },
        .fires("an UPDATE that inserts of orders wait for", on: "f1") {
            $0.addKeyWrite("UPDATE customers SET id = $1, name = $2 WHERE id = $1")
            $0.addRowLockPile(waiting: 1, for: 20)
            $0.backends[0].queryID = 1000
            $0.backends[1].query = "INSERT INTO orders (id, customer_id) VALUES ($1, $2)"
        },
        .silent("an UPDATE that sets the key to what it is: PostgreSQL compares") {
            $0.addKeyWrite("UPDATE customers SET id = $1, name = $2 WHERE id = $1")
        },
        .silent("an UPDATE that others wait for, to update the same row") {
            $0.addKeyWrite("UPDATE customers SET id = $1, name = $2 WHERE id = $1")
            $0.addRowLockPile(waiting: 1, for: 20)
            $0.backends[0].queryID = 1000
            $0.backends[1].query = "UPDATE customers SET name = $1 WHERE id = $2"
        },
        .silent("the key is not set") {
            $0.addKeyWrite(
                "INSERT INTO customers (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name")
        },
        .silent("nothing refers to the table") {
            $0.addKeyWrite(
                "INSERT INTO customers (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET id = excluded.id, name = excluded.name"
            )
            $0.catalogs[0].constraints = []
        },
        .silent("hardly anything is inserted that refers to it") {
            $0.addKeyWrite(
                "INSERT INTO customers (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET id = excluded.id, name = excluded.name"
            )
            $0.addTable("orders") { $0.counters.inserted = 50 }
        },
        .silent("conflicts are left alone") {
            $0.addKeyWrite("INSERT INTO customers (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING")
        },
        .silent("a column that no unique index has") {
            $0.addKeyWrite(
                "INSERT INTO customers (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.id")
        },
    ]
}

extension StatementShape {
    /// The tables that another statement of the same session's search_path writes.
    fileprivate func relationsWritten(by parsed: ParsedStatement, _ analysis: StatementAnalysis) -> [QualifiedName] {
        let shape = StatementShape(
            parsed, names: analysis.names, searchPath: analysis.load.representative.searchPath)
        return shape.levels.filter { [.insert, .update, .merge].contains($0.kind) }
            .compactMap { $0.relations.first?.target }
    }
}

extension Snapshot {
    fileprivate mutating func addKeyWrite(_ text: String) {
        addColumns("customers", "id!", "name")
        addColumns("orders", "id!", "customer_id")
        addKey("customers", "id")
        addTable("customers") { $0.counters.updated = 500_000 }
        addForeignKey("orders", "customer_id", to: "customers")
        addCostly(text, calls: 100_000, rows: 100_000, blocksPerCall: 8)
    }
}
