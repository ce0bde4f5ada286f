import Diagnosing
import Model
import Recommending

extension ReportContent {
    /// What the collection spent on each query, and what each area of rules asks of it.
    struct Costs {
        struct Query {
            var name: String
            /// ms
            var time: Double
            var rows: Int
            var times: Int
        }

        struct AreaCost {
            var name: String
            var rules: Int
            /// The evidence that its rules need.
            var needs: [String]
            /// ms of the queries that are read for it; several areas share most of them.
            var collecting: Double
            /// ms of our own time; nil: not measured.
            var judging: Double?
        }

        /// Dearest first.
        var queries: [Query]
        var areas: [AreaCost]

        init?(_ diagnosis: Diagnosis) {
            guard let queries = diagnosis.snapshot.cost.queries, !queries.isEmpty else { return nil }
            self.queries = queries.map { Query(name: $0.query, time: $0.time, rows: $0.rows, times: $0.times) }
                .sorted { ($0.time, $1.name) > ($1.time, $0.name) }
            let asked = diagnosis.judgement.asked
            areas = Area.allCases.compactMap { area in
                let rules = allRules.map { $0.metadata }.filter { $0.area == area && asked.contains($0.id) }
                guard !rules.isEmpty else { return nil }
                let needs = Set(rules.flatMap(\.needs))
                return AreaCost(
                    name: area.rawValue, rules: rules.count,
                    needs: EvidenceKind.allCases.filter(needs.contains).map(\.rawValue),
                    collecting: queries.filter { needs.contains($0.evidence) }.reduce(0) { $0 + $1.time },
                    judging: diagnosis.judgement.timeByArea?[area])
            }
        }
    }
}

extension Judgement {
    /// Identifiers of all rules that were asked, whatever came of it.
    fileprivate var asked: Set<String> {
        Set(evaluated + inconclusive.map(\.rule) + skipped.map(\.rule))
    }
}
