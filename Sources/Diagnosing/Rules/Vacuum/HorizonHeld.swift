import Foundation
import Model

/// An old snapshot, slot or prepared transaction that keeps VACUUM from removing dead rows.
struct HorizonHeld: Rule {
    private static let age = Threshold(
        "age of the oldest xmin", 10_000, "transactions",
        source: "our choice: below it dead rows are a moment's; what counts is the effect that must be seen too")
    private static let grave = Threshold(
        "age: critical", 100_000_000, "transactions",
        source: "dasha's highest level; half of autovacuum_freeze_max_age's default")
    private static let dead = Threshold(
        "dead rows over the tables' own thresholds", 10_000, "rows", source: "our choice: as vacuum.dead-rows-pile-up")

    static let metadata = RuleMetadata(
        id: "vacuum.horizon-held",
        title: "Old snapshot that keeps dead rows",
        area: .vacuum,
        needs: [.backends, .relations], uses: [.preparedTransactions, .replicationSlots],
        looksAt:
            "backend_xmin and backend_xid of sessions, prepared transactions, xmin and catalog_xmin of slots, xmin of standbys with "
            + "hot_standby_feedback; dead rows of tables that are over their threshold",
        why:
            "VACUUM removes a dead row only when no snapshot could still see it. One session that took a snapshot hours ago, a forgotten "
            + "prepared transaction or a slot without a consumer keeps every row that died since, in all tables of the database. "
            + "Autovacuum runs again and again and removes nothing.",
        limits:
            "Fires only when dead rows have piled up beyond autovacuum's threshold, in what the holder can keep: a session's own database, system "
            + "catalogs for a logical slot. That they are kept by this very holder is inferred "
            + "from its age; VACUUM (VERBOSE) of a table proves it (\"dead but not yet removable\").",
        thresholds: [age, grave, dead],
        references: [
            "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
            "https://www.postgresql.org/docs/current/view-pg-replication-slots.html",
        ], explains: [.keepsDeadTuples, Edge(.contends, "waits.subtransaction-overflow")])

    func evaluate(_ observation: Observation) -> Outcome {
        let holders = HorizonHolder.all(observation).filter { Double($0.age) >= Self.age.value }
        guard !holders.isEmpty else { return .findings([]) }
        let over = overThreshold(observation)
        // Of equal age a session leads: its end costs least, and a transaction that is prepared, or a standby's, may only echo it.
        let keeping = holders.map { (holder: $0, kept: kept(by: $0, over)) }
            .filter { _, kept in Double(kept.reduce(0) { $0 + $1.deadTuples }) >= Self.dead.value }
            .enumerated()
            .sorted { ($0.element.holder.age, $1.offset) > ($1.element.holder.age, $0.offset) }
            .map(\.element)
        guard let oldest = keeping.first else { return .findings([]) }
        let others = keeping.dropFirst().map(\.holder)
        let dead = oldest.kept.reduce(0) { $0 + $1.deadTuples }
        return .findings([finding(oldest.holder, others, oldest.kept, dead, observation)])
    }

    /// Relations over their thresholds, by database: looked for once, whatever the number of holders.
    private func overThreshold(_ observation: Observation) -> [(database: String, relations: [Relation])] {
        observation.snapshot.catalogs.map { catalog in
            let relations = catalog.relations.filter { relation in
                relation.deadTuples > 0
                    && Double(relation.deadTuples) >= AutovacuumThreshold(relation, observation).deadRows
            }
            return (database: catalog.database, relations: relations)
        }
    }

    /// Those of them whose dead rows the holder keeps.
    private func kept(
        by holder: HorizonHolder, _ over: [(database: String, relations: [Relation])]
    ) -> [Relation] {
        over.flatMap { catalog in catalog.relations.filter { holder.keeps($0, in: catalog.database) } }
    }

    private func finding(
        _ oldest: HorizonHolder, _ others: [HorizonHolder], _ kept: [Relation], _ dead: Int64,
        _ observation: Observation
    ) -> Finding {
        let bytes = kept.reduce(Int64(0)) { sum, relation in
            sum + Int64(Double(relation.sizeOrEstimate) * relation.deadShare)
        }
        let worst = kept.sorted { $0.deadTuples > $1.deadTuples }.prefix(3)
        return Finding(
            Self.metadata, severity: Double(oldest.age) >= Self.grave.value ? .critical : .warning, tier: oldest.tier,
            title: "dead rows cannot be removed: \(oldest.name) holds the xmin horizon", objects: [oldest.object],
            impact: .bytes(bytes, "kept"), confidence: .medium,
            summary:
                "\(oldest.sentence) Nothing that died in the last \(Quantity.about(Double(oldest.age))) transactions can be "
                + "vacuumed: \(Quantity.about(Double(dead))) dead rows are over autovacuum's thresholds, most of them in "
                + worst.map(\.name.description).joined(separator: ", ") + ".",
            evidence: [
                Evidence("xminAge", "age of its xmin, in transactions", .count(oldest.age)),
                Evidence("deadTuples", "dead rows over their thresholds", .count(dead)),
                Evidence("tables", "tables", .list(kept.prefix(10).map(\.name.description))),
                Evidence(
                    "otherHolders", "other old holders",
                    .list(others.prefix(5).map(\.name))),
            ], notIf: oldest.notIf, actions: oldest.actions(others: others), explains: [.horizon],
            symptomOf: oldest.links)
    }

    static let examples: [RuleExample] = [
        .fires("a report that took a snapshot and forgot it", on: "app/nightly-report") {
            $0.addTable("stock", rows: 10_000, dead: 35_000)
            $0.addSession(1, "nightly-report", state: "idle in transaction", for: 900) { $0.xminAge = 40_000 }
        },
        .fires("a slot that nobody reads", on: "cdc2") {
            $0.addTable("orders", rows: 1_000_000, dead: 9_000_000)
            $0.replicationSlots = [
                .make {
                    $0.name = "cdc2"
                    $0.type = "logical"
                    $0.catalogXminAge = 2_000_000
                    $0.xminAge = 2_000_000
                }
            ]
        },
        .fires("a prepared transaction", on: "xa-1") {
            $0.addTable("orders", rows: 1_000_000, dead: 900_000)
            $0.preparedTransactions = [
                .make {
                    $0.gid = "xa-1"
                    $0.transactionIDAge = 700_000
                    $0.owner = "app"
                    $0.database = "shop"
                }
            ]
        },
        .fires("two holders: the older one leads", on: "xa-1") {
            $0.addTable("orders", rows: 1_000_000, dead: 900_000)
            $0.addSession(1, "nightly-report", state: "idle in transaction", for: 900) { $0.xminAge = 40_000 }
            $0.preparedTransactions = [
                .make {
                    $0.gid = "xa-1"
                    $0.transactionIDAge = 700_000
                    $0.owner = "app"
                    $0.database = "shop"
                }
            ]
        },
        .silent("a logical slot, which keeps rows of catalogs only") {
            $0.addTable("orders", rows: 1_000_000, dead: 9_000_000)
            $0.replicationSlots = [
                .make {
                    $0.name = "cdc2"
                    $0.type = "logical"
                    $0.catalogXminAge = 2_000_000
                }
            ]
        },
        .fires("a logical slot, and dead rows of catalogs", on: "cdc2") {
            $0.addTable("pg_attribute", rows: 10_000, dead: 200_000) {
                $0.name = QualifiedName("pg_catalog", "pg_attribute")
                $0.isSystem = true
            }
            $0.replicationSlots = [
                .make {
                    $0.name = "cdc2"
                    $0.type = "logical"
                    $0.catalogXminAge = 2_000_000
                }
            ]
        },
        .silent("a session of another database") {
            $0.addTable("orders", rows: 1_000_000, dead: 900_000)
            $0.addSession(1, "web", state: "idle in transaction", for: 900) {
                $0.xminAge = 40_000
                $0.database = "crm"
            }
        },
        .silent("VACUUM itself") {
            $0.addTable("orders", rows: 1_000_000, dead: 900_000)
            $0.addSession(1, "psql", for: 900) { $0.xminAge = 40_000 }
            $0.progress = [
                .make {
                    $0.command = "vacuum"
                    $0.pid = 1
                }
            ]
        },
        .silent("an old snapshot, and no dead rows") {
            $0.addTable("stock", rows: 10_000, dead: 10)
            $0.addSession(1, "pg_dump", for: 3600) { $0.xminAge = 40_000 }
        },
        .silent("dead rows, and no old snapshot") {
            $0.addTable("stock", rows: 10_000, dead: 35_000)
            $0.addSession(1, "web", for: 1) { $0.xminAge = 12 }
        },
        .silent("an autovacuum worker's own xmin") {
            $0.addTable("stock", rows: 10_000, dead: 35_000)
            $0.addSession(1, "", for: 3600) {
                $0.type = "autovacuum worker"
                $0.xminAge = 50_000
            }
        },
    ]
}
