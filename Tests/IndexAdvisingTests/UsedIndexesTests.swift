import IndexAdvising
import Model
import Statements
import Testing

@Suite("Indexes that plans read")
struct UsedIndexesTests {
    private func read(_ text: String, _ printed: Set<String> = ["a"]) throws -> Set<String> {
        let sample = RemovalSample.made {
            $0.addIndex("a", "x")
            $0.addIndex("b", "y")
            $0.addTable("orders") { $0.name = QualifiedName("log", "orders") }
            $0.addTable("orders_1") {
                $0.name = QualifiedName("part", "orders_1")
                $0.partitionRoot = QualifiedName("log", "orders")
            }
            for (schema, table) in [("log", "orders"), ("part", "orders_1")] {
                $0.addIndex("a", "x") {
                    $0.name = QualifiedName(schema, "a")
                    $0.relation = QualifiedName(schema, table)
                }
            }
        }
        let names = CatalogNames(sample.catalog)
        let statement = WorkloadStatement(
            number: 0, parsed: try ParsedStatement(parsing: text), names: names, searchPath: ["public"], calls: 1)
        return Set(UsedIndexes(names).read(printed, by: statement).map(\.description))
    }

    @Test func theStatementTellsTheSchema() throws {
        #expect(try read("SELECT * FROM orders") == ["a"])
        #expect(try read("SELECT * FROM log.orders") == ["log.a", "part.a"])
    }

    @Test func whereItIsNotKnownAllOfThatNameCount() throws {
        #expect(try read("SELECT * FROM a_view") == ["a", "log.a", "part.a"])
    }

    @Test func oneThatIsCalledSoIsTheOne() throws {
        #expect(try read("SELECT * FROM a_view", ["b"]) == ["b"])
        #expect(try read("SELECT * FROM orders", []).isEmpty)
        #expect(try read("SELECT * FROM orders", ["c"]).isEmpty)
    }
}
