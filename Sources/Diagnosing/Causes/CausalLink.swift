import Model

/// An arrow that was drawn: this finding brought that one about, by that mechanism, and these figures bear it out.
package struct CausalLink: Sendable {
    /// Fingerprints of the two findings.
    package let cause: String
    package let effect: String
    package let mechanism: Mechanism
    /// What both findings name, most telling first.
    package let shared: [LinkKey]
    /// A figure of the cause, then one of the effect; one where both tell the same.
    package let evidence: [Evidence]
    /// No surer than the cause itself, and than what the two share allows.
    package let confidence: Confidence

    /// nil where the two do not meet, or in so little that the one cannot account for the other.
    package init?(_ mechanism: Mechanism, from cause: Finding, to effect: Finding) {
        let shared = cause.explains.intersection(effect.symptomOf)
        guard let first = shared.map(\.telling).max() else { return nil }
        // Of the sessions that an effect names, a few are not what brings it about.
        let named = effect.symptomOf.count { $0.isBackend }
        let met = shared.count { $0.isBackend }
        guard named == 0 || met == 0 || Double(met) >= mechanism.leastShareOfSessions * Double(named) else {
            return nil
        }
        self.cause = cause.fingerprint
        self.effect = effect.fingerprint
        self.mechanism = mechanism
        self.shared = shared.sorted { ($0.telling, $1.words) > ($1.telling, $0.words) }
        let figures =
            mechanism.figuresOfCause.first(in: cause.evidence) + mechanism.figuresOfEffect.first(in: effect.evidence)
        // Both may tell the same figure of the same thing.
        let isOne = figures.count == 2 && figures[0].key == figures[1].key && figures[0].value == figures[1].value
        evidence = isOne ? [figures[0]] : figures
        let allowed: Confidence = first >= 2 ? .high : .medium
        confidence = cause.confidence.weight < allowed.weight ? cause.confidence : allowed
    }

    /// What both name, as it stands in a report: `session 4127`, `the same statement`.
    package var meeting: String {
        let words = shared.map(\.words)
        let rest = words.count - 1
        return words[0] + (rest > 0 ? " and \(Quantity.count(rest)) more" : "")
    }
}

extension Sequence<String> {
    /// The first of these keys that the evidence has; where it has none of them, its first figure.
    fileprivate func first(in evidence: [Evidence]) -> [Evidence] {
        let found = lazy.compactMap { key in evidence.first { $0.key == key } }.first
        return (found ?? evidence.first { $0.isFigure }).map { [$0] } ?? []
    }
}

extension Evidence {
    fileprivate var isFigure: Bool {
        switch value {
        case .flag, .text, .list: false
        default: true
        }
    }
}
