import Model
import Statements

/// `name ^@ $1` beside a B-tree that sorts by a language's rules.
struct PrefixSearchCollation: StatementRule {
    static let metadata = RuleMetadata(
        id: "index.prefix-search-collation",
        title: "Index whose collation cannot find prefixes",
        area: .index,
        needs: [.statements, .statementTexts, .relations, .indexes, .columns, .databases],
        looksAt:
            "searches for how a text begins (^@, starts_with) in the parse trees of statements that cost; the collations "
            + "and operator classes of the column's indexes, the database's collation, and the blocks a call touches",
        why:
            "A B-tree in a language's order (and in C.UTF-8 of the C library) does not keep together what begins alike, so "
            + "that it cannot find prefixes: the table is read whole. One in byte order (COLLATE \"C\", or the operator class "
            + "text_pattern_ops) does.",
        limits:
            "The pattern of LIKE is a parameter here, of which nobody knows how it begins: shape.leading-wildcard-search "
            + "judges LIKE, and advises this index beside a trigram one. Measured on 15.18 and 18.1: ^@ and starts_with "
            + "use an index in C or with pattern_ops where the plan knows the value; a generic plan uses none, which is why "
            + "the blocks touched decide and not the plan. " + CostlyShape.grammar,
        thresholds: [
            CostlyShape.share, CostlyShape.leastTime, CostlyShape.largeTable, CostlyShape.readShare,
            CostlyShape.returnedShare,
        ],
        references: [
            "https://www.postgresql.org/docs/current/indexes-opclass.html",
            "https://www.postgresql.org/docs/current/indexes-collations.html",
            "https://www.postgresql.org/docs/current/functions-string.html",
        ],
        explains: [.costsTime])

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.isMeasured else { return nil }
        for search in analysis.shape.prefixSearches {
            guard let relation = analysis.relation(of: search.column), relation.kind == .table,
                relation.rows >= CostlyShape.largeTable.value, analysis.touchesMuch(of: relation),
                analysis.returnsLittle(of: relation),
                let prefix = PrefixIndex(relation, analysis.column(of: search.column), analysis, observation),
                let unfit = prefix.unfit
            else { continue }
            return finding(search, prefix, unfit, analysis)
        }
        return nil
    }

    private func finding(
        _ search: PrefixSearch, _ prefix: PrefixIndex, _ unfit: Index, _ analysis: StatementAnalysis
    ) -> Finding {
        let (relation, column) = (prefix.relation, prefix.column.name)
        return analysis.finding(
            Self.metadata, title: "\(unfit.name.name) cannot find how \(column) begins", about: [relation.name],
            summary:
                "A statement with \(analysis.cost) searches \(relation.name) for how \(column) begins "
                + "(\(search.operation)). Index \(unfit.name.name) is not in byte order, so that it cannot find prefixes: "
                + "a call touches \(Quantity.about(analysis.load.counters.blocksPerCall)) of "
                + "\(Quantity.about(Double(relation.pages))) pages.",
            evidence: [
                Evidence("index", "index that cannot serve", .text(unfit.name.description)),
                Evidence("column", "column searched", .text("\(relation.name).\(column)")),
                Evidence("tableRows", "rows of \(relation.name)", .count(Int64(relation.rows))),
            ],
            notIf: "the statement is prepared and runs by a generic plan, which uses no index for a prefix",
            tier: .fix, actions: [prefix.create(gain: analysis.gain)])
    }

    static let examples: [RuleExample] = [
        .fires("a column in the database's collation", on: "f1") {
            $0.addPrefix("SELECT * FROM customers WHERE name ^@ $1")
        },
        .fires("starts_with, of a varchar", on: "f1") {
            $0.addPrefix("SELECT * FROM customers WHERE starts_with(name, $1)", type: "character varying(40)")
        },
        .silent("text_pattern_ops") {
            $0.addPrefix("SELECT * FROM customers WHERE name ^@ $1") { $0.operatorClassName = "text_pattern_ops" }
        },
        .silent("the column is in C") {
            $0.addPrefix("SELECT * FROM customers WHERE name ^@ $1") { $0.collation = 950 }
        },
        .silent("the database is in C") {
            $0.addPrefix("SELECT * FROM customers WHERE name ^@ $1")
            for place in $0.databases.indices { $0.databases[place].collation = "C" }
        },
        .silent("an SP-GiST index") {
            $0.addPrefix("SELECT * FROM customers WHERE name ^@ $1")
            $0.addIndex("customers_name_spgist", on: "name", table: "customers") { $0.accessMethod = "spgist" }
        },
        .silent("no index on the column at all") {
            $0.addPrefix("SELECT * FROM customers WHERE name ^@ $1")
            $0.catalogs[0].indexes = []
        },
        .silent("LIKE, of whose pattern nothing is known") {
            $0.addPrefix("SELECT * FROM customers WHERE name LIKE $1")
        },
        .silent("few blocks are touched") {
            $0.addPrefix("SELECT * FROM customers WHERE name ^@ $1", blocksPerCall: 20)
        },
        .silent("a call returns a third of the table") {
            $0.addPrefix("SELECT * FROM customers WHERE name ^@ $1", rows: 300_000_000)
        },
        .silent("negated") { $0.addPrefix("SELECT * FROM customers WHERE NOT name ^@ $1") },
    ]
}

extension Snapshot {
    fileprivate mutating func addPrefix(
        _ text: String, type: String = "text", rows: Int64 = 1000, blocksPerCall: Int64 = 90_000,
        _ configure: (inout IndexColumn) -> Void = { _ in }
    ) {
        addColumns("customers", "id!", "name", type: type)
        addIndex("customers_name_idx", on: "name", table: "customers") {
            $0.columns[0].collation = 100
            configure(&$0.columns[0])
        }
        addCostly(text, rows: rows, blocksPerCall: blocksPerCall)
    }
}
