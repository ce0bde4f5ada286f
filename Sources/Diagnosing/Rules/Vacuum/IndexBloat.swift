import Model

/// A B-tree that is far larger than its entries.
struct IndexBloat: Rule {
    private static let share = Threshold(
        "share wasted at least", 0.5, "share",
        source:
            "random inserts fill leaves to 69 % (ln 2), a built index to 90 %: a quarter is no bloat; twice the size of a new one is"
    )

    static let metadata = RuleMetadata(
        id: "vacuum.index-bloat",
        title: "B-tree much larger than its entries",
        area: .vacuum,
        needs: [.relations, .indexes, .columns, .settings],
        looksAt:
            "relpages and reltuples of large B-trees over plain columns against the pages of a newly built one (avg_width, n_distinct, fillfactor), "
            + "as a band between full deduplication and none; with --measure-bloat the leaf density of pgstatindex",
        why:
            "VACUUM empties index pages, but merges none that is half empty. After mass deletes, or with keys that only ever grow while old ones go, "
            + "an index stays several times as large as it need be: more to read for a scan, more to vacuum, less that fits the cache.",
        limits:
            "An estimate of low confidence: what counts is the least waste, with no deduplication at all, so that an index whose many equal keys shrank it is "
            + "missed rather than blamed. Expression and partial indexes, other methods, and columns without statistics are not judged.",
        thresholds: [share, BloatSteps.bytes, BloatSteps.notedBytes],
        references: BloatSteps.references + [
            "https://www.postgresql.org/docs/current/routine-reindex.html",
            "https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION",
        ])

    func evaluate(_ observation: Observation) -> Outcome {
        var findings: [Finding] = []
        var hidden = 0
        for catalog in observation.snapshot.catalogs {
            let columns = catalog.columnsByRelation
            let system = Set(catalog.relations.lazy.filter(\.isSystem).map(\.name))
            for index in catalog.indexes where isJudged(index) && !system.contains(index.relation) {
                if let fill = index.measuredFill {
                    if let found = finding(Waste(fill, index), index, catalog) { findings.append(found) }
                    continue
                }
                let known = columns[index.relation] ?? []
                if let estimate = BTreeEstimate(index, columns: known, pageSize: observation.pageSize) {
                    if let found = finding(Waste(estimate), index, catalog) { findings.append(found) }
                } else if known.contains(where: { $0.statistics == nil }) || known.isEmpty {
                    hidden += 1
                }
            }
        }
        guard hidden > 0 else { return .findings(findings) }
        let text =
            "Bloat of \(Quantity.plural(hidden, "large index", "large indexes")) is not known: column statistics are hidden or missing."
        return findings.isEmpty ? .inconclusive(text) : .partial(findings, text)
    }

    private func isJudged(_ index: Index) -> Bool {
        index.accessMethod == "btree" && !index.isPartitioned && index.relation.schema != "pg_toast"
            && Double(index.measuredFill?.size ?? index.sizeOrEstimate) >= BloatSteps.notedBytes.value
    }

    private func finding(_ waste: Waste, _ index: Index, _ catalog: DatabaseCatalog) -> Finding? {
        let least = waste.bytes.lowerBound
        guard waste.share.lowerBound >= Self.share.value, least >= BloatSteps.notedBytes.value else { return nil }
        let size = index.measuredFill?.size ?? index.sizeOrEstimate
        return Finding(
            Self.metadata, severity: waste.isMeasured && least >= BloatSteps.bytes.value ? .warning : .notice,
            tier: .fix,
            title: "index \(index.name) is much larger than its entries",
            objects: [
                .index(index.name, in: catalog.database), .relation(index.relation, in: catalog.database),
            ],
            impact: .bytes(Int64(least), "wasted"), confidence: waste.isMeasured ? .high : .low,
            summary:
                "\(index.name) of \(index.relation) has \(Quantity.bytes(size)); built anew it would have at most "
                + "\(Quantity.bytes(Int64((1 - waste.share.lowerBound) * Double(size))))"
                + (waste.isMeasured ? " (leaf density measured)." : " (an estimate from column statistics)."),
            evidence: [
                Evidence("indexSize", "index size", .bytes(size)),
                Evidence("isMeasured", "measured", .flag(waste.isMeasured)),
            ] + Evidence.band("wastedShare", "wasted", waste.share) + [
                Evidence("entries", "entries", .count(Int64(max(0, index.estimatedRows)))),
                Evidence("scans", "scans", .count(index.counters.scans)),
            ],
            notIf:
                "its keys come in random order and the table is in steady use: a third of each page is then free as a rule",
            actions: (waste.isMeasured ? [] : [BloatSteps.measure(index.name, index: true, in: catalog)])
                + actions(index),
            symptomOf: [
                .deadTuples(index.relation, database: catalog.database),
                .index(index.name, database: catalog.database),
            ])
    }

    private func actions(_ index: Index) -> [Action] {
        let name = index.name.quoted
        let rebuild = Action(
            .fix, "build it anew while it stays in use", sql: ["REINDEX INDEX CONCURRENTLY \(name);"],
            steps: [
                "Free disk as large as the new index must be there. Where nobody scans it, drop it instead (index.unused)."
            ],
            lock: LockNote.concurrentIndex, gain: Gain("an index as small as a new one", .estimated),
            verify: "SELECT pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(\(SQL.literal(name))));",
            undo: "none is needed: the index is the same",
            caution: "not inside a transaction; when it fails it leaves an INVALID index ending in _ccnew: drop that")
        let cure = Action(
            .cure, "let new keys come at one end",
            steps: [
                "Random keys (UUID version 4, hashes) split pages all over the index; time-ordered ones (UUID version 7, bigint identity) fill "
                    + "page after page.",
                "A queue whose old keys go leaves empty pages, which VACUUM recycles only when it comes often: lower the table's "
                    + "autovacuum_vacuum_scale_factor.",
            ],
            gain: Gain("it stays as small as it was built", .ruleOfThumb), verify: "the estimate of a month later")
        // A REINDEX CONCURRENTLY of an exclusion constraint's index is refused.
        return index.isExclusion ? [cure] : [rebuild, cure]
    }

    static let examples: [RuleExample] = [
        .fires("four times what a new one would have", on: "public.orders_made_at_idx") { $0.addBTree(pages: 130_000) },
        .fires("leaves of a fifth, measured", on: "public.orders_made_at_idx") {
            $0.addBTree(pages: 130_000)
            $0.catalogs[0].indexes[0].measuredFill = .make {
                $0.size = 1_064_960_000
                $0.leafDensity = 0.2
                $0.leafPages = 129_000
            }
        },
        .silent("as random inserts leave it") { $0.addBTree(pages: 40_000) },
        .silent("a new one") { $0.addBTree(pages: 27_500) },
        .silent("measured, and full") {
            $0.addBTree(pages: 130_000)
            $0.catalogs[0].indexes[0].measuredFill = .make {
                $0.size = 1_064_960_000
                $0.leafDensity = 0.85
                $0.leafPages = 129_000
            }
        },
        .silent("small") {
            $0.addBTree(pages: 5000)
            $0.catalogs[0].indexes[0].estimatedRows = 100
        },
        .inconclusive("no statistics") {
            $0.addBTree(pages: 130_000)
            for place in $0.catalogs[0].columns.indices { $0.catalogs[0].columns[place].statistics = nil }
        },
    ]
}

extension Waste {
    fileprivate init(_ fill: MeasuredFill, _ index: Index) {
        let used = Double(fill.leafPages) * min(1, fill.leafDensity / (index.fillfactor / 100))
        let pages = Double(max(1, fill.leafPages + fill.unusedPages))
        let size = Double(fill.size)
        self.init(measured: max(0, 1 - used / pages) * size, of: size)
    }
}

extension Snapshot {
    /// Ten million entries of 8 bytes.
    mutating func addBTree(pages: Int64) {
        addBloated(pages: 135_000)
        addIndex("orders_made_at_idx", on: "made_at") {
            $0.size = nil
            $0.pages = pages
            $0.estimatedRows = 10_000_000
        }
    }
}
