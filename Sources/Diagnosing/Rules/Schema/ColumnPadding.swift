import Foundation
import IndexAdvising
import Model
import Statements

/// Gigabytes of nothing between columns.
struct ColumnPadding: Rule {
    static let metadata = RuleMetadata(
        id: "schema.column-padding",
        title: "Order of columns that leaves holes in every row",
        area: .schema,
        needs: [.relations, .columns, .columnStatistics],
        looksAt:
            "pg_attribute.attlen and attalign of each column in order, pg_stats.avg_width and null_frac, and the table's rows",
        why:
            "A value of 8 bytes starts at a multiple of 8: a boolean before it costs 8 bytes. In a table of a billion rows the holes are gigabytes that are read, cached and backed up.",
        limits:
            "An estimate: values that vary in length are taken at their mean, and after one of them half of the largest hole is expected. Told only from 10 % and 1 GB on; a rewrite for its own sake is seldom worth it, so it "
            + "is a plan for the next one.",
        thresholds: [share, bytes],
        references: [
            "https://www.postgresql.org/docs/current/storage-page-layout.html",
            "https://www.postgresql.org/docs/current/catalog-pg-type.html",
        ])

    private static let share = Threshold(
        "share of a row", 0.1, "share", source: "postgres_dba x1 shows all; below 10 % it leaves it out of its advice")
    private static let bytes = Threshold(
        "bytes in all", 1_073_741_824, "bytes", source: "our choice: 1 GB is worth a line in the next migration's plan")
    private static let word = 8.0

    func evaluate(_ observation: Observation) -> Outcome {
        var unread = 0
        let findings = observation.indexSurveys.flatMap { survey -> [Finding] in
            let columns = Dictionary(grouping: survey.catalog.columns, by: \.relation)
            let parts = Dictionary(
                grouping: survey.catalog.relations.filter { $0.partitionRoot != nil && $0.kind == .table }
            ) { $0.partitionRoot! }
            return survey.catalog.relations.filter {
                [.table, .partitioned].contains($0.kind) && !$0.isPartition && !$0.isSystem
            }.compactMap { table -> Finding? in
                let leaves = parts[table.name] ?? [table]
                let rows = leaves.reduce(0) { $0 + $1.rows }
                // Not even a hole of 8 bytes before each of its columns would do.
                guard let own = columns[table.name]?.sorted(by: { $0.number < $1.number }),
                    rows * Self.word * Double(own.count) >= Self.bytes.value
                else { return nil }
                guard own.allSatisfy({ $0.length != nil && ($0.length! > 0 || $0.statistics != nil) }) else {
                    unread += 1
                    return nil
                }
                return judge(table, own, rows, survey.catalog.database)
            }
        }
        guard unread == 0 else {
            return .partial(
                findings, "the widths of the columns of \(Quantity.plural(unread, "large table")) are not known")
        }
        return .findings(findings)
    }

    private func judge(_ table: Relation, _ columns: [Column], _ rows: Double, _ database: String) -> Finding? {
        let now = Self.width(columns)
        let best = Self.order(columns)
        let saved = now - Self.width(best)
        let all = saved * rows
        // 24 bytes of header and 4 of line pointer come on top of what the columns take.
        guard saved / (now + 28) >= Self.share.value, all >= Self.bytes.value else { return nil }
        return Finding(
            Self.metadata, severity: .notice, tier: .cure,
            title: "the order of its columns costs \(table.name) some \(Quantity.bytes(Int64(all)))",
            objects: [.relation(table.name, in: database)],
            impact: .bytes(Int64(all), "of holes"), confidence: .medium,
            summary:
                "A row of \(table.name) takes some \(Quantity.decimal(now + 28, places: 0)) bytes, of which \(Quantity.decimal(saved, places: 0)) would not be there in another order of its columns: \(Quantity.bytes(Int64(all))) in \(Quantity.about(rows)) rows.",
            evidence: [
                Evidence("rowWidth", "bytes of a row, about", .number(now + 28)),
                Evidence("saved", "bytes of a row that could go", .number(saved)),
                Evidence("rows", "rows", .number(rows)),
                Evidence("tableSize", "size", .bytes(table.sizeOrEstimate)),
                Evidence("order", "order without holes", .list(best.map(\.name))),
            ],
            notIf: "the table is not rewritten anyway",
            actions: [
                Action(
                    .cure, "when it is next rewritten, put the columns in this order",
                    steps: [
                        best.map { SQL.identifier($0.name) }.joined(separator: ", ") + ".",
                        "Occasions: the move to a partitioned table (new partitions take the order of their parent), a change of a type that rewrites it, a logical copy to a new version.",
                        "Statements that insert without naming columns, and SELECT *, see another order: look for them first.",
                    ], lock: LockNote.none, gain: Gain("some \(Quantity.bytes(Int64(all)))", .estimated),
                    verify: "the size of the new table against the old one",
                    undo: "the former order, at the next rewrite")
            ], explains: [.relation(table.name, database: database)])
    }

    /// Fixed ones by falling alignment, keys before what may be NULL, then what varies in length.
    static func order(_ columns: [Column]) -> [Column] {
        columns.enumerated().sorted { left, right in
            func key(_ column: Column) -> (Int, Int) {
                (column.length ?? -1) > 0 ? (0, -(column.alignment ?? 1)) : (1, 0)
            }
            let (a, b) = (key(left.element), key(right.element))
            return a != b ? a < b : left.offset < right.offset
        }.map(\.element)
    }

    /// Bytes of a row's columns with what lies between them, on average.
    static func width(_ columns: [Column]) -> Double {
        var at = 0.0
        var isKnown = true
        for column in columns {
            let present = 1 - (column.statistics?.nullFraction ?? 0)
            let length = Double(column.length ?? -1)
            let bytes = length > 0 ? length : Double(column.statistics?.averageWidth ?? 0)
            // Values below 127 bytes have a header of one byte and are not aligned.
            let align = length > 0 || bytes >= 127 ? Double(column.alignment ?? 1) : 1
            if isKnown {
                at +=
                    ((align - at.truncatingRemainder(dividingBy: align)).truncatingRemainder(dividingBy: align))
                    * present
            } else {
                at += (align - 1) / 2 * present
            }
            at += bytes * present
            // After what varies in length or may be missing, only the mean is known.
            isKnown = length > 0 && present == 1 && (isKnown || align == Self.word)
            if isKnown { at = at.rounded(.up) }
        }
        return (at / word).rounded(.up) * word
    }

    static let examples: [RuleExample] = [
        .fires("flags between numbers, a billion times", on: "public.events") { $0.addHoles() },
        .silent("in good order") { $0.addHoles(["a", "b", "f", "g"]) },
        .silent("a million rows") { $0.addHoles(rows: 1_000_000) },
        .inconclusive("widths of texts are not known") {
            $0.addHoles()
            $0.catalogs[0].columns[0].length = -1
            $0.catalogs[0].columns[0].statistics = nil
        },
    ]
}

extension Snapshot {
    /// `a` and `b` are bigint, the others boolean.
    fileprivate mutating func addHoles(_ order: [String] = ["f", "a", "g", "b"], rows: Double = 1_000_000_000) {
        addTable("events") {
            $0.estimatedRows = rows
            $0.pages = 8_000_000
        }
        for (number, name) in order.enumerated() {
            let isWide = ["a", "b"].contains(name)
            catalogs[0].columns.append(
                .make {
                    $0.relation = QualifiedName("public", "events")
                    $0.name = name
                    $0.number = number + 1
                    $0.type = isWide ? "bigint" : "boolean"
                    $0.length = isWide ? 8 : 1
                    $0.alignment = isWide ? 8 : 1
                    $0.statistics = .make { _ in }
                })
        }
    }
}
