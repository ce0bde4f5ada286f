import Model

/// A foreign key between columns of different types.
struct ForeignKeyTypeMismatch: Rule {
    static let metadata = RuleMetadata(
        id: "schema.foreign-key-type-mismatch",
        title: "Foreign key between columns of different types",
        area: .schema,
        needs: [.constraints, .relations],
        looksAt: "types of a foreign key's columns and of those that it refers to; rows of the table",
        why:
            "Where the types belong to different families (integer and numeric, say), every join and every delete of the "
            + "parent casts the child's column, and an index on that column cannot be used. Where the child's integer is "
            + "narrower, it overflows when the parent's numbers pass its limit: inserts then fail.",
        limits: "Differences that cost nothing are left out: varchar and text, lengths, a child that is wider than its "
            + "parent. Small tables are left out where only speed is lost.",
        thresholds: [rows, usedShare],
        references: [
            "https://www.postgresql.org/docs/current/btree.html#BTREE-BEHAVIOR",
            "https://www.postgresql.org/docs/current/datatype-numeric.html",
        ])

    private static let rows = Threshold(
        "rows of the child from which a cast is felt", 10_000, "rows", source: "PgHero: missing index from 10,000 rows")
    private static let usedShare = Threshold(
        "share of the child's range that the parent's sequence has used, for a warning", 0.5, "share",
        source: "postgres-checkup: integer capacity is critical from 50 %")

    func evaluate(_ observation: Observation) -> Outcome {
        .findings(
            observation.snapshot.catalogs.flatMap { catalog in
                catalog.constraints.filter { $0.kind == .foreignKey && !$0.isInherited }
                    .compactMap { finding($0, catalog) }
            })
    }

    private enum Mismatch {
        case otherFamily
        /// The child's limit.
        case narrowerChild(limit: Int64)
    }

    private func mismatch(_ child: String, _ parent: String) -> Mismatch? {
        let child = family(child)
        let parent = family(parent)
        guard child.name == parent.name else { return .otherFamily }
        return child.rank < parent.rank ? .narrowerChild(limit: child.rank == 0 ? 32_767 : 2_147_483_647) : nil
    }

    /// Types of one family share an operator family for B-trees: an index of one finds values of the other.
    private func family(_ type: String) -> (name: String, rank: Int) {
        let base = String(type.prefix { $0 != "(" }).trimmingSuffix(while: \.isWhitespace)
        switch base {
        case "smallint": return ("integer", 0)
        case "integer": return ("integer", 1)
        case "bigint": return ("integer", 2)
        case "real": return ("float", 1)
        case "double precision": return ("float", 1)
        case "text", "character varying": return ("text", 0)
        case "date", "timestamp without time zone", "timestamp with time zone": return ("datetime", 0)
        default: return (type.hasPrefix("timestamp") ? "datetime" : base, 0)
        }
    }

    private func finding(_ key: Constraint, _ catalog: DatabaseCatalog) -> Finding? {
        guard let parent = key.referencedRelation, key.columnTypes.count == key.columns.count,
            key.referencedColumnTypes.count == key.columns.count
        else { return nil }
        for (position, column) in key.columns.enumerated() {
            let (childType, parentType) = (key.columnTypes[position], key.referencedColumnTypes[position])
            guard let mismatch = mismatch(childType, parentType) else { continue }
            let rows = catalog.relations.first { $0.name == key.relation }?.rows ?? 0
            let used = usedShare(mismatch, parent, key.referencedColumns[position], catalog)
            if case .otherFamily = mismatch, rows < Self.rows.value { continue }
            let pair = Pair(
                key: key, column: column, childType: childType, parent: parent, parentType: parentType, rows: rows,
                used: used)
            return finding(pair, mismatch, catalog)
        }
        return nil
    }

    /// How far the parent's numbers have come towards the child's limit.
    private func usedShare(
        _ mismatch: Mismatch, _ parent: QualifiedName, _ column: String, _ catalog: DatabaseCatalog
    ) -> Double? {
        guard case .narrowerChild(let limit) = mismatch,
            let last = catalog.sequences.first(where: { $0.column == ColumnReference(parent, column) })?.lastValue
        else { return nil }
        return Double(last) / Double(limit)
    }

    private struct Pair {
        var key: Constraint
        var column: String
        var childType: String
        var parent: QualifiedName
        var parentType: String
        var rows: Double
        var used: Double?
    }

    private func finding(_ pair: Pair, _ mismatch: Mismatch, _ catalog: DatabaseCatalog) -> Finding {
        let table = pair.key.relation
        let isNear = (pair.used ?? 0) >= Self.usedShare.value
        var evidence = [
            Evidence("constraint", "foreign key", .text(pair.key.name)),
            Evidence("columnType", "type of \(pair.column)", .text(pair.childType)),
            Evidence("referencedType", "type that it refers to", .text(pair.parentType)),
            Evidence("rows", "rows of \(table)", .number(pair.rows)),
        ]
        if let used = pair.used { evidence.append(Evidence("rangeUsed", "range used", .share(used))) }
        let effect: String
        switch mismatch {
        case .otherFamily:
            effect = "Joins and deletes of \(pair.parent) cast it, and no index on it can be used for them."
        case .narrowerChild(let limit):
            effect =
                "Inserts fail once a number passes \(Quantity.count(limit))"
                + (pair.used.map { "; \(Quantity.percent($0)) of that is used." } ?? ".")
        }
        return Finding(
            Self.metadata, severity: isNear ? .warning : .notice, tier: .cure,
            title: "\(table).\(pair.column) is \(pair.childType), but refers to \(pair.parentType)",
            objects: [
                .column(table, pair.column, in: catalog.database),
                .relation(pair.parent, in: catalog.database),
            ],
            impact: isNear ? Impact(pair.used ?? 0, .risk, "inserts will fail") : .none, confidence: .high,
            summary: "\(table).\(pair.column) is \(pair.childType) and refers to a column of \(pair.parent) that is "
                + "\(pair.parentType). \(effect)",
            evidence: evidence, actions: [change(pair)],
            explains: [.column(table, pair.column, database: catalog.database)])
    }

    private func change(_ pair: Pair) -> Action {
        let change = { (type: String) in
            "ALTER TABLE \(pair.key.relation.quoted) ALTER COLUMN \(SQL.identifier(pair.column)) TYPE \(type);"
        }
        return Action(
            .cure, "give \(pair.column) the type \(pair.parentType)", sql: [change(pair.parentType)],
            steps: [
                "A large table that is in use: add a column of the new type, keep it in step by a trigger, fill it in "
                    + "batches, index it CONCURRENTLY, and swap the names in one short transaction."
            ],
            lock: LockNote(
                "ACCESS EXCLUSIVE", "nobody reads or writes the table while it and its indexes are written anew"),
            gain: Gain(
                "joins and checks of the key can use an index on it, and its range is the parent's", .ruleOfThumb),
            verify: "the type in \\d \(pair.key.relation.quoted)", undo: change(pair.childType),
            caution: "rewrites the table: rehearse it on a copy for its duration; views on the column must be dropped "
                + "and made again")
    }

    static let examples: [RuleExample] = [
        .fires("integer refers to numeric", on: "public.orders.customer_id") {
            $0.addForeignKey { $0.referencedColumnTypes = ["numeric"] }
        },
        .fires("integer refers to bigint: it overflows first", on: "public.orders.customer_id") {
            $0.addForeignKey { $0.referencedColumnTypes = ["bigint"] }
        },
        .silent("bigint refers to integer") { $0.addForeignKey { $0.columnTypes = ["bigint"] } },
        .silent("varchar refers to text: the same for an index") {
            $0.addForeignKey {
                $0.columnTypes = ["character varying(40)"]
                $0.referencedColumnTypes = ["text"]
            }
        },
        .silent("numeric of other precision") {
            $0.addForeignKey {
                $0.columnTypes = ["numeric(10,0)"]
                $0.referencedColumnTypes = ["numeric(12,0)"]
            }
        },
        .silent("a cast over a hundred rows") {
            $0.addForeignKey { $0.referencedColumnTypes = ["numeric"] }
            $0.addTable("orders") { $0.estimatedRows = 100 }
        },
    ]
}

extension String {
    fileprivate func trimmingSuffix(while isUnwanted: (Character) -> Bool) -> String {
        var text = Substring(self)
        while let last = text.last, isUnwanted(last) { text.removeLast() }
        return String(text)
    }
}
