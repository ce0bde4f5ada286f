import IndexAdvising
import Model
import Statements
import Testing

@Suite struct IndexBuildTests {
    private let names = CatalogNames(
        .make {
            $0.relations = [
                .make {
                    $0.name = QualifiedName("public", "payments")
                    $0.kind = .partitioned
                },
                .make {
                    $0.name = QualifiedName("public", "payments_2025")
                    $0.isPartition = true
                    $0.partitionRoot = QualifiedName("public", "payments")
                },
            ]
        })

    /// Two on one partitioned table that begin with the same column: every index has a name of its own, on the partitions too.
    @Test func namesOfOneAnswerAreAllDifferent() {
        var taken = names.takenNames
        var made: [String] = []
        for included in [[], ["amount"]] {
            var candidate = IndexCandidate(
                relation: QualifiedName("public", "payments"), keys: [.init(key: .column("order_id"))])
            candidate.included = included
            candidate.isPartitioned = true
            made += IndexBuild(candidate, names, besides: &taken).sql.filter { $0.hasPrefix("CREATE INDEX") }
        }
        let words = made.map { $0.replacing("CONCURRENTLY ", with: "").split(separator: " ")[2] }
        #expect(words.count == 4)
        #expect(Set(words).count == words.count, "\(made)")
    }
}
