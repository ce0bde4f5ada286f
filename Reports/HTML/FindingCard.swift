import Diagnosing
import Model

/// A finding as the page shows it; its symptoms are cards within.
struct FindingCard {
    var number: String
    var severity: String
    var mark: String
    var title: String
    /// What it explains, told while the card is closed.
    var explains: [String]
    var impact: String
    var tier: String
    var confidence: String
    var open: Bool
    var fingerprint: String
    /// The fingerprint, where no earlier card has it as its anchor.
    var anchor: [String]
    var rule: String
    var objects: [String]
    /// Since when, how often.
    var past: [String]
    var summary: String
    var facts: [Page.Pair]
    var texts: [Page.Pair]
    var notIf: [String]
    var actions: [ActionView]
    var symptoms: [FindingCard]
    /// Findings of the same rule; what they have to do beside what stands above.
    var alike: [FindingCard]
    var hasFacts: Bool
    var hasSymptoms: Bool
    var hasAlike: Bool

    init(_ finding: Finding, number: String, open: Bool, symptoms: [Finding] = [], anchors: inout Set<String>) {
        self.number = number
        severity = finding.severity.rawValue
        mark = finding.severity.mark
        title = Visible.folded(finding.title)
        explains = Self.explains(symptoms)
        impact = Visible.folded(finding.impact.text)
        tier = finding.tier.rawValue
        confidence = finding.confidence.rawValue
        self.open = open
        fingerprint = finding.fingerprint
        anchor = anchors.insert(finding.fingerprint).inserted ? [finding.fingerprint] : []
        rule = finding.rule
        objects = finding.objects.map { "\($0.kind.rawValue) \(Visible.folded($0.name))" }
        past = finding.past?.phrases ?? []
        summary = Visible.folded(finding.summary)
        facts = finding.evidence.filter { !$0.isLong }.map { .init(label: Visible.folded($0.label), value: $0.text) }
        texts = finding.evidence.filter(\.isLong).map { .init(label: Visible.folded($0.label), value: $0.block) }
        notIf = finding.notIf.map { [Visible.folded($0)] } ?? []
        actions = finding.actions.map(ActionView.init)
        var cards: [FindingCard] = []
        for (offset, symptom) in symptoms.enumerated() {
            cards.append(FindingCard(symptom, number: "\(number).\(offset + 1)", open: false, anchors: &anchors))
        }
        self.symptoms = cards
        alike = []
        hasAlike = false
        hasFacts = !facts.isEmpty
        hasSymptoms = !cards.isEmpty
    }

    /// An entry of the list; of those alike the ones that are to be shown.
    init(_ entry: ReportContent.Entry, alike others: ArraySlice<Finding>, open: Bool, anchors: inout Set<String>) {
        let number = String(entry.number)
        self.init(entry.finding, number: number, open: open, symptoms: entry.symptoms, anchors: &anchors)
        title = Visible.folded(entry.title)
        impact = Visible.folded(entry.impact)
        for (offset, finding) in others.enumerated() {
            var rest = finding
            rest.actions.removeAll { action in entry.finding.actions.contains { $0.isSame(as: action) } }
            alike.append(FindingCard(rest, number: "\(number).\(offset + 1)", open: false, anchors: &anchors))
        }
        hasAlike = !alike.isEmpty
    }

    private static func explains(_ symptoms: [Finding]) -> [String] {
        guard !symptoms.isEmpty else { return [] }
        let titles = symptoms.prefix(4).map { Visible.folded($0.title) }.joined(separator: "; ")
        let more = symptoms.count > 4 ? "; …" : ""
        return ["explains \(symptoms.count == 1 ? "" : "\(symptoms.count) more: ")\(titles)\(more)"]
    }
}

extension Action {
    /// The same thing to do, word for word.
    fileprivate func isSame(as other: Action) -> Bool {
        tier == other.tier && title == other.title && sql == other.sql && steps == other.steps
    }
}

/// A step of a ladder as the page shows it.
struct ActionView {
    /// Lines of SQL that are shown unfolded.
    static let unfoldedLines = 14

    var tier: String
    var title: String
    var sql: [Code]
    var steps: [Step]
    var notes: [Note]
    var hasSteps: Bool

    struct Code {
        var text: String
        var isLong: Bool
        var size: String
    }

    struct Step {
        var prose: String
        var code: [String]
    }

    struct Note {
        var label: String
        var value: String
        var isCode = false
    }

    init(_ action: Action) {
        tier = action.tier.rawValue
        title = Visible.folded(action.title)
        sql = SQLText.blocks(action.sql).map { statement in
            let text = Visible.block(statement)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
            return Code(text: text, isLong: lines > Self.unfoldedLines, size: "SQL, \(lines) lines")
        }
        steps = action.steps.map { step in
            let (prose, code) = StepText.split(step)
            return Step(prose: Visible.folded(prose), code: code.isEmpty ? [] : [Visible.block(code)])
        }
        hasSteps = !steps.isEmpty
        notes = []
        if let lock = action.lock {
            notes.append(Note(label: "lock", value: Visible.folded("\(lock.mode): \(lock.blocks)")))
        }
        notes.append(Note(label: "gain", value: "\(Visible.folded(action.gain.text)) (\(action.gain.basisText))"))
        if let verify = action.verify { notes.append(Self.note("check", verify)) }
        if let undo = action.undo { notes.append(Self.note("undo", undo)) }
        if let caution = action.caution { notes.append(Note(label: "beware", value: Visible.folded(caution))) }
    }

    private static func note(_ label: String, _ text: String) -> Note {
        guard SQLText.isSQL(text) || text.hasPrefix("pgmedic ") else {
            return Note(label: label, value: Visible.folded(text))
        }
        return Note(label: label, value: Visible.block(text), isCode: true)
    }
}
