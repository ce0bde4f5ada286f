import IndexAdvising
import Model
import Statements
import Testing

@Suite("Which old indexes a new one replaces")
struct RemovalCoverTests {
    private let candidate = IndexCandidate(
        relation: QualifiedName("public", "orders"),
        keys: [.init(key: .column("a")), .init(key: .column("b"), isDescending: true)])

    private func sample(_ columns: [String], _ configure: (inout Index) -> Void = { _ in }) -> RemovalSample {
        RemovalSample.made {
            $0.addIndex("old", columns[0]) { index in
                index.columns = columns.map { column in
                    .make {
                        $0.name = column.hasPrefix("-") ? String(column.dropFirst()) : column
                        $0.isDescending = column.hasPrefix("-")
                        $0.isNullsFirst = $0.isDescending
                    }
                }
                index.keyCount = columns.count
                let keys = columns.map { $0.hasPrefix("-") ? $0.dropFirst() + " DESC" : $0[...] }
                index.definition = "CREATE INDEX old ON public.orders USING btree (\(keys.joined(separator: ", ")))"
                configure(&index)
            }
        }
    }

    private func isReplaced(_ sample: RemovalSample, size: Int64? = nil) -> Bool {
        !IndexRemovals.needless(because: candidate, size: size, in: CatalogNames(sample.catalog)).isEmpty
    }

    @Test(arguments: [["a"], ["-a"], ["a", "-b"], ["-a", "b"]])
    func prefixesForwardsAndBackwards(_ columns: [String]) { #expect(isReplaced(sample(columns))) }

    @Test(arguments: [["b"], ["a", "b"], ["-a", "-b"], ["a", "-b", "c"], ["b", "a"]])
    func otherOrdersStay(_ columns: [String]) { #expect(!isReplaced(sample(columns))) }

    static let differences: [(String, @Sendable (inout Index) -> Void)] = [
        ("predicate", { $0.predicate = "a > b" }), ("method", { $0.accessMethod = "hash" }),
        ("unique", { $0.isUnique = true }), ("constraint", { $0.constraint = "c" }),
        ("invalid", { $0.isValid = false }),
        ("replica identity", { $0.isReplicaIdentity = true }), ("clustered", { $0.isClustered = true }),
        ("part of a partitioned index", { $0.parent = QualifiedName("public", "p") }),
        ("partitioned", { $0.isPartitioned = true }), ("unknown definition", { $0.definition = nil }),
        ("operator class", { $0.definition = "CREATE INDEX old ON public.orders USING btree (a text_pattern_ops)" }),
        ("collation", { $0.definition = "CREATE INDEX old ON public.orders USING btree (a COLLATE \"C\")" }),
        ("included column", { $0.columns.append(.make { $0.name = "w" }) }),
        ("nulls", { $0.columns[0].isNullsFirst = true }),
        ("table", { $0.relation = QualifiedName("public", "other") }),
    ]

    @Test(arguments: differences)
    func oneDifferenceKeepsIt(_ what: String, _ change: @Sendable (inout Index) -> Void) {
        #expect(!isReplaced(sample(["a"], change)), "\(what)")
    }

    @Test func includedColumnsThatTheNewOneHolds() {
        #expect(isReplaced(sample(["a"]) { $0.columns.append(.make { $0.name = "b" }) }))
    }

    @Test func aMuchLargerNewIndexDoesNotReplaceOneThatIsRead() {
        #expect(isReplaced(sample(["a"]), size: 300 << 20))
        #expect(!isReplaced(sample(["a"]), size: 301 << 20))
        #expect(isReplaced(sample(["a"]) { $0.counters.scans = 0 }, size: 301 << 20))
    }

    @Test func aPlanThatReadsInTheTablesOrderKeepsItsIndex() {
        var sample = sample(["a"])
        sample.catalog.columns = [
            .make {
                $0.relation = QualifiedName("public", "orders")
                $0.name = "a"
                $0.statistics = .make { $0.correlation = 1 }
            }
        ]
        let names = CatalogNames(sample.catalog)
        let used: Set = [QualifiedName("public", "old")]
        #expect(IndexRemovals.needless(because: candidate, in: names, used: used).isEmpty)
        #expect(IndexRemovals.needless(because: candidate, in: names).count == 1)
        #expect(IndexRemovals.needless(because: candidate, in: names, kept: used).isEmpty)
    }

    @Test func theOldOneGoesLastAndComesBackFirst() throws {
        let old = sample(["a"]).catalog.indexes
        let create = IndexRecommendation.make {
            $0.sql = [candidate.definition(besides: [])]
            $0.undo = ["DROP INDEX CONCURRENTLY public.orders_a_b_idx;"]
        }
        let replace = IndexRemovals.replacing(old, with: create)
        #expect(replace.kind == .replace && replace.drops == [QualifiedName("public", "old")])
        #expect(replace.makesNeedless == replace.drops)
        #expect(replace.sql == create.sql + ["DROP INDEX CONCURRENTLY public.old;"])
        #expect(
            replace.undo == [
                "CREATE INDEX CONCURRENTLY old ON public.orders USING btree (a);",
                "DROP INDEX CONCURRENTLY public.orders_a_b_idx;",
            ])
        #expect(IndexRemovals.replacing([], with: create) == create)
    }
}
