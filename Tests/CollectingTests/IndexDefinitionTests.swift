import Model
import Testing

@testable import Collecting

@Suite("Definitions of plain indexes")
struct IndexDefinitionTests {
    private func column(_ name: String, descending: Bool = false, nullsFirst: Bool = false) -> IndexColumn {
        .make {
            $0.name = name
            $0.isDescending = descending
            $0.isNullsFirst = nullsFirst
        }
    }

    @Test("keys, order, included columns and options are written as SQL has them")
    func definition() {
        let index = Index.make {
            $0.name = QualifiedName("public", "Orders idx")
            $0.relation = QualifiedName("public", "orders")
            $0.isUnique = true
            $0.columns = [
                column("a"), column("Order", descending: true, nullsFirst: true), column("b", descending: true),
                column("c", nullsFirst: true), column("d"),
            ]
            $0.keyCount = 4
            $0.options = ["fillfactor": "70"]
        }
        #expect(
            IndexDefinition.text(of: index)
                == #"CREATE UNIQUE INDEX "Orders idx" ON public.orders USING btree (a, "Order" DESC, "#
                + "b DESC NULLS LAST, c NULLS FIRST) INCLUDE (d) WITH (fillfactor='70')")
    }

    @Test("an expression is left to the server")
    func expression() {
        #expect(IndexDefinition.text(of: .make { $0.columns = [IndexColumn()] }) == nil)
    }
}
