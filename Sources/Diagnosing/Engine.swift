import Model

/// What the rules made of an observation.
package struct Judgement: Sendable {
    package struct Skipped: Codable, Sendable {
        package var rule: String
        package var title: String
        package var reason: String
        /// What would mend it: `GRANT pg_monitor TO monitor;`
        package var remedy: String?

        package init(rule: String, title: String, reason: String, remedy: String? = nil) {
            self.rule = rule
            self.title = title
            self.reason = reason
            self.remedy = remedy
        }
    }

    package struct Inconclusive: Codable, Sendable {
        package var rule: String
        package var title: String
        package var reason: String

        package init(rule: String, title: String, reason: String) {
            self.rule = rule
            self.title = title
            self.reason = reason
        }
    }

    package init() {}

    package var findings: [Finding] = []
    /// Identifiers of the rules that judged all that they should, in order.
    package var evaluated: [String] = []
    /// Those of them that found nothing of their kind to judge.
    package var absent: Set<String> = []
    package var inconclusive: [Inconclusive] = []
    package var skipped: [Skipped] = []
}

/// Runs rules over an observation.
package struct Engine: Sendable {
    package let rules: [any Rule.Type]

    package init(_ rules: [any Rule.Type] = allRules) { self.rules = rules }

    /// Skips the rules whose evidence is missing, and says why.
    package func judge(_ observation: Observation) -> Judgement {
        var missing: [EvidenceKind: CollectionNote] = [:]
        for note in observation.snapshot.notes where note.isTotal { missing[note.evidence] = note }
        var judgement = Judgement()
        for type in rules {
            let metadata = type.metadata
            if let note = metadata.needs.lazy.compactMap({ missing[$0] }).first {
                judgement.skipped.append(
                    .init(rule: metadata.id, title: metadata.title, reason: note.text, remedy: note.remedy))
                continue
            }
            switch type.init().evaluate(observation) {
            case .findings(let findings):
                judgement.findings += findings
                judgement.evaluated.append(metadata.id)
            case .absent:
                judgement.evaluated.append(metadata.id)
                judgement.absent.insert(metadata.id)
            case .inconclusive(let reason):
                judgement.inconclusive.append(.init(rule: metadata.id, title: metadata.title, reason: reason))
            case .partial(let findings, let reason):
                judgement.findings += findings
                judgement.inconclusive.append(.init(rule: metadata.id, title: metadata.title, reason: reason))
            }
        }
        let builds = ConcurrentBuild(observation)
        judgement.findings = judgement.findings.map(builds.naming)
        if let service = ManagedService(observation.snapshot) {
            judgement.findings = judgement.findings.map(service.fitting)
        }
        return judgement
    }
}
