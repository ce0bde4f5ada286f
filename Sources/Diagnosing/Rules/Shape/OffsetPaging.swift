import Model
import Statements

/// Pages that are reached by counting from the beginning.
struct OffsetPaging: StatementRule {
    static let metadata = RuleMetadata(
        id: "shape.offset-paging",
        title: "Paging with OFFSET",
        area: .shape,
        needs: [.statements, .statementTexts],
        looksAt: "LIMIT with OFFSET in the parse trees of statements that cost, and the blocks touched for each row "
            + "returned",
        why: "OFFSET 10000 finds ten thousand rows and throws them away: each page costs more than the one before it, "
            + "and rows that come or go meanwhile are shown twice or never.",
        limits: "The offset itself is not known, as texts are normalised: the blocks for each row stand for it. "
            + CostlyShape.grammar,
        thresholds: [CostlyShape.share, CostlyShape.leastTime, blocks],
        references: [
            "https://www.postgresql.org/docs/current/queries-limit.html", "https://use-the-index-luke.com/no-offset",
        ],
        explains: [.costsTime])

    private static let blocks = Threshold(
        "blocks touched for each row returned", 50, "blocks",
        source: "our choice: an index finds a row in some five blocks; ten times as many are rows thrown away")

    func judge(_ analysis: StatementAnalysis, _ observation: Observation) -> Finding? {
        guard analysis.parsed.kind == .select, let top = analysis.shape.top, top.hasOffset, top.hasLimit else {
            return nil
        }
        let counters = analysis.load.counters
        let perRow = counters.blocksPerCall / max(counters.rowsPerCall, 1)
        return analysis.mayTouch(atLeast: Self.blocks.value) ? finding(perRow, top, analysis) : nil
    }

    private func finding(_ perRow: Double, _ top: QueryLevel, _ analysis: StatementAnalysis) -> Finding {
        let relation = top.relations.first?.target
        let name = relation?.description ?? "a result"
        return analysis.finding(
            Self.metadata, title: "Pages of \(name) are reached with OFFSET", about: relation.map { [$0] } ?? [],
            summary: "A statement with \(analysis.cost) pages through \(name) with OFFSET: it touches "
                + "\(Quantity.about(perRow)) blocks for each row that it returns, most of them for rows thrown away.",
            evidence: [Evidence("blocksPerRow", "blocks touched for each row returned", .number(perRow))],
            notIf: "users never go beyond the first pages",
            actions: [
                Action(
                    .containment, "limit how far users may page",
                    steps: ["Refuse offsets beyond the first few hundred rows in the application, and offer a search."],
                    gain: Gain("takes away the dearest calls", .ruleOfThumb)),
                Action.rewrite(
                    "continue after the last row seen (keyset paging)", steps: keyset(top), gain: analysis.gain,
                    caution: "leads to the next and the previous page, not to page 500"),
            ])
    }

    private func keyset(_ top: QueryLevel) -> [String] {
        var keys = top.orderBy.compactMap { $0.column?.written }
        let isPlain = keys.count == top.orderBy.count && !keys.isEmpty
        guard isPlain, Set(top.orderBy.map(\.isDescending)).count == 1 else {
            return [
                "Sort by columns that make a row unique, remember those of the last row shown, and ask for the rows "
                    + "after it: `WHERE (a, id) > ($1, $2) ORDER BY a, id LIMIT $3`, with an index on (a, id)."
            ]
        }
        if !keys.contains(where: { $0 == "id" || $0.hasSuffix(".id") }) { keys.append("id") }
        let direction = top.orderBy[0].isDescending
        let values = (1...keys.count).map { "$\($0)" }.joined(separator: ", ")
        let order = keys.map { direction ? $0 + " DESC" : $0 }.joined(separator: ", ")
        return [
            "Remember \(keys.joined(separator: ", ")) of the last row shown, and replace OFFSET by: "
                + "`WHERE (\(keys.joined(separator: ", "))) \(direction ? "<" : ">") (\(values)) ORDER BY \(order) LIMIT …` "
                + "(the last key must make the row unique: take the primary key).",
            "Make an index on the same columns in the same order.",
        ]
    }

    static let examples: [RuleExample] = [
        .fires("deep pages of a list of orders", on: "f1") {
            $0.addColumns("orders", "id!", "created_at")
            $0.addCostly(
                "SELECT * FROM orders ORDER BY created_at DESC LIMIT $1 OFFSET $2", rows: 20_000, blocksPerCall: 20_000)
        },
        .silent("pages that stay near the beginning") {
            $0.addColumns("orders", "id!", "created_at")
            $0.addCostly(
                "SELECT * FROM orders ORDER BY created_at LIMIT $1 OFFSET $2", rows: 20_000, blocksPerCall: 200)
        },
        .silent("LIMIT alone") {
            $0.addColumns("orders", "id!", "created_at")
            $0.addCostly("SELECT * FROM orders ORDER BY created_at LIMIT $1", rows: 20_000, blocksPerCall: 20_000)
        },
    ]
}
