import IndexAdvising
import Model
import Plans
import Statements
import Testing

@Suite("Indexes that plans read")
struct UsedIndexesTests {
    private func read(_ node: String, searchPath: [String] = ["public"]) throws -> Set<String> {
        let sample = RemovalSample.made {
            $0.addIndex("a", "x")
            $0.addIndex("b", "y")
            $0.addTable("orders") { $0.name = QualifiedName("log", "orders") }
            $0.addIndex("a", "x") {
                $0.name = QualifiedName("log", "a")
                $0.relation = QualifiedName("log", "orders")
            }
        }
        let plan = try Plan(json: "[{\"Plan\": \(node)}]")
        let search = CandidateSearch(sample.catalog)
        let found = search.indexesRead(by: plan, searchPath: searchPath, in: CatalogNames(sample.catalog))
        return Set(found.map(\.description))
    }

    private let scan = #"{"Node Type": "Index Scan", "Relation Name": "orders", "Alias": "o", "Index Name": "a"}"#

    @Test func theRelationTellsTheSchema() throws {
        #expect(try read(scan) == ["a"])
        #expect(try read(scan, searchPath: ["log", "public"]) == ["log.a"])
    }

    @Test func whereItIsNotKnownAllOfThatNameCount() throws {
        #expect(try read(scan, searchPath: ["elsewhere"]) == ["a", "log.a"])
    }

    @Test func indexesOfABitmapAreThoseOfItsHeapScan() throws {
        let bitmap = #"""
            {"Node Type": "Bitmap Heap Scan", "Relation Name": "orders", "Alias": "o", "Plans": [
              {"Node Type": "BitmapAnd", "Plans": [{"Node Type": "Bitmap Index Scan", "Index Name": "a"},
                {"Node Type": "Bitmap Index Scan", "Index Name": "b"}]}]}
            """#
        #expect(try read(bitmap) == ["a", "b"])
        #expect(try read(#"{"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "o"}"#).isEmpty)
    }
}
