import Foundation
import IndexAdvising
import Model
import Testing

@testable import Diagnosing

/// Whether one index can do another's work.
@Suite struct IndexComparisonTests {
    private func index(_ name: String, _ columns: String..., configure: (inout Index) -> Void = { _ in }) -> Index {
        var snapshot = Snapshot.healthyExample
        snapshot.addIndex(name, on: "x")
        var index = snapshot.catalogs[0].indexes[0]
        index.columns = columns.map { column in
            .make {
                let isDescending = column.hasPrefix("-")
                $0.name = isDescending ? String(column.dropFirst()) : column
                $0.isDescending = isDescending
                $0.isNullsFirst = isDescending
            }
        }
        index.keyCount = columns.count
        configure(&index)
        return index
    }

    /// Each makes another index of a copy.
    static let differences: [(String, @Sendable (inout Index) -> Void)] = [
        ("operator class", { $0.columns[0].operatorClass = 7 }), ("collation", { $0.columns[0].collation = 7 }),
        ("direction", { $0.columns[0].isDescending = true }), ("nulls", { $0.columns[0].isNullsFirst = true }),
        ("column", { $0.columns[0].name = "z" }), ("predicate", { $0.predicate = "a > b" }),
        ("access method", { $0.accessMethod = "gist" }), ("uniqueness", { $0.isUnique = true }),
        ("exclusion", { $0.isExclusion = true }), ("table", { $0.relation = QualifiedName("public", "other") }),
        ("number of keys", { $0.keyCount = 1 }), ("partitioned", { $0.isPartitioned = true }),
        ("unknown definition", { $0.definition = nil }),
        (
            "expression",
            {
                $0.columns[0].name = nil
                $0.columns[0].expression = "lower(a)"
            }
        ), ("included column", { $0.columns.append(.make { $0.name = "w" }) }),
    ]

    @Test func copiesDifferInNameOnly() {
        #expect(IndexComparison.areCopies(index("a", "x", "y"), index("b", "x", "y")))
        #expect(!IndexComparison.areCopies(index("a", "x", "y"), index("a", "x", "y")), "an index is not its own copy")
    }

    @Test(arguments: differences)
    func oneDifferenceMakesAnotherIndex(_ what: String, _ change: @Sendable (inout Index) -> Void) {
        let changed = index("b", "x", "y", configure: change)
        #expect(!IndexComparison.areCopies(index("a", "x", "y"), changed), "\(what)")
        #expect(!IndexComparison.areCopies(changed, index("a", "x", "y")), "\(what)")
    }

    @Test func uniqueIndexesOfOtherOpinionOnNullsAreNoCopies() {
        let plain = index("a", "x") { $0.isUnique = true }
        let strict = index("b", "x") {
            $0.isUnique = true
            $0.nullsNotDistinct = true
        }
        #expect(!IndexComparison.areCopies(plain, strict))
    }

    @Test func expressionsThatWereNotReadAreNotTheSame() {
        let unread = { (name: String) in index(name, "x") { $0.columns[0].name = nil } }
        #expect(!IndexComparison.areCopies(unread("a"), unread("b")))
        #expect(!IndexComparison.covers(unread("a"), unread("b")))
    }

    @Test func aLongerIndexCoversItsPrefixForwardsAndBackwards() {
        #expect(IndexComparison.covers(index("b", "x", "y"), index("a", "x")))
        #expect(IndexComparison.covers(index("b", "x", "y"), index("a", "-x")))
        #expect(IndexComparison.covers(index("b", "-x", "y"), index("a", "x", "-y")))
        #expect(!IndexComparison.covers(index("b", "x", "y"), index("a", "x", "-y")))
        #expect(!IndexComparison.covers(index("b", "x", "y"), index("a", "y")))
        #expect(!IndexComparison.covers(index("a", "x"), index("b", "x", "y")))
    }

    @Test func redactedPredicatesAreTheSameOnlyWhereTheCollectorSaidSo() {
        let partial = { (name: String, number: Int?) in
            index(name, "x") {
                $0.predicate = "status = '…'"
                $0.hasLiterals = true
                $0.textClass = number
            }
        }
        #expect(!IndexComparison.areCopies(partial("a", nil), partial("b", nil)))
        #expect(!IndexComparison.areCopies(partial("a", 1), partial("b", 2)))
        #expect(IndexComparison.areCopies(partial("a", 1), partial("b", 1)))
        #expect(!IndexComparison.covers(partial("a", nil), partial("b", nil)))
    }

    @Test func adviceNeverDropsBothOfAPair() {
        // Every pair, triple and chain of these at once.
        var catalog = DatabaseCatalog()
        catalog.indexes = [
            index("a1", "x"), index("a2", "x"), index("a3", "-x"), index("b1", "x", "y"), index("b2", "-x", "-y"),
            index("c", "x", "y", "z"), index("u", "x") { $0.isUnique = true }, index("d", "y"), index("e", "-y"),
        ]
        let needless = NeedlessIndexes(catalog)
        let dropped = Set(needless.copies.flatMap(\.others).map(\.name) + needless.covered.map(\.index.name))
        let kept = needless.copies.map(\.kept) + needless.covered.map(\.cover)
        let left = catalog.indexes.filter { !dropped.contains($0.name) }
        for index in kept where dropped.contains(index.name) {
            #expect(left.contains { IndexComparison.covers($0, index) }, "\(index.name) is to be kept and dropped")
        }
        for index in catalog.indexes where dropped.contains(index.name) {
            let isServed = left.contains {
                IndexComparison.covers($0, index) || IndexComparison.areCopies($0, index)
            }
            #expect(isServed, "nothing is left for \(index.name)")
        }
        // a1 is what its copies leave; of d and e, each the other read backwards, one stays.
        #expect(Set(left.map(\.name.name)).subtracting(["d", "e"]) == ["a1", "c", "u"])
        #expect(left.count == 4)
    }

    @Test func keptOfCopiesIsNeverDroppedForAPrefix() {
        var catalog = DatabaseCatalog()
        catalog.indexes = [index("a1", "x"), index("a2", "x"), index("b", "x", "y")]
        let needless = NeedlessIndexes(catalog)
        #expect(needless.copies.map(\.kept.name.name) == ["a1"])
        #expect(needless.covered.isEmpty, "one thing at a time: the next diagnosis says so of a1")
    }

    @Test(arguments: [
        (
            "CREATE INDEX a ON public.t USING btree (x)",
            "CREATE INDEX CONCURRENTLY a ON public.t USING btree (x);"
        ),
        (
            "CREATE UNIQUE INDEX \"a ON \"\"ONLY\" ON public.t USING btree (x)",
            "CREATE UNIQUE INDEX CONCURRENTLY \"a ON \"\"ONLY\" ON public.t USING btree (x);"
        ),
        ("CREATE INDEX a ON ONLY public.t USING btree (x)", "CREATE INDEX a ON public.t USING btree (x);"),
    ])
    func definitionIsMadeFitToRunAgain(_ definition: String, _ again: String) {
        #expect(PrintedDefinition(definition)?.remade == again)
    }

    @Test(arguments: ["", "CREATE INDEX", "CREATE INDEX \"a", "DROP INDEX a"])
    func textThatIsNoDefinitionIsRefused(_ text: String) {
        #expect(PrintedDefinition(text) == nil)
    }
}
