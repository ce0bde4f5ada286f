import Foundation
import IndexAdvising
import Model
import Statements

/// A B-tree on an array or document that statements look into.
struct BTreeOnContents: Rule {
    static let metadata = RuleMetadata(
        id: "index.btree-on-contents",
        title: "B-tree on an array or document that statements look into",
        area: .index,
        needs: [.indexes, .relations, .columns, .statementTexts, .databases], uses: [.statements],
        looksAt:
            "plain B-trees whose first key is an array or jsonb, their scans, and conditions @>, <@, &&, ? on the column in statements",
        why:
            "A B-tree compares an array or document as a whole, by = and <. Conditions about what is in it read the table, while the index is written with every row; what serves them is GIN.",
        limits:
            "Told only where the B-tree was not read and a statement that is known looks into the column. Whole values that are compared (as a key of a cache) read it, and keep it.",
        thresholds: [days],
        references: [
            "https://www.postgresql.org/docs/current/gin.html",
            "https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING",
            "https://www.postgresql.org/docs/current/indexes-opclass.html",
        ],
        explains: [.costsTime])

    private static let days = Threshold(
        "days of statistics without a scan", 1, "days",
        source: "our choice: the statement that it was made for is known and does not use it")

    func evaluate(_ observation: Observation) -> Outcome {
        var young: [String] = []
        let findings = observation.indexSurveys.flatMap { survey -> [Finding] in
            let found = survey.tree.roots { index in
                index.accessMethod == "btree" && index.isUsable && index.purpose == nil && survey.tree.scans(index) == 0
            }
            .compactMap { judge($0, survey, observation) }
            guard !found.isEmpty else { return [] }
            guard let age = observation.statisticsAge(of: survey.catalog.database), age >= Self.days.value else {
                young.append(survey.catalog.database)
                return []
            }
            return found
        }
        guard young.isEmpty else {
            return .partial(findings, "the statistics of \(young.joined(separator: ", ")) are younger than a day")
        }
        return .findings(findings)
    }

    private func judge(_ index: Index, _ survey: IndexSurvey, _ observation: Observation) -> Finding? {
        guard let name = index.columns.first?.name, let column = survey.names.column(name, of: index.relation),
            column.typeCategory == "A" || column.type == "jsonb", let relation = survey.names.relation(index.relation)
        else { return nil }
        let database = survey.catalog.database
        let users = observation.analyses.all.filter { analysis in
            analysis.load.database == database
                && analysis.shape.levels.flatMap(\.predicates).contains { predicate in
                    predicate.operation == .containment && predicate.wrapper == nil && !predicate.isNegated
                        && analysis.name(of: predicate.column) == name
                        && analysis.relation(of: predicate.column)?.name == index.relation
                }
        }
        guard let first = users.first, !GINIndex.serves(name, survey.names.indexes(of: index.relation)) else {
            return nil
        }
        let size = survey.tree.size(index)
        var actions: [Action] = []
        if var gin = GINIndex(name, of: relation, in: survey.names).action(gain: first.gain) {
            gin.title = "make a GIN index on \(name)"
            gin.verify = "EXPLAIN of the statement shows it, then its mean time in the next diagnosis"
            actions.append(gin)
        }
        let then = actions.isEmpty ? "" : "then "
        actions.append(
            DropIndex(index: index, gain: Gain("\(Quantity.bytes(size)), and one index less to write", .measured))
                .action(
                    title: "\(then)drop \(index.name)", verify: "statements on \(index.relation) keep their mean time"))
        return Finding(
            Self.metadata, severity: .notice, tier: .fix,
            title: "\(index.name) is a B-tree, and statements look into \(name)",
            objects: [.index(index.name, in: database), .relation(index.relation, in: database)],
            impact: first.load.share >= CostlyShape.share.value ? .share(first.load.share) : .bytes(size, "of no use"),
            confidence: .high,
            summary:
                "\(index.name) \(index.keyList) was never read: \(Quantity.plural(users.count, "statement")) ask what \(name) (\(column.type)) contains, which a B-tree cannot answer.",
            evidence: [
                Evidence("type", "type of the column", .text(column.type)), Evidence("scans", "scans", .count(0)),
                Evidence("indexSize", "size", .bytes(size)),
                Evidence("calls", "calls of the statement", .count(first.load.counters.calls)),
            ] + (first.load.text.map { [Evidence("statement", "statement", .text($0))] } ?? []),
            notIf: "a statement that was not seen compares whole values", actions: actions,
            explains: [.index(index.name, database: database), first.load.link])
    }

    static let examples: [RuleExample] = [
        .fires("tags of articles", on: "public.articles_tags") {
            $0.addTags("SELECT id FROM articles WHERE tags @> $1")
        },
        .silent("whole arrays are compared, and it is read") {
            $0.addTags("SELECT id FROM articles WHERE tags = $1")
            $0.catalogs[0].indexes[0].counters.scans = 90
        },
        .silent("GIN is there as well") {
            $0.addTags("SELECT id FROM articles WHERE tags @> $1")
            $0.addIndex("articles_tags_gin", on: "tags", table: "articles") { $0.accessMethod = "gin" }
        },
        .silent("nobody looks into it: index.unused says so") { $0.addTags("SELECT id FROM articles") },
        .inconclusive("statistics of an hour") {
            $0.addTags("SELECT id FROM articles WHERE tags @> $1")
            $0.databases[0].statisticsReset = $0.takenAt.addingTimeInterval(-3600)
        },
    ]
}

extension Snapshot {
    fileprivate mutating func addTags(_ statement: String) {
        addColumns("articles", "tags", type: "text[]")
        catalogs[0].columns[0].typeCategory = "A"
        addIndex("articles_tags", on: "tags", table: "articles", scans: 0)
        addCostly(statement)
    }
}
