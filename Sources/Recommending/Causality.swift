import Diagnosing

/// Which finding is the cause of which, and the order that follows from it.
///
/// A explains B when A's rule says that it can (`RuleMetadata.explains`) and both share a `LinkKey`. Findings are
/// referred to by their place in the list they came in.
struct Causality {
    /// Direct causes and symptoms, greatest first.
    private(set) var causes: [[Int]]
    private(set) var symptoms: [[Int]]
    /// The one cause under which a symptom is shown.
    private(set) var parent: [Int?]
    /// What a finding weighs with all that is shown under it.
    private(set) var total: [Double]
    /// The worst of a finding and of what is shown under it.
    private(set) var severity: [Severity]
    /// The arrow from a cause to each of its symptoms.
    private var links: [Arrow: CausalLink] = [:]
    private let fingerprints: [String]
    /// Rule and object.
    private let names: [String]
    private let subjects: [ObjectReference?]
    private let ownScore: [Double]
    private let ownSeverity: [Severity]
    /// Findings that somebody accepted, each with what is shown in place of it: what it explains and nobody accepted.
    private(set) var hidden: [(place: Int, shown: [Int])] = []
    private(set) var children: [[Int]]

    private struct Arrow: Hashable {
        var cause: Int
        var symptom: Int
    }

    init(_ findings: [Finding], explains: [String: [Edge]], scale: ImpactScale) {
        fingerprints = findings.map(\.fingerprint)
        names = findings.map { "\($0.rule) \($0.objects.first.map { "\($0.database ?? "") \($0.name)" } ?? "")" }
        subjects = findings.map(\.objects.first)
        ownSeverity = findings.map(\.severity)
        ownScore = findings.map(scale.score)
        severity = ownSeverity
        total = ownScore
        causes = findings.map { _ in [] }
        symptoms = causes
        children = causes
        parent = findings.map { _ in nil }
        let greatestFirst = findings.indices.sorted(by: precedes)
        link(findings, explains, greatestFirst)
        for symptom in greatestFirst { parent[symptom] = nearestCause(of: symptom) }
        for symptom in greatestFirst {
            if let cause = parent[symptom] { children[cause].append(symptom) }
        }
        for root in greatestFirst where parent[root] == nil { sum(root) }
    }

    /// Findings that no other explains, most urgent first.
    var roots: [Int] {
        let left = Set(hidden.map(\.place))
        return parent.indices.filter { parent[$0] == nil && !left.contains($0) }.sorted(by: precedes)
    }

    /// Leaves out what `accepts` takes at the severity that it has with all that it explains and that is shown.
    ///
    /// What an accepted cause explains was not accepted with it: it goes to the next finding above, or stands for itself. It is
    /// not given to another cause that would do as well: that one was not the surest.
    mutating func hide(_ accepts: (Int, Severity) -> Bool) {
        var left: Set<Int> = []
        for root in parent.indices where parent[root] == nil { _ = decide(root, accepts, &left) }
        guard !left.isEmpty else { return }
        for place in parent.indices {
            while let above = parent[place], left.contains(above) { parent[place] = parent[above] }
        }
        let below = children
        func shown(_ place: Int) -> [Int] { below[place].flatMap { left.contains($0) ? shown($0) : [$0] } }
        hidden = left.sorted().map { ($0, shown($0)) }
        children = parent.map { _ in [] }
        (total, severity) = (ownScore, ownSeverity)
        for place in parent.indices.sorted(by: precedes) where !left.contains(place) {
            if let cause = parent[place] { children[cause].append(place) }
        }
        for root in parent.indices where parent[root] == nil && !left.contains(root) { sum(root) }
        // What is left out is told with the severity that it was judged by.
        for place in left { severity[place] = below[place].reduce(ownSeverity[place]) { max($0, severity[$1]) } }
    }

    /// The worst that is shown of a finding and what it explains; nil: nothing is.
    private func decide(_ place: Int, _ accepts: (Int, Severity) -> Bool, _ left: inout Set<Int>) -> Severity? {
        let below = children[place].compactMap { decide($0, accepts, &left) }.max()
        let worst = max(ownSeverity[place], below ?? ownSeverity[place])
        guard accepts(place, worst) else { return worst }
        left.insert(place)
        return below
    }

    /// All that is shown under a finding, greatest first.
    func descendants(of cause: Int) -> [Int] { below(cause).sorted(by: precedes) }

    private func below(_ cause: Int) -> [Int] { children[cause].flatMap { [$0] + below($0) } }

    /// Severity, then weight; names decide ties, so that the same findings always come in the same order.
    private func precedes(_ left: Int, _ right: Int) -> Bool {
        if severity[left] != severity[right] { return severity[left] > severity[right] }
        if total[left] != total[right] { return total[left] > total[right] }
        if names[left] != names[right] { return names[left] < names[right] }
        if fingerprints[left] != fingerprints[right] { return fingerprints[left] < fingerprints[right] }
        return left < right
    }

    private mutating func link(_ findings: [Finding], _ explains: [String: [Edge]], _ greatestFirst: [Int]) {
        var touched: [LinkKey: [Int]] = [:]
        for (place, symptom) in greatestFirst.enumerated() {
            for key in findings[symptom].symptomOf { touched[key, default: []].append(place) }
        }
        for cause in greatestFirst {
            guard let edges = explains[findings[cause].rule], !edges.isEmpty else { continue }
            let places = Set(findings[cause].explains.lazy.flatMap { touched[$0] ?? [] })
            for symptom in places.sorted().map({ greatestFirst[$0] }) {
                // In a circle the link that came first, the greater cause's, holds.
                guard let edge = edges.first(where: { $0.effect == findings[symptom].rule }),
                    fingerprints[cause] != fingerprints[symptom], !reaches(symptom, cause),
                    let link = CausalLink(edge.mechanism, from: findings[cause], to: findings[symptom])
                else { continue }
                links[Arrow(cause: cause, symptom: symptom)] = link
                causes[symptom].append(cause)
                symptoms[cause].append(symptom)
            }
        }
    }

    /// What is shown right under a finding, greatest first.
    func effects(of cause: Int) -> [Int] { children[cause].sorted(by: precedes) }

    func link(from cause: Int, to symptom: Int) -> CausalLink? { links[Arrow(cause: cause, symptom: symptom)] }

    /// All arrows, causes in the order of their weight.
    var drawn: [CausalLink] {
        links.sorted { left, right in
            left.key.cause == right.key.cause
                ? precedes(left.key.symptom, right.key.symptom) : precedes(left.key.cause, right.key.cause)
        }
        .map(\.value)
    }

    /// Causes of a symptom beside the one under which it is shown, and not above or below that one: they would do alone.
    func alternatives(of symptom: Int) -> [Int] {
        guard let shown = parent[symptom] else { return [] }
        return causes[symptom].filter { $0 != shown && !reaches($0, shown) && !reaches(shown, $0) }
    }

    private func reaches(_ from: Int, _ target: Int) -> Bool {
        var seen: Set<Int> = [from]
        var open = [from]
        while let next = open.popLast() {
            if next == target { return true }
            open += symptoms[next].filter { seen.insert($0).inserted }
        }
        return false
    }

    /// Of several causes the surest, then the greatest, but none that is itself behind another of them: in a chain each
    /// link stands under the one before it.
    private func nearestCause(of symptom: Int) -> Int? {
        let all = causes[symptom]
        let nearest = all.filter { cause in !all.contains { $0 != cause && reaches(cause, $0) } }
        func sureness(_ cause: Int) -> Double {
            links[Arrow(cause: cause, symptom: symptom)]?.confidence.weight ?? 0
        }
        guard let surest = nearest.map(sureness).max() else { return nil }
        return nearest.first { sureness($0) == surest }
    }

    /// A cause weighs what it costs itself or what its symptoms cost together, whichever is more: adding both would
    /// count the same time twice. So would adding two symptoms of one thing (a statement's share, and its spread).
    private mutating func sum(_ cause: Int) {
        var below = 0.0
        var byStatement: [ObjectReference: Double] = [:]
        for symptom in children[cause] {
            sum(symptom)
            if let subject = subjects[symptom], subject.kind == .statement {
                byStatement[subject] = max(byStatement[subject] ?? 0, total[symptom])
            } else {
                below += total[symptom]
            }
            severity[cause] = max(severity[cause], severity[symptom])
        }
        total[cause] = max(total[cause], byStatement.values.reduce(below, +))
    }
}
