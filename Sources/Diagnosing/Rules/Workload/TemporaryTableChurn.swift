import Model
import Statements

/// Temporary tables that are made and dropped all the time.
struct TemporaryTableChurn: Rule {
    static let metadata = RuleMetadata(
        id: "workload.temporary-table-churn",
        title: "Temporary tables that come and go all the time",
        area: .workload,
        needs: [.statements, .statementTexts, .relations],
        looksAt:
            "CREATE TEMPORARY TABLE (also as CREATE TABLE AS and SELECT INTO) in pg_stat_statements within the window, "
            + "and the size and dead rows of pg_attribute",
        why:
            "Each temporary table is a row of pg_class, one of pg_attribute for each column, rows of pg_type and pg_depend, "
            + "and files. Thousands an hour leave as many dead rows in catalogs that every planning reads, and tell "
            + "all sessions to forget what they had cached.",
        limits:
            "Only commands that pg_stat_statements counts (track_utility is on by default), and only at the top level "
            + "unless pg_stat_statements.track is all: those within functions are not seen. CREATE … IF NOT "
            + "EXISTS is left out.",
        thresholds: [perHour, least, share, attributes, dead],
        references: [
            "https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-TEMPORARY",
            "https://www.postgresql.org/docs/current/catalog-pg-attribute.html",
        ])

    private static let perHour = Threshold(
        "temporary tables an hour", 1000, "calls",
        source: "our choice: autovacuum, once a minute, then meets some hundred dead rows of pg_attribute each time")
    private static let least = Threshold(
        "temporary tables in the window", 1000, "calls", source: "our choice: a report that was run by hand is none")
    private static let share = Threshold(
        "share of time of the commands themselves", 0.03, "share", source: "as for a shape: less is not worth a change")
    private static let attributes = Threshold(
        "size of pg_attribute", 104_857_600, "bytes",
        source: "measured on 15.18: 448 kB with the 3,054 columns of a new database; 100 MB would be 700,000")
    private static let dead = Threshold(
        "dead rows of pg_attribute for each live one", 1, "rows",
        source: "our choice: autovacuum keeps a catalog at 0.2 (autovacuum_vacuum_scale_factor) when it keeps up")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let seconds = observation.knownSeconds else {
            return .inconclusive("it is not known since when calls are counted")
        }
        return .findings(
            Dictionary(grouping: observation.workload.statements, by: \.database).sorted { $0.key < $1.key }
                .compactMap { database, loads in
                    // Parsing is dear, and no part of the calls can be more than all.
                    guard Self.isMany(loads, in: seconds) else { return nil }
                    let loads = loads.filter(makesTemporaryTable)
                    guard Self.isMany(loads, in: seconds) else { return nil }
                    let calls = loads.reduce(0) { $0 + $1.counters.calls }
                    let perHour = Double(calls) / seconds * 3600
                    let attribute = observation.snapshot.catalogs.first { $0.database == database }?.relations
                        .first { $0.name == QualifiedName("pg_catalog", "pg_attribute") }
                    let churn = Churn(
                        database: database, loads: loads, calls: calls, perHour: perHour, attribute: attribute)
                    guard churn.share >= Self.share.value || isBloated(attribute) else { return nil }
                    return finding(churn, observation)
                })
    }

    private static func isMany(_ loads: [StatementLoad], in seconds: Double) -> Bool {
        let calls = Double(loads.reduce(0) { $0 + $1.counters.calls })
        return calls >= least.value && calls / seconds * 3600 >= perHour.value
    }

    private struct Churn {
        var database: String
        /// Greatest first.
        var loads: [StatementLoad]
        var calls: Int64
        var perHour: Double
        var attribute: Relation?
        var share: Double { loads.reduce(0) { $0 + $1.share } }
    }

    private func makesTemporaryTable(_ load: StatementLoad) -> Bool {
        // IF NOT EXISTS mostly finds it there: that is the mended form.
        guard let root = load.parsed?.root, !root.flag("if_not_exists") else { return false }
        let target: Node? =
            switch root.kind {
            case "CreateStmt": root.node("relation")
            case "CreateTableAsStmt": root.node("into")?.node("rel")
            case "SelectStmt": root.node("intoClause")?.node("rel")
            default: nil
            }
        return target?.string("relpersistence") == "t"
    }

    private func isBloated(_ attribute: Relation?) -> Bool {
        guard let attribute else { return false }
        return Double(attribute.sizeOrEstimate) >= Self.attributes.value
            || Double(attribute.deadTuples) >= Self.dead.value * max(attribute.rows, 1)
    }

    private func finding(_ churn: Churn, _ observation: Observation) -> Finding {
        let first = churn.loads[0]
        var evidence = [
            Evidence("calls", "temporary tables made", .count(churn.calls)),
            Evidence("perHour", "an hour", .number(churn.perHour)),
            Evidence("share", "share of time of the commands", .share(churn.share)),
        ]
        if let attribute = churn.attribute {
            evidence.append(Evidence("attributeSize", "size of pg_attribute", .bytes(attribute.sizeOrEstimate)))
            evidence.append(Evidence("deadAttributes", "dead rows of pg_attribute", .count(attribute.deadTuples)))
            evidence.append(Evidence("attributes", "live rows of pg_attribute", .count(Int64(attribute.rows))))
        }
        evidence.append(
            Evidence("statements", "statements", .list(churn.loads.prefix(3).map { $0.text ?? $0.key.name })))
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title: "\(Quantity.about(churn.perHour)) temporary tables an hour in \(churn.database)",
            objects: [first.object, ObjectReference(.database, churn.database)],
            impact: .share(churn.share), confidence: .high,
            summary: "\(Quantity.about(Double(churn.calls))) temporary tables were made in \(churn.database), "
                + "\(Quantity.about(churn.perHour)) an hour; making them takes \(Quantity.percent(churn.share)) of the time"
                + (churn.attribute.map { ", and pg_attribute has come to \(Quantity.bytes($0.sizeOrEstimate))" } ?? "")
                + ".",
            evidence: evidence, actions: actions(churn), explains: Set(churn.loads.map(\.link)))
    }

    private func actions(_ churn: Churn) -> [Action] {
        var actions: [Action] = []
        if isBloated(churn.attribute) {
            actions.append(
                Action(
                    .containment, "vacuum the catalogs now",
                    sql: ["pg_attribute", "pg_class", "pg_type", "pg_depend"].map { "VACUUM pg_catalog.\($0);" },
                    lock: .vacuum, gain: Gain("room for new entries; the files stay as large", .ruleOfThumb),
                    verify: "the dead rows of pg_attribute in the next diagnosis",
                    caution: "a transaction that is open since long keeps it from removing anything"))
        }
        actions.append(
            Action(
                .cure, "make the table once, or do without",
                steps: [
                    "Make it once a session, `CREATE TEMPORARY TABLE IF NOT EXISTS … ON COMMIT DELETE ROWS`, and fill it again "
                        + "in each transaction; TRUNCATE of a temporary table touches its file only.",
                    "Where it only hands a list to the next statement: pass an array, `unnest($1)`; where it holds a step of a "
                        + "report: a WITH query, MATERIALIZED if it is used twice.",
                ],
                gain: Gain("\(Quantity.about(churn.perHour)) fewer tables an hour", .estimated),
                verify: "its calls in the next diagnosis"))
        return actions
    }

    static let examples: [RuleExample] = [
        .fires("a table for each request", on: "t1") {
            $0.addTemporary("CREATE TEMP TABLE ids (id int)", time: 60_000)
        },
        .fires("quickly made, but the catalog has grown", on: "t1") {
            $0.addTemporary("SELECT id INTO TEMPORARY ids FROM orders", time: 500)
            $0.addTable("orders")
            $0.addAttributes(megabytes: 900, dead: 10_000)
        },
        .fires("quickly made, but autovacuum does not keep up", on: "t1") {
            $0.addTemporary("CREATE TEMPORARY TABLE ids AS SELECT id FROM orders", time: 500)
            $0.addAttributes(megabytes: 3, dead: 90_000)
        },
        .silent("a nightly report") { $0.addTemporary("CREATE TEMP TABLE ids (id int)", calls: 200, time: 60_000) },
        .silent("a thousand in a month") {
            $0.addTemporary("CREATE TEMP TABLE ids (id int)", calls: 2000, time: 60_000)
        },
        .silent("quickly made, and the catalog is in order") {
            $0.addTemporary("CREATE TEMP TABLE ids (id int)", time: 500)
            $0.addAttributes(megabytes: 1, dead: 300)
        },
        .silent("made once a session, if it is not there yet") {
            $0.addTemporary("CREATE TEMP TABLE IF NOT EXISTS ids (id int) ON COMMIT DELETE ROWS", time: 60_000)
        },
        .silent("tables that stay") { $0.addTemporary("CREATE TABLE ids (id int)", time: 60_000) },
        .silent("INSERT into one that is there") { $0.addTemporary("INSERT INTO ids SELECT $1", time: 60_000) },
    ]
}

extension Snapshot {
    fileprivate mutating func addTemporary(_ text: String, calls: Int64 = 3_000_000, time: Double) {
        addStatement("t1", text, calls: calls, time: time)
    }

    fileprivate mutating func addAttributes(megabytes: Int64, dead: Int64) {
        catalogs[0].relations.append(
            .make {
                $0.name = QualifiedName("pg_catalog", "pg_attribute")
                $0.isSystem = true
                $0.estimatedRows = 4000
                $0.size = megabytes << 20
                $0.deadTuples = dead
            })
    }
}
