import Lab
import Testing

@Suite("Shapes of plans")
struct PlanShapeTests {
    private static func plan(_ node: String) -> String { #"[{"Plan": \#(node)}]"# }
    private static func scan(_ type: String, _ more: String = "") -> String {
        #"{"Node Type": "\#(type)", "Relation Name": "orders", "Total Cost": 7\#(more)}"#
    }

    @Test("numbers, aliases and conditions do not count; nodes, indexes, joins and parallelism do")
    func differences() throws {
        let one = try PlanShape(json: Self.plan(Self.scan("Index Scan", #", "Index Name": "a", "Alias": "x""#)))
        let same = try PlanShape(json: Self.plan(Self.scan("Index Scan", #", "Index Name": "a", "Filter": "y""#)))
        #expect(one.difference(from: same) == nil)
        let other = try PlanShape(json: Self.plan(Self.scan("Index Scan", #", "Index Name": "b""#)))
        #expect(one.difference(from: other) == "Index Scan orders b instead of Index Scan orders a")
        let parallel = try PlanShape(json: Self.plan(Self.scan("Seq Scan", #", "Parallel Aware": true"#)))
        let plain = try PlanShape(json: Self.plan(Self.scan("Seq Scan")))
        #expect(plain.difference(from: parallel) == "Parallel Seq Scan orders instead of Seq Scan orders")
        func join(_ kind: String, _ children: [String]) throws -> PlanShape {
            let below = children.joined(separator: ", ")
            return try PlanShape(
                json: Self.plan(#"{"Node Type": "Hash Join", "Join Type": "\#(kind)", "Plans": [\#(below)]}"#))
        }
        let inner = try join("Inner", [Self.scan("Seq Scan")])
        #expect(try inner.difference(from: join("Left", [])) == "Left Hash Join instead of Hash Join")
        #expect(try inner.difference(from: join("Inner", [])) == "0 instead of 1 nodes below Hash Join")
        let deep = try inner.difference(from: join("Inner", [Self.scan("Tid Scan")]))
        #expect(deep == "Tid Scan orders instead of Seq Scan orders, below Hash Join")
    }

    @Test("what is not planned is not alike")
    func share() {
        var likeness = Likeness()
        #expect(likeness.share == nil)
        likeness.compare("a", source: Self.plan(Self.scan("Seq Scan")), lab: Self.plan(Self.scan("Seq Scan")))
        likeness.compare("b", source: Self.plan(Self.scan("Seq Scan")), lab: Self.plan(Self.scan("Tid Scan")))
        likeness.compare("c", source: Self.plan(Self.scan("Seq Scan")), lab: "nothing")
        likeness.unplanned("d", reason: "no such table")
        #expect(likeness.share == 0.25)
        #expect(likeness.unplanned.map(\.statement) == ["c", "d"])
    }
}
