import IndexAdvising
import Model
import Statements
import Testing

/// What merges, without a server: the plans' verdict is given.
@Suite("Which existing indexes merge")
struct MergerTests {
    private func sample(_ change: (inout RemovalSample) -> Void = { _ in }) -> RemovalSample {
        RemovalSample.made {
            $0.catalog.relations[0].pages = 20_000
            for name in ["a", "b", "c", "d"] {
                $0.catalog.columns.append(
                    .make {
                        $0.relation = QualifiedName("public", "orders")
                        $0.name = name
                        $0.type = "integer"
                        $0.statistics = .make {
                            $0.distinct = -1
                            $0.averageWidth = 4
                        }
                    })
            }
            change(&$0)
        }
    }

    private func mergers(
        _ sample: RemovalSample, staying: Set<String> = [], most: Int = .max,
        judge: (IndexMerger) -> IndexMergers.Verdict = { _ in .accepted([]) }
    ) -> IndexMergers {
        var limits = IndexMergers.Limits()
        limits.most = most
        return IndexMergers(
            CatalogNames(sample.catalog), sample.facts, used: sample.used,
            staying: Set(staying.map { QualifiedName("public", $0) }), limits: limits, upkeep: { _ in 0 }, judge: judge)
    }

    private func found(_ sample: RemovalSample) -> [String] {
        mergers(sample).mergers.map {
            "\($0.candidate.specification) for \($0.old.map(\.name.name).joined(separator: ", "))"
        }
    }

    private static let pair: @Sendable (inout RemovalSample) -> Void = {
        $0.addIndex("one", "a", "b", scans: 0)
        $0.addIndex("two", "a", "c", scans: 0)
    }

    private func include(_ name: String, in index: inout Index) {
        index.columns.append(.make { $0.name = name })
        index.definition = index.definition.map { $0 + " INCLUDE (\(name))" }
    }

    @Test func whatIsIncludedIsPutTogether() {
        let sample = sample {
            $0.addIndex("one", "a") { include("b", in: &$0) }
            $0.addIndex("two", "a") { include("c", in: &$0) }
            $0.addIndex("three", "a") { include("d", in: &$0) }
        }
        let mergers = mergers(sample).mergers
        #expect(mergers.count == 1 && mergers[0].candidate.keys.count == 1)
        #expect(mergers.first.map { Set($0.candidate.included) } == ["b", "c", "d"])
        #expect(mergers.first.map { Set($0.old.map(\.name.name)) } == ["one", "two", "three"])
        #expect(mergers.first?.uncovered.isEmpty == true)
    }

    @Test func keysAreJoined() {
        let mergers = mergers(sample(Self.pair)).mergers
        #expect(mergers.count == 1 && mergers[0].uncovered.count == 1)
        #expect(mergers.first.map { Set($0.candidate.keyColumns) } == ["a", "b", "c"])
    }

    static let untouched: [@Sendable (inout Index) -> Void] = [
        { $0.isUnique = true }, { $0.isReplicaIdentity = true }, { $0.isClustered = true }, { $0.constraint = "c" },
        { $0.referencedByForeignKeys = 1 }, { $0.predicate = "(d > 0)" }, { $0.isValid = false },
        { $0.accessMethod = "hash" }, { $0.parent = QualifiedName("public", "above") },
        { $0.definition = "CREATE INDEX one ON public.orders USING btree (a text_pattern_ops, b)" },
        { $0.definition = "CREATE INDEX one ON public.orders USING btree (a COLLATE \"C\", b)" },
        { $0.definition = nil }, { $0.columns[0].name = nil }, { $0.columns[0].isDescending = true },
        { $0.relation = QualifiedName("public", "others") }, { $0.size = 1 << 20 },
    ]

    @Test(arguments: untouched.indices)
    func whatIsMoreThanAPlainIndexStays(_ place: Int) {
        var sample = sample(Self.pair)
        Self.untouched[place](&sample.catalog.indexes[0])
        sample.catalog.indexes[1].size = sample.catalog.indexes[0].size
        #expect(found(sample) == [])
    }

    @Test func whatGoesAnywayIsNotMerged() {
        #expect(mergers(sample(Self.pair), staying: ["two"]).mergers.isEmpty)
        let sample = sample {
            Self.pair(&$0)
            $0.addIndex("short", "a")
        }
        // It rested on one of them, and goes with it.
        #expect(mergers(sample).mergers.map { Set($0.old.map(\.name.name)) } == [["one", "two", "short"]])
        #expect(mergers(sample, most: 0).mergers.isEmpty)
    }

    @Test func aForeignKeyKeepsItsIndex() {
        let sample = sample {
            Self.pair(&$0)
            $0.catalog.constraints.append(
                .make {
                    $0.name = "fk"
                    $0.kind = .foreignKey
                    $0.relation = QualifiedName("public", "orders")
                    $0.columns = ["a", "c"]
                })
        }
        #expect(found(sample) == ["(a, c, b) for one, two"])
    }

    @Test func whatTheWorkloadDoesNotKnowIsNotGivenUp() {
        var sample = sample(Self.pair)
        sample.catalog.indexes[1].counters.scans = 7
        #expect(found(sample) == ["(a, c, b) for one, two"])
        sample.catalog.indexes[0].counters.scans = 7
        let both = mergers(sample)
        #expect(both.mergers.isEmpty && both.rejected.first?.reason.contains("does not hold") == true)
        sample.used = Set(["one", "two"].map { QualifiedName("public", $0) })
        #expect(mergers(sample).mergers.count == 1)
        sample.facts.standbys = 1
        let standby = mergers(sample)
        #expect(standby.mergers.isEmpty && standby.rejected.first?.reason.contains("standby") == true)
    }

    @Test func thePlansDecide() {
        let found = mergers(sample(Self.pair)) { $0.candidate.keyColumns[1] == "b" ? .refused("dear") : .accepted([]) }
        #expect(found.mergers.map { $0.candidate.keyColumns } == [["a", "c", "b"]])
        let none = mergers(sample(Self.pair)) { _ in .refused("dear") }
        #expect(none.mergers.isEmpty && none.rejected.map(\.reason) == ["dear"])
    }

    @Test func orderAcrossDirectionsIsNotMerged() {
        let sample = sample {
            $0.addIndex("one", "a", "b")
            $0.addIndex("two", "a", "-b", "c")
        }
        #expect(found(sample) == [])
    }
}
