import Foundation
import Testing

@testable import Reporting

@Suite("Charts show the numbers that they are given")
struct ChartTests {
    @Test(arguments: [
        (0.2, 0.2, 0.1), (1, 1, 0.5), (3, 3, 1), (13, 15, 5), (38, 40, 20), (44, 60, 20), (100, 100, 50), (0, 1, 1),
    ])
    func theAxisEndsAtARoundNumberAboveTheGreatest(_ greatest: Double, _ end: Double, _ step: Double) {
        let scale = BarChart.scale(greatest)
        #expect(abs(scale.end - end) < 1e-9)
        #expect(abs(scale.step - step) < 1e-9)
    }

    @Test func barsAreAsLongAsTheirShareOfTheAxis() {
        let view = BarChart(
            bars: [.init(label: "Lock", value: 13, text: "13.0"), .init(label: "IO", value: 1.5, text: "1.5")],
            unit: "sessions", limit: (value: 3, name: "3 cores"), tickText: { "\(Int($0))" }
        ).view
        #expect(view.rows[0].svg.contains("width=\"86.67%\""))
        #expect(view.rows[1].svg.contains("width=\"10%\""))
        #expect(view.rows[0].svg.contains("class=\"limit\" x1=\"20%\""))
        #expect(view.axis.contains("3 cores"))
    }

    @Test func likePlansInTreesAreDrawnInOrder() throws {
        let outline = try #require(PlanOutline(json: Self.plan))
        #expect(outline.nodeCount == 3)
        #expect(outline.kind == "Hash Join (left)")
        #expect(outline.children.map(\.relation) == ["orders", "customers"])
        #expect(outline.children.map(\.kind) == ["Parallel Seq Scan", "Index Scan"])
        #expect(outline.ownCost == 50)
        #expect(outline.costliest == 900)
    }

    @Test(arguments: ["", "[]", "{}", "[{}]", "null", "[{\"Plan\": 1}]", "not json"])
    func whatIsNoPlanIsNotDrawn(_ json: String) { #expect(PlanOutline(json: json) == nil) }

    @Test func nodesAreWideEnoughAndBelowEachOther() {
        let tree = TreeChart(
            label: "tree",
            roots: [.init(title: "root", detail: "", children: [.init(title: "child <&\"", detail: "表 テーブル")])])
        #expect(tree.svg.contains("child &lt;&amp;&quot;"))
        #expect(tree.svg.contains("height=\"96\""))
        #expect(tree.svg.contains("d=\"M15 43V74H29\""))
    }

    private static let plan = """
        [{"Plan": {"Node Type": "Hash Join", "Join Type": "Left", "Total Cost": 1000, "Plan Rows": 10, "Plans": [
          {"Node Type": "Seq Scan", "Parallel Aware": true, "Relation Name": "orders", "Total Cost": 900},
          {"Node Type": "Index Scan", "Relation Name": "customers", "Index Name": "customers_pkey", "Total Cost": 50}]}}]
        """
}
