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
    /// Thresholds that the rules judged by, where they are not the documented ones.
    package var adjusted: [AdjustedThreshold] = []
    /// What the documented thresholds would tell, and the adjusted ones do not.
    package var silenced: [Finding] = []
    /// ms of our own time that the rules of an area took to judge; nil: not measured.
    package var timeByArea: [Area: Double]?
}

extension Outcome {
    package var findings: [Finding] {
        switch self {
        case .findings(let findings), .partial(let findings, _): findings
        case .inconclusive, .absent: []
        }
    }

    /// Where some of the evidence was out of sight, what was found stands; that nothing else is ill is not known.
    fileprivate func seeing(allBut note: CollectionNote?) -> Outcome {
        guard let note else { return self }
        return switch self {
        case .findings(let findings): .partial(findings, note.text)
        case .absent: .inconclusive(note.text)
        case .inconclusive, .partial: self
        }
    }
}

extension Judgement {
    /// By the rule's thresholds as they are for this server; where they are not the documented ones, it is told which, and what
    /// is silent for that.
    fileprivate mutating func evaluate(_ type: any Rule.Type, _ observation: Observation) -> Outcome {
        let id = type.metadata.id
        let own = observation.thresholds.effective(of: id)
        guard !own.isEmpty else { return type.init().evaluate(observation) }
        let outcome = observation.thresholds.judging(id) { type.init().evaluate(observation) }
        let told = Set(outcome.findings.map(\.fingerprint))
        adjusted += own
        silenced += type.init().evaluate(observation).findings.filter { !told.contains($0.fingerprint) }
        return outcome
    }
}

extension CollectionNote {
    /// Some objects' evidence is hidden from our role, and no rule can tell which. A hidden setting is looked up by its
    /// name: who needs it sees that it is not there.
    fileprivate var isOfObjects: Bool { !isTotal && reason == .privilege && evidence != .settings }
}

/// Runs rules over an observation.
package struct Engine: Sendable {
    package let rules: [any Rule.Type]

    /// Whether it is measured what judging takes: no two runs take the same, so that no report has it unasked.
    private let measures: Bool

    package init(_ rules: [any Rule.Type] = allRules, measures: Bool = false) {
        self.rules = rules
        self.measures = measures
    }

    /// Skips the rules whose evidence is missing, and says why.
    package func judge(_ observation: Observation) -> Judgement {
        let notes = observation.snapshot.notes
        var missing: [EvidenceKind: CollectionNote] = [:]
        for note in notes where note.isTotal { missing[note.evidence] = note }
        var blurred = missing
        for note in notes where note.isOfObjects && blurred[note.evidence] == nil { blurred[note.evidence] = note }
        var judgement = Judgement()
        for type in rules {
            let metadata = type.metadata
            if let note = metadata.needs.lazy.compactMap({ missing[$0] }).first {
                judgement.skipped.append(
                    .init(rule: metadata.id, title: metadata.title, reason: note.text, remedy: note.remedy))
                continue
            }
            let unseen = (metadata.needs + metadata.uses).lazy.compactMap { blurred[$0] }.first
            let start = ContinuousClock.now
            let outcome = judgement.evaluate(type, observation).seeing(allBut: unseen)
            if measures {
                let time = (ContinuousClock.now - start) / .milliseconds(1)
                judgement.timeByArea = (judgement.timeByArea ?? [:]).merging([metadata.area: time], uniquingKeysWith: +)
            }
            switch outcome {
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
