import Foundation
import IndexAdvising
import Model
import Statements
import TestKit
import Testing

@Suite("Which indexes can go, and which stay")
struct RemovalTests {
    @Test func anIndexThatNothingReadsGoes() throws {
        let sample = RemovalSample.made { $0.addIndex("idle", "note", scans: 0) }
        let drop = try #require(sample.removals().recommendations.first)
        #expect(drop.kind == .drop && drop.basis == .catalog && drop.size == 100 << 20)
        #expect(drop.sql == ["DROP INDEX CONCURRENTLY public.idle;"])
        #expect(drop.undo == ["CREATE INDEX CONCURRENTLY idle ON public.orders USING btree (note);"])
        #expect(drop.reason == "No statement has read idle since 2026-01-23.")
        #expect(drop.writes.rowsWritten == 500)
    }

    /// Each keeps an unread index in place, and says why.
    static let guards: [(String, String, @Sendable (inout RemovalSample) -> Void)] = [
        ("primary key", "primary key", { $0.catalog.indexes[0].isPrimary = true }),
        ("constraint", "enforces the constraint c", { $0.catalog.indexes[0].constraint = "c" }),
        ("exclusion", "exclusion constraint", { $0.catalog.indexes[0].isExclusion = true }),
        ("unique", "unique", { $0.catalog.indexes[0].isUnique = true }),
        ("referenced", "foreign keys refer", { $0.catalog.indexes[0].referencedByForeignKeys = 1 }),
        ("replica identity", "replica identity", { $0.catalog.indexes[0].isReplicaIdentity = true }),
        ("clustered", "clustered", { $0.catalog.indexes[0].isClustered = true }),
        ("foreign key", "only index for the foreign key", { $0.addForeignKey(on: "note") }),
        ("small", "small", { $0.catalog.indexes[0].size = 9 << 20 }),
        ("standby", "standby", { $0.facts.isStandby = true }),
        ("standbys", "2 standbys count their own scans", { $0.facts.standbys = 2 }),
        ("young", "too young", { $0.facts.statisticsAge = 29 }),
        ("unknown age", "unknown age", { $0.facts.statisticsAge = nil }),
        ("used", "plans of the workload use it", { $0.used = [QualifiedName("public", "idle")] }),
        (
            "monthly", "once a month",
            {
                $0.catalog.indexes[0].counters.scans = 7
                $0.catalog.indexes[0].lastScan = RemovalSample.now.addingTimeInterval(-45 * 86_400)
            }
        ),
    ]

    @Test(arguments: guards)
    func oneReasonKeepsIt(_ what: String, _ words: String, _ change: @Sendable (inout RemovalSample) -> Void) {
        let sample = RemovalSample.made {
            $0.addIndex("idle", "note", scans: 0)
            change(&$0)
        }
        #expect(sample.dropped.isEmpty, "\(what)")
        #expect(sample.reason("idle")?.contains(words) == true, "\(what): \(sample.reason("idle") ?? "not said")")
    }

    @Test func whatIsReadStaysWithoutAWord() {
        let sample = RemovalSample.made {
            $0.addIndex("read", "note", scans: 1)
            $0.addIndex("yesterday", "other", scans: 1) { $0.lastScan = RemovalSample.now.addingTimeInterval(-86_400) }
        }
        #expect(sample.removals().recommendations.isEmpty && sample.removals().rejected.isEmpty)
    }

    @Test func anIndexReadLongAgoGoesWithAWarning() throws {
        let sample = RemovalSample.made {
            $0.addIndex("old", "note", scans: 7) { $0.lastScan = RemovalSample.now.addingTimeInterval(-120 * 86_400) }
        }
        let drop = try #require(sample.removals().recommendations.first)
        #expect(drop.cautions.contains { $0.hasPrefix("It was read 7 times until 2025-11-04") })
    }

    @Test func oneOfTwoThatServeAForeignKeyStays() {
        let sample = RemovalSample.made {
            $0.addForeignKey(on: "parent")
            $0.addIndex("large", "parent", "a", megabytes: 300, scans: 0)
            $0.addIndex("small", "parent", "b", megabytes: 200, scans: 0)
        }
        #expect(sample.dropped == ["large"])
        #expect(sample.reason("small")?.contains("foreign key") == true)
    }

    @Test func partsOfAPartitionedIndexGoWithItOnly() throws {
        let sample = RemovalSample.made {
            $0.addTable("events") { $0.kind = .partitioned }
            $0.addTable("events_1")
            $0.addTable("events_2")
            $0.addIndex("events_note", "note", table: "events", megabytes: 0, scans: 0) {
                $0.isPartitioned = true
                $0.definition = "CREATE INDEX events_note ON ONLY public.events USING btree (note)"
            }
            for number in 1...2 {
                $0.addIndex("part_\(number)", "note", table: "events_\(number)", scans: 0) {
                    $0.parent = QualifiedName("public", "events_note")
                }
            }
        }
        let drop = try #require(sample.removals().recommendations.first)
        #expect(sample.dropped == ["events_note"] && drop.size == 200 << 20)
        #expect(drop.sql == ["SET lock_timeout = '2s';", "DROP INDEX public.events_note;", "RESET lock_timeout;"])
        #expect(drop.undo == ["CREATE INDEX events_note ON public.events USING btree (note);"])
        #expect(drop.cautions.contains { $0.contains("CONCURRENTLY is not possible") })
        var used = sample
        used.used = [QualifiedName("public", "part_2")]
        #expect(used.dropped.isEmpty)
        #expect(used.reason("events_note")?.contains("plans of the workload") == true)
    }

    @Test func copiesAndPrefixesGoAndTheirKeeperStays() {
        let sample = RemovalSample.made {
            $0.addIndex("a", "x")
            $0.addIndex("a_copy", "x", megabytes: 120)
            $0.addIndex("b", "y")
            $0.addIndex("bc", "-y", "z")
            // What plans read may go too, where the cover stays.
            $0.used = [QualifiedName("public", "b"), QualifiedName("public", "a_copy")]
        }
        #expect(sample.dropped == ["a_copy", "b"])
    }

    @Test func aCoverThatNothingReadsStays() {
        let sample = RemovalSample.made {
            $0.addIndex("x", "x")
            $0.addIndex("xy", "x", "y", scans: 0)
        }
        #expect(sample.dropped == ["x"])
    }

    @Test func aCopyThatDoesMoreIsLeftToPeople() {
        for change in [
            { (index: inout Index) in index.constraint = "c" }, { $0.isReplicaIdentity = true },
            { $0.isClustered = true },
        ] as [(inout Index) -> Void] {
            let sample = RemovalSample.made {
                $0.addIndex("u1", "x") {
                    $0.isUnique = true
                    $0.isPrimary = true
                    $0.constraint = "u1"
                }
                $0.addIndex("u2", "x") {
                    $0.isUnique = true
                    change(&$0)
                }
            }
            #expect(sample.dropped.isEmpty)
            #expect(sample.reason("u2")?.contains("decide by hand") == true)
        }
        let plain = RemovalSample.made {
            $0.addIndex("u1", "x") {
                $0.isUnique = true
                $0.constraint = "u1"
            }
            $0.addIndex("u2", "x") { $0.isUnique = true }
        }
        #expect(plain.dropped == ["u2"], "as unique as the one that stays")
    }

    @Test func aPrefixThatIsReadStaysBesideAMuchLargerOne() {
        var sample = RemovalSample.made {
            $0.addIndex("x", "x", megabytes: 10)
            $0.addIndex("xy", "x", "y", megabytes: 31)
        }
        #expect(sample.dropped.isEmpty)
        #expect(sample.reason("x")?.contains("3.1 times as large") == true)
        sample.catalog.indexes[0].counters.scans = 0
        #expect(sample.dropped == ["x"])
        #expect(
            sample.removals().recommendations[0].cautions == [
                "xy is 3.1 times as large: scans of it read a little more."
            ])
        sample.used = [QualifiedName("public", "x")]
        #expect(sample.dropped.isEmpty, "plans read it")
    }

    /// The planner counts an index of several keys as less in the table's order.
    @Test func aPlanThatReadsInTheTablesOrderKeepsItsIndex() {
        var sample = RemovalSample.made {
            $0.addIndex("x", "x")
            $0.addIndex("xy", "x", "y")
            $0.used = [QualifiedName("public", "x")]
        }
        func correlate(_ value: Double) {
            sample.catalog.columns = [
                .make {
                    $0.relation = QualifiedName("public", "orders")
                    $0.name = "x"
                    $0.statistics = .make { $0.correlation = value }
                }
            ]
        }
        correlate(0.39)
        #expect(sample.dropped == ["x"])
        correlate(-0.4)
        #expect(sample.dropped.isEmpty)
        #expect(sample.reason("x")?.contains("in the order of the table") == true)
        sample.used = []
        #expect(sample.dropped == ["x"], "no plan reads it")
    }

    @Test func literalsThatWereTakenOutAreNotPrintedAsAWayBack() throws {
        let sample = RemovalSample.made {
            $0.addIndex("part", "note", scans: 0) {
                $0.predicate = "status = '…'"
                $0.hasLiterals = true
            }
        }
        let drop = try #require(sample.removals().recommendations.first)
        #expect(drop.undo.isEmpty)
        #expect(drop.sql.first == "SELECT pg_catalog.pg_get_indexdef('public.part'::regclass);")
        #expect(drop.cautions.contains { $0.contains("keep what the first statement prints") })
    }

    @Test func leftoversOfBuildsAreMendedOrDropped() throws {
        var sample = RemovalSample.made {
            $0.addIndex("failed", "a") { $0.isValid = false }
            $0.addIndex("good", "b")
            $0.addIndex("good_ccnew", "b") { $0.isValid = false }
        }
        let found = sample.removals().recommendations
        let repair = try #require(found.first { $0.kind == .repair })
        #expect(repair.sql == ["REINDEX INDEX CONCURRENTLY public.failed;"])
        #expect(repair.undo == ["DROP INDEX CONCURRENTLY public.failed;"])
        #expect(found.filter { $0.kind == .drop }.flatMap(\.drops).map(\.name) == ["good_ccnew"])
        sample.facts.builds = [.make { $0.relation = QualifiedName("public", "orders") }]
        #expect(sample.removals().recommendations.isEmpty)
        #expect(sample.reason("failed")?.contains("being built") == true)
    }

    @Test func systemAndToastTablesAreLeftAlone() {
        let sample = RemovalSample.made {
            $0.addTable("cat") { $0.isSystem = true }
            $0.addIndex("a", "x", table: "cat", scans: 0)
            $0.addIndex("b", "x", table: "cat", scans: 0) { $0.isValid = false }
            $0.addIndex("c", "y", table: "cat")
            $0.addIndex("d", "y", table: "cat")
        }
        #expect(sample.removals().recommendations.isEmpty && sample.removals().rejected.isEmpty)
    }

    @Test func whatANewIndexReplacesIsNotDroppedTwice() {
        let sample = RemovalSample.made { $0.addIndex("idle", "note", scans: 0) }
        #expect(sample.removals(replaced: [QualifiedName("public", "idle")]).recommendations.isEmpty)
    }

    /// Ten thousand tables, each with a foreign key, a copy, a prefix and an index without use.
    @Test(.timeLimit(.minutes(1))) func aLargeCatalogTakesSeconds() {
        var sample = RemovalSample()
        for number in 0..<10_000 {
            let table = "t\(number)"
            sample.catalog.relations.append(.make { $0.name = QualifiedName("public", table) })
            sample.catalog.constraints.append(
                .make {
                    $0.kind = .foreignKey
                    $0.relation = QualifiedName("public", table)
                    $0.columns = ["parent"]
                })
            sample.addIndex("a\(number)", "x", table: table)
            sample.addIndex("b\(number)", "x", "y", table: table)
            sample.addIndex("c\(number)", "x", "y", table: table)
            sample.addIndex("d\(number)", "parent", table: table, scans: 0)
            sample.addIndex("e\(number)", "z", table: table, scans: 0)
        }
        let start = ContinuousClock.now
        let removals = sample.removals()
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(removals.recommendations.count == 30_000 && removals.rejected.count == 10_000)
    }

    /// Whatever indexes there are, each dropped one leaves another that does its work, or was not read.
    @Test func noPairIsEverDroppedWhole() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            let sample = RemovalSample.made { sample in
                for number in 0..<Int.random(in: 2...9, using: &random) {
                    let columns = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                        ["x", "y", "-x", "-y"].randomElement(using: &random)!
                    }
                    sample.addIndex("i\(number)", "x", scans: Int64.random(in: 0...1, using: &random)) {
                        $0.columns = columns.map { column in
                            .make {
                                $0.name = column.hasPrefix("-") ? String(column.dropFirst()) : column
                                $0.isDescending = column.hasPrefix("-")
                                $0.isNullsFirst = $0.isDescending
                            }
                        }
                        $0.keyCount = columns.count
                    }
                }
            }
            let dropped = sample.dropped
            let left = sample.catalog.indexes.filter { !dropped.contains($0.name.name) }
            for index in sample.catalog.indexes where dropped.contains(index.name.name) && index.counters.scans > 0 {
                #expect(
                    left.contains { IndexComparison.covers($0, index) || IndexComparison.areCopies($0, index) },
                    "\(index.keyList) of \(sample.catalog.indexes.map(\.keyList))")
            }
        }
    }
}
