import Diagnosing
import Foundation
import Model

/// What a senior DBA would say on the telephone: one to three sentences, and never that all is well about what was not
/// seen.
struct Headline {
    let text: String

    init(
        _ snapshot: Snapshot, _ ranked: [RankedFinding], _ judgement: Judgement, _ notJudged: [NotJudged],
        _ scale: ImpactScale, suppressed: Int
    ) {
        let unseen = Headline.unseen(snapshot)
        let hurting = ranked.filter { $0.finding.severity >= .warning }
        if let first = hurting.first {
            text = Headline.trouble(first, scale, unseen)
        } else {
            text = Headline.calm(ranked.count, suppressed, judgement, notJudged, unseen)
        }
    }

    private static func trouble(_ first: RankedFinding, _ scale: ImpactScale, _ unseen: [String]) -> String {
        let rest = unseen.isEmpty ? nil : "Not seen: \(list(unseen))."
        let told = sentences(first, scale)
        return (told.prefix(rest == nil ? 3 : 2) + [rest].compactMap(\.self)).joined(separator: " ")
    }

    /// What users feel first, where that is a symptom; then what is behind it.
    private static func sentences(_ first: RankedFinding, _ scale: ImpactScale) -> [String] {
        let own = sentences(first.finding.summary)
        guard !isFelt(first.finding), let felt = felt(first.symptoms, scale), let effect = sentences(felt.summary).first
        else { return own }
        return [effect, "Behind it: \(first.finding.title)."] + own
    }

    /// Users wait for a lock or for a statement; they feel no horizon and no missing index.
    private static func isFelt(_ finding: Finding) -> Bool {
        [.sessions, .shareOfTime].contains(finding.impact.unit) && [.locks, .waits, .workload].contains(finding.area)
    }

    private static func felt(_ symptoms: [Finding], _ scale: ImpactScale) -> Finding? {
        symptoms.filter { isFelt($0) && $0.severity >= .warning }.max { left, right in
            let (a, b) = (scale.score(left), scale.score(right))
            return a == b ? left.fingerprint > right.fingerprint : a < b
        }
    }

    private static func calm(
        _ notices: Int, _ suppressed: Int, _ judgement: Judgement, _ notJudged: [NotJudged], _ unseen: [String]
    ) -> String {
        var looked = "Looked at \(Quantity.plural(judgement.evaluated.count, "rule"))"
        let missed = judgement.skipped.count + judgement.inconclusive.count
        if missed > 0 {
            looked += ", \(Quantity.count(missed)) more could not be judged"
            let reasons = notJudged.prefix(2).map { trimmed($0.reason) } + (notJudged.count > 2 ? ["…"] : [])
            let why = reasons.joined(separator: "; ")
            // What is long stands in the list of what was not judged.
            if unseen.isEmpty, why.count <= 120 { looked += " (\(why))" }
        }
        looked += "."
        if notices > 0 { looked += " \(Quantity.plural(notices, "notice"))." }
        let silenced = judgement.silenced.count
        if silenced > 0 {
            looked += " \(Quantity.plural(silenced, "finding is", "findings are")) silent by adjusted thresholds."
        }
        if suppressed > 0 { looked += " \(Quantity.plural(suppressed, "finding is", "findings are")) suppressed." }
        guard !unseen.isEmpty else {
            let but =
                (suppressed > 0 ? ", beside what was accepted" : "")
                + (silenced > 0 ? ", by the thresholds as they were adjusted" : "")
            return "Nothing that hurts now\(but). " + looked
        }
        return "Nothing that hurts in what could be seen; not seen: \(list(unseen)). " + looked
    }

    /// What a diagnosis cannot do without, and was not there.
    private static func unseen(_ snapshot: Snapshot) -> [String] {
        let names: [(EvidenceKind, String)] = [
            (.backends, "who is connected"), (.backendDetails, "what other sessions do"),
            (.locks, "who waits for whom"), (.statements, "what the statements cost"),
            (.statementTexts, "the statements' texts"), (.relations, "the tables"), (.indexes, "the indexes"),
        ]
        let missing = Set(snapshot.notes.lazy.filter { $0.isTotal }.map(\.evidence))
        var unseen = names.filter { missing.contains($0.0) }
        if missing.contains(.backends) { unseen.removeAll { $0.0 == .backendDetails } }
        if missing.contains(.statements) { unseen.removeAll { $0.0 == .statementTexts } }
        return unseen.map(\.1)
    }

    private static func list(_ parts: [String]) -> String {
        parts.count < 2 ? parts.joined() : parts.dropLast().joined(separator: ", ") + " and " + parts[parts.count - 1]
    }

    private static func trimmed(_ reason: String) -> String {
        reason.hasSuffix(".") ? String(reason.dropLast()) : reason
    }

    /// A sentence ends with a full stop, white space and a capital after it: `public.orders` and `4.1 GB` do not end one.
    static func sentences(_ text: String) -> [String] {
        var sentences: [String] = []
        var current = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            current.append(character)
            let follows = rest.drop(while: \.isWhitespace)
            if ".!?".contains(character), rest.first?.isWhitespace ?? true, follows.first?.isUppercase ?? true {
                sentences.append(current)
                current = ""
                rest = follows
            }
        }
        if !current.isEmpty { sentences.append(current) }
        return sentences
    }
}
