import Model
import Statements

/// The TOAST table of a table is far larger than the values in it.
struct ToastBloat: Rule {
    private static let chunksPerPage = Threshold(
        "chunks that a page takes at least", 4, "chunks",
        source:
            "TOAST_TUPLES_PER_PAGE: values are cut so that four chunks fill a page; https://www.postgresql.org/docs/current/storage-toast.html"
    )

    static let metadata = RuleMetadata(
        id: "vacuum.toast-bloat",
        title: "TOAST table much larger than its values",
        area: .vacuum,
        needs: [.relations, .settings],
        looksAt:
            "relpages of large TOAST tables against reltuples: a page takes at least four chunks; with --measure-bloat pgstattuple_approx",
        why:
            "A value that does not fit a page lies in the TOAST table, cut into chunks. An UPDATE of it writes all chunks anew and leaves the old ones "
            + "dead: documents that are rewritten often (jsonb, text) grow a TOAST table that nobody looks at, since sizes of tables are most often told without it.",
        limits:
            "The least that is wasted: it takes every chunk for a whole one, so that less full ones hide some of it. Nothing is said where the TOAST "
            + "table was never vacuumed.",
        thresholds: [
            chunksPerPage, BloatSteps.share, BloatSteps.bytes, BloatSteps.notedShare, BloatSteps.notedBytes,
        ],
        references: BloatSteps.references + ["https://www.postgresql.org/docs/current/storage-toast.html"])

    func evaluate(_ observation: Observation) -> Outcome {
        var findings: [Finding] = []
        var unknown: [QualifiedName] = []
        for catalog in observation.snapshot.catalogs {
            for toast in catalog.relations where toast.kind == .toast {
                let size = Double(toast.measuredSpace?.size ?? toast.sizeOrEstimate)
                guard size >= BloatSteps.notedBytes.value, let owner = toast.toastOwner,
                    let table = observation.surveys[catalog.database]?.names.relation(owner), !table.isSystem
                else { continue }
                guard let wasted = wasted(toast, observation) else {
                    unknown.append(owner)
                    continue
                }
                guard let severity = BloatSteps.severity(share: wasted / size, bytes: wasted) else { continue }
                findings.append(finding(toast, table, severity, wasted, size, catalog, observation))
            }
        }
        guard !unknown.isEmpty else { return .findings(findings) }
        let text =
            "Bloat of the TOAST tables of \(unknown.prefix(3).map(\.description).joined(separator: ", ")) is not known: they were never "
            + "vacuumed."
        return findings.isEmpty ? .inconclusive(text) : .partial(findings, text)
    }

    /// Bytes, at least; nil: nobody counted.
    private func wasted(_ toast: Relation, _ observation: Observation) -> Double? {
        if let space = toast.measuredSpace { return Double(space.deadBytes + space.freeBytes) }
        guard toast.estimatedRows >= 0, toast.pages > 0 else { return nil }
        return max(0, Double(toast.pages) - toast.estimatedRows / Self.chunksPerPage.value) * observation.pageSize
    }

    private func finding(
        _ toast: Relation, _ table: Relation, _ severity: Severity, _ wasted: Double, _ size: Double,
        _ catalog: DatabaseCatalog, _ observation: Observation
    ) -> Finding {
        let isMeasured = toast.measuredSpace != nil
        return Finding(
            Self.metadata, severity: severity, tier: .fix,
            title: "the TOAST table of \(table.name) is much larger than its values",
            objects: [.relation(table.name, in: catalog.database), .relation(toast.name, in: catalog.database)],
            impact: .bytes(Int64(wasted), "wasted"), confidence: isMeasured ? .high : .medium,
            summary:
                "The large values of \(table.name) lie in \(toast.name), which has \(Quantity.bytes(Int64(size))); at least "
                + "\(Quantity.bytes(Int64(wasted))) of it are free or dead\(isMeasured ? ", measured" : "").",
            evidence: [
                Evidence("toastSize", "size of the TOAST table", .bytes(Int64(size))),
                Evidence("wastedShare", "wasted, at least", .share(wasted / size)),
                Evidence("isMeasured", "measured", .flag(isMeasured)),
                Evidence("chunks", "chunks", .count(Int64(max(0, toast.estimatedRows)))),
                Evidence("deadTuples", "dead chunks", .count(toast.deadTuples)),
                Evidence("tableSize", "table size without it", .bytes(table.sizeOrEstimate)),
            ],
            notIf: "the documents come back in the same number: the room is used again",
            actions: (isMeasured ? [] : [BloatSteps.measure(toast.name, in: catalog)])
                + [
                    BloatSteps.rewrite(
                        table.name, database: catalog.database, hasKey: catalog.hasRowKey(table.name)),
                    sooner(table, toast), Self.cure,
                ],
            symptomOf: [
                .deadTuples(toast.name, database: catalog.database),
                .deadTuples(table.name, database: catalog.database),
            ])
    }

    private func sooner(_ table: Relation, _ toast: Relation) -> Action {
        Action(
            .fix, "let autovacuum come to the TOAST table sooner",
            sql: ["ALTER TABLE \(table.name.quoted) SET (toast.autovacuum_vacuum_scale_factor = 0.02);"],
            lock: LockNote.tableOption, gain: Gain("dead chunks are free for new ones sooner", .ruleOfThumb),
            verify:
                "SELECT n_dead_tup, last_autovacuum FROM pg_catalog.pg_stat_all_tables WHERE relid = \(SQL.literal(toast.name.quoted))::regclass;",
            undo: toast.restoring(["autovacuum_vacuum_scale_factor"]))
    }

    private static let cure = Action(
        .cure, "do not write the large value anew with every change",
        steps: [
            "A large document of which a counter or a state changes: keep what changes in columns of its own. An UPDATE that leaves the "
                + "large value alone does not touch TOAST.",
            "jsonb is written as a whole, however small the change (jsonb_set, ||): split it by what changes together.",
            "Rarely read documents: a table of their own, inserted once, with the same primary key.",
        ],
        gain: Gain("no dead chunks", .ruleOfThumb), verify: "dead chunks of the next diagnosis")

    static let examples: [RuleExample] = [
        .fires("documents that are rewritten", on: "public.documents") { $0.addToast(pages: 400_000, chunks: 300_000) },
        .silent("full pages") { $0.addToast(pages: 400_000, chunks: 1_500_000) },
        .silent("small") { $0.addToast(pages: 4000, chunks: 10) },
        .silent("measured, and full of short chunks") {
            $0.addToast(pages: 400_000, chunks: 300_000)
            $0.catalogs[0].relations[1].measuredSpace = .make {
                $0.size = 3_276_800_000
                $0.freeBytes = 10_000_000
            }
        },
        .inconclusive("never vacuumed") {
            $0.addToast(pages: 0, chunks: -1)
            $0.catalogs[0].relations[1].size = 3_276_800_000
        },
    ]
}

extension Snapshot {
    mutating func addToast(pages: Int64, chunks: Double) {
        addTable("documents", rows: 100_000)
        addTable("pg_toast_16400", rows: chunks) {
            $0.name = QualifiedName("pg_toast", "pg_toast_16400")
            $0.kind = .toast
            $0.toastOwner = QualifiedName("public", "documents")
            $0.pages = pages
        }
    }
}
