import Foundation
import Plans
import Testing

@Suite struct CorpusTests {
    @Test func itIsThere() {
        #expect(Corpus.files.count >= 60)
        #expect(Corpus.twins.count >= 60)
    }

    @Test(arguments: Corpus.files)
    func everyFileIsRead(file: String) throws {
        let plans = try Corpus.plans(file)
        #expect(plans.count == (file.hasSuffix("pasted.two") || file.contains("pasted.log") ? 2 : 1))
        for plan in plans {
            for node in plan.nodes { #expect(!node.type.isEmpty) }
        }
    }

    @Test(arguments: Corpus.twins)
    func textAndStructureAreOneTree(file: String) throws {
        let structured = try Corpus.plans(file)[0]
        let text = try Corpus.plans(Corpus.text(of: file))[0]
        try #require(structured.nodes.count == text.nodes.count)
        for (one, other) in zip(structured.nodes, text.nodes) {
            let differences = Self.differences(one, other)
            #expect(differences.isEmpty, "\(one.name): \(differences)")
        }
        // The text names the constraint or the trigger, and the relation only where there are several.
        let triggers = [structured, text].map {
            $0.triggers.map { "\($0.constraint ?? $0.name) \($0.time) \($0.calls)" }
        }
        #expect(triggers[0] == triggers[1])
    }

    /// What both formats print. Without VERBOSE only text leaves the schema out; strategy and grouping sets of `Aggregate`
    /// are spread over several keys in JSON.
    private static func differences(_ one: ExplainedNode, _ other: ExplainedNode) -> [String] {
        func facts(_ node: ExplainedNode) -> [(String, String)] {
            let conditions = node.conditions.filter {
                !["Group Key", "Output", "Window", "Function Call"].contains($0.label)
            }
            return [
                ("name", node.name), ("parent", "\(node.parent ?? -1)"), ("place", "\(node.place)"),
                ("subplan", "\(node.subplan ?? "")"), ("cost", "\(node.startupCost) \(node.totalCost)"),
                ("rows", "\(node.plannedRows) \(node.width)"), ("actual", "\(String(describing: node.actual))"),
                ("workers", "\(node.workersPlanned ?? 0) \(node.workersLaunched ?? 0)"),
                ("removed", "\(node.removedByFilter) \(node.removedByJoinFilter) \(node.removedByRecheck)"),
                ("heap", "\(node.heapFetches ?? 0) \(node.exactBlocks) \(node.lossyBlocks)"),
                ("sorts", "\(node.sorts.map { "\($0)" }.sorted())"), ("batches", "\(node.batches ?? 0)"),
                ("disk", "\(node.disk ?? 0)"), ("cache", "\(node.cacheHits ?? 0) \(node.cacheMisses ?? 0)"),
                ("disabled", "\(node.isDisabled)"), ("buffers", "\((node.buffers ?? BlockCounts()).values)"),
                ("conditions", "\(conditions.map { "\($0.label): \($0.text)" }.sorted())"),
            ]
        }
        return zip(facts(one), facts(other)).filter { $0.0.1 != $0.1.1 }.map { "\($0.0.0): \($0.0.1) / \($0.1.1)" }
    }

    @Test(arguments: Corpus.files)
    func ownTimesAddUpToTheWhole(file: String) throws {
        for plan in try Corpus.plans(file) where plan.isTimed {
            let measures = ExclusiveMeasures(plan)
            let times = try #require(measures.times)
            let root = (plan.root.actual?.totalTime ?? 0) * (plan.root.actual?.loops ?? 0)
            let sum = times.reduce(0, +)
            #expect(times.allSatisfy { $0 >= 0 })
            if file.contains("modifying-cte") {
                // What is run after the root has finished is no part of its time.
                #expect(sum > root)
                #expect(sum <= (plan.executionTime ?? .infinity))
            } else {
                #expect(abs(sum - root) <= max(0.01 * root, 0.1), "\(sum) of \(root)")
            }
            for counts in measures.buffers ?? [] { #expect(counts.values.allSatisfy { $0 >= 0 }) }
        }
    }
}
