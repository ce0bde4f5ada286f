import Model
import Statements

extension UniqueChoice {
    /// nil where a unique index is no choice: its key is no single bare column, the statistics have values that come twice, or the
    /// statements look no single values up.
    ///
    /// ANALYZE stores −1 for a column without a repeated value in its sample, NULLs left out (`compute_distinct_stats` and
    /// `compute_scalar_stats` in analyze.c): so many distinct values as rows that have one.
    package init?(for candidate: IndexCandidate, serving shapes: [StatementShape], in names: CatalogNames) {
        guard candidate.method == .btree, candidate.predicate == nil, !candidate.isPartitioned,
            candidate.keys.count == 1,
            candidate.keys[0].operatorClass == nil, case .column(let name) = candidate.keys[0].key,
            let column = names.column(name, of: candidate.relation), let statistics = column.statistics,
            statistics.distinct < 0, statistics.nullFraction < 1,
            abs(statistics.distinct + 1 - statistics.nullFraction) < Self.tolerance,
            shapes.contains(where: { $0.looksUp(name, of: candidate.relation) })
        else { return nil }
        self.init()
        self.column = name
        let key = SQL.identifier(name)
        // A unique index takes any number of NULLs (https://www.postgresql.org/docs/current/indexes-unique.html).
        let present = column.isNotNull ? "" : " WHERE \(key) IS NOT NULL"
        check =
            "SELECT \(key), pg_catalog.count(*) FROM \(candidate.relation.quoted)\(present) "
            + "GROUP BY \(key) HAVING pg_catalog.count(*) > 1 LIMIT 1;"
        reads = names.relation(candidate.relation)?.sizeOrEstimate ?? 0
    }

    /// pg_statistic keeps both numbers with single precision.
    private static let tolerance = 1e-5
}

extension StatementShape {
    /// Finds rows by single values of the column.
    fileprivate func looksUp(_ column: String, of relation: QualifiedName) -> Bool {
        func isIt(_ use: ColumnUse, _ wrapper: Wrapper?) -> Bool {
            wrapper == nil && use.name == column && self.relation(of: use) == relation
        }
        return levels.contains { level in
            level.predicates.contains {
                !$0.isNegated && ($0.operation == .equality || $0.operation == .inList) && isIt($0.column, $0.wrapper)
            }
                || level.joins.contains {
                    !$0.isNegated && $0.operation == .equality
                        && (isIt($0.left, $0.leftWrapper) || isIt($0.right, $0.rightWrapper))
                }
        }
    }
}

extension AdviceAssembly {
    /// The unique index in place of the plain one, where that was chosen: the check first.
    func choosingUnique(_ choice: UniqueChoice, _ build: IndexBuild, _ advice: inout IndexRecommendation) {
        advice.uniqueness = choice
        guard choice.isChosen else { return }
        advice.sql.insert(choice.check, at: 0)
        advice.cautions = [
            "Statistics are of a sample: nothing is proven before the first statement has returned no row. Where it returns one, go "
                + "no further.",
            "Not inside a transaction block. While it is built, writes that bring a value a second time fail already; where one is "
                + "there the build fails and leaves an INVALID index that slows writes and still refuses such values: "
                + build.undo.joined(separator: " "),
        ]
    }
}
