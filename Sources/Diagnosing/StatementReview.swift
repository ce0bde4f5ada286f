import Model
import Statements

/// Judges statements that do not come from the workload: those of files, before they run anywhere.
///
/// The same rules as in a diagnosis, without the weight: nothing was measured, so that a shape is told for what it can do.
package struct StatementReview: Sendable {
    private let observation: Observation
    private let rules: [any StatementRule.Type]
    private let names: CatalogNames
    private let searchPath: [String]
    /// Shares of the workload's time.
    private let shares: [StatementKey: Double]

    /// `observation`: whose catalog and settings count; its first database is the one that statements would run in.
    package init(_ observation: Observation, rules: [any Rule.Type] = allRules, searchPath: [String] = ["public"]) {
        self.observation = observation
        self.rules = rules.compactMap { $0 as? any StatementRule.Type }.filter { $0.metadata.area == .shape }
        self.searchPath = searchPath
        let catalog = observation.snapshot.catalogs.first ?? DatabaseCatalog()
        shares = Dictionary(
            observation.workload.statements.map { ($0.key, $0.share) }, uniquingKeysWith: { first, _ in first })
        names = observation.surveys[catalog.database]?.names ?? CatalogNames(catalog)
    }

    /// The rules that judge a statement by its shape.
    package var ruleCount: Int { rules.count }

    /// Thresholds that they judge by, where they are not the documented ones.
    package var adjusted: [AdjustedThreshold] {
        rules.flatMap { observation.thresholds.effective(of: $0.metadata.id) }
    }

    package struct Verdict: Sendable {
        package var findings: [Finding]
        /// The statement's share of the workload's time, 0…1, where it is part of it.
        package var share: Double?
    }

    /// Of a utility statement nothing is said.
    package func judge(_ parsed: ParsedStatement) -> Verdict {
        guard parsed.kind != .utility else { return Verdict(findings: [], share: nil) }
        var statement = Statement()
        statement.database = names.database
        statement.text = parsed.text
        if !shares.isEmpty {
            statement.fingerprint = try? ParsedStatement.fingerprint(of: parsed.text)
        }
        statement.searchPath = searchPath
        let load = StatementLoad(StatementKey(statement), statement, statement.counters)
        let analysis = StatementAnalysis(load, parsed, names, isMeasured: false)
        return Verdict(
            findings: rules.compactMap { rule in
                observation.thresholds.judging(rule.metadata.id) { rule.init().judge(analysis, observation) }
            }, share: shares[load.key])
    }
}
