import Model

/// A table whose file is far larger than its rows.
struct TableBloat: Rule {
    static let metadata = RuleMetadata(
        id: "vacuum.table-bloat",
        title: "Table much larger than its rows",
        area: .vacuum,
        needs: [.relations, .columns, .settings],
        looksAt:
            "relpages and reltuples of large tables against the pages that rows of such columns need (attlen, attalign, "
            + "null_frac and avg_width of pg_stats, fillfactor), as a band; with --measure-bloat pgstattuple_approx",
        why:
            "VACUUM makes the room of dead rows free for new ones, but seldom gives it back. A table that once held many dead rows stays "
            + "as large: sequential scans read it all, the cache holds half-empty pages, and backups carry it.",
        limits:
            "An estimate, given as a band: padding and widths are known on average only. It counts dead rows as wasted. Tables whose statistics "
            + "are hidden or missing, with dropped columns, or that grew since they were counted have none, and are named as such. "
            + "Below 100 MB of waste nothing is said. Free room that will be filled again is no harm.",
        thresholds: [
            BloatSteps.share, BloatSteps.bytes, BloatSteps.notedShare, BloatSteps.notedBytes, HeapEstimate.countError,
        ],
        references: BloatSteps.references)

    func evaluate(_ observation: Observation) -> Outcome {
        var findings: [Finding] = []
        var unknown: [HeapEstimate.Unknown: [QualifiedName]] = [:]
        for catalog in observation.snapshot.catalogs {
            let columns = catalog.columnsByRelation
            for relation in catalog.relations where isJudged(relation) {
                if let space = relation.measuredSpace {
                    if let found = finding(Waste(space, relation), relation, catalog, observation) {
                        findings.append(found)
                    }
                    continue
                }
                do throws(HeapEstimate.Unknown) {
                    let estimate = try HeapEstimate(
                        relation, columns: columns[relation.name] ?? [], pageSize: observation.pageSize)
                    if let found = finding(Waste(estimate), relation, catalog, observation) { findings.append(found) }
                } catch { unknown[error, default: []].append(relation.name) }
            }
        }
        guard !unknown.isEmpty else { return .findings(findings) }
        let reasons = HeapEstimate.Unknown.allCases.compactMap { reason in
            unknown[reason].map { "\(reason.text): \($0.prefix(3).map(\.description).joined(separator: ", "))" }
        }
        let text =
            "Bloat of \(Quantity.plural(unknown.values.reduce(0) { $0 + $1.count }, "large table")) is not known ("
            + reasons.joined(separator: "; ") + ")."
        return findings.isEmpty ? .inconclusive(text) : .partial(findings, text)
    }

    private func isJudged(_ relation: Relation) -> Bool {
        (relation.kind == .table || relation.kind == .materializedView) && !relation.isSystem
            && Double(relation.measuredSpace?.size ?? relation.sizeOrEstimate) >= BloatSteps.notedBytes.value
    }

    private func finding(
        _ waste: Waste, _ relation: Relation, _ catalog: DatabaseCatalog, _ observation: Observation
    ) -> Finding? {
        guard let severity = BloatSteps.severity(share: waste.share.lowerBound, bytes: waste.bytes.lowerBound) else {
            return nil
        }
        let size = relation.measuredSpace?.size ?? relation.sizeOrEstimate
        let least = Quantity.bytes(Int64(waste.bytes.lowerBound))
        let range =
            waste.isMeasured
            ? "\(least), \(Quantity.percent(waste.share.lowerBound)) of it, measured"
            : "between \(least) and \(Quantity.bytes(Int64(waste.bytes.upperBound))), an estimate from column statistics"
        return Finding(
            Self.metadata, severity: severity, tier: .fix,
            title: "\(relation.name) is much larger than its rows",
            objects: [.relation(relation.name, in: catalog.database)],
            impact: .bytes(Int64(waste.bytes.lowerBound), "wasted"), confidence: waste.isMeasured ? .high : .medium,
            summary:
                "\(relation.name) has \(Quantity.bytes(size)), of which free room and dead rows take \(range). Every sequential scan "
                + "reads it, and the cache holds it.",
            evidence: [
                Evidence("tableSize", "table size", .bytes(size)),
                Evidence("isMeasured", "measured", .flag(waste.isMeasured)),
            ] + Evidence.band("wastedShare", "wasted", waste.share) + [
                Evidence("deadTuples", "dead rows", .count(relation.deadTuples)),
                Evidence("fillfactor", "fillfactor", .text(relation.options["fillfactor"] ?? "100")),
            ],
            notIf: "it grows again to this size: then the free room is filled before the file gets any larger",
            actions: (waste.isMeasured ? [] : [BloatSteps.measure(relation.name, in: catalog)])
                + actions(relation, catalog, observation),
            symptomOf: [.deadTuples(relation.name, database: catalog.database)])
    }

    private func actions(
        _ relation: Relation, _ catalog: DatabaseCatalog, _ observation: Observation
    ) -> [Action] {
        let check = "the estimate in the next diagnosis, or pgmedic diagnose --measure-bloat"
        let sooner = Action.vacuumSooner(relation, verify: check, observation).map { [$0] } ?? []
        // pg_repack leaves materialised views alone, and their rows go by REFRESH.
        guard relation.kind != .materializedView else { return sooner + [BloatSteps.refresh(relation.name)] }
        let rewrite = BloatSteps.rewrite(
            relation.name, database: catalog.database, hasKey: catalog.hasRowKey(relation.name))
        return [rewrite] + sooner + [BloatSteps.plan]
    }

    static let examples: [RuleExample] = [
        .fires("four fifths of it are empty", on: "public.orders") { $0.addBloated(pages: 655_360) },
        .fires("measured", on: "public.orders") {
            $0.addBloated(pages: 400_000)
            $0.catalogs[0].relations[0].measuredSpace = .make {
                $0.size = 3_276_800_000
                $0.freeBytes = 1_600_000_000
                $0.deadBytes = 20_000_000
            }
        },
        .silent("as large as its rows") { $0.addBloated(pages: 135_000) },
        .silent("half of each page is left free by its fillfactor") {
            $0.addBloated(pages: 265_000)
            $0.catalogs[0].relations[0].options["fillfactor"] = "50"
        },
        .silent("measured, and not what it was estimated at") {
            $0.addBloated(pages: 655_360)
            $0.catalogs[0].relations[0].measuredSpace = .make {
                $0.size = 5_368_709_120
                $0.freeBytes = 90_000_000
            }
        },
        .silent("a small table, all empty") {
            $0.addBloated(pages: 5000)
            $0.catalogs[0].relations[0].estimatedRows = 10
        },
        .inconclusive("statistics that our role may not read") {
            $0.addBloated(pages: 655_360)
            for place in $0.catalogs[0].columns.indices { $0.catalogs[0].columns[place].statistics = nil }
        },
        .inconclusive("a column was dropped: old rows may still hold it") {
            $0.addBloated(pages: 655_360)
            $0.catalogs[0].relations[0].columnCount = 4
        },
        .inconclusive("it was never vacuumed or analysed") {
            $0.addBloated(pages: 0)
            $0.catalogs[0].relations[0].estimatedRows = -1
            $0.catalogs[0].relations[0].size = 5_368_709_120
        },
    ]
}

extension Waste {
    /// What fillfactor leaves free on purpose is no waste.
    fileprivate init(_ space: MeasuredSpace, _ relation: Relation) {
        let size = Double(space.size)
        let reserve = (1 - relation.fillfactor / 100) * size
        self.init(measured: max(0, Double(space.deadBytes + space.freeBytes) - reserve), of: size)
    }
}

extension HeapEstimate.Unknown {
    /// As it stands in a list of reasons.
    var text: String {
        switch self {
        case .noStatistics: "column statistics are hidden or missing"
        case .neverVacuumed: "never vacuumed or analysed"
        case .droppedColumns: "columns were dropped"
        case .staleCount: "it grew since its rows were counted"
        }
    }
}

extension Snapshot {
    /// Ten million rows of some 100 bytes: 132,000 pages would do.
    mutating func addBloated(pages: Int64) {
        addTable("orders", rows: 10_000_000) {
            $0.pages = pages
            $0.columnCount = 3
        }
        let widths: [(name: String, length: Int, width: Int)] = [("id", 8, 8), ("made_at", 8, 8), ("note", -1, 60)]
        for (number, column) in widths.enumerated() {
            catalogs[0].columns.append(
                .make {
                    $0.relation = QualifiedName("public", "orders")
                    $0.name = column.name
                    $0.number = number + 1
                    $0.isNotNull = true
                    $0.length = column.length
                    $0.alignment = column.length < 0 ? 4 : 8
                    $0.statistics = .make {
                        $0.averageWidth = column.width; $0.distinct = -1
                    }
                })
        }
    }
}
