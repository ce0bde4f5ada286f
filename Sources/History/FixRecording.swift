import Foundation
import Model

extension FindingRecord {
    /// Notes a fix. One that is known already, by another way, is completed instead: a sweep knows the moment, a person knows
    /// who did what by which runbook.
    package mutating func apply(_ fix: FixRecord) {
        var fix = fix
        var fixes = fixes ?? []
        if fix.source == .resolve, let moved = goneBefore(fix.appliedAt) { (fix.appliedAfter, fix.appliedAt) = moved }
        if var last = fixes.last, last.isSameChange(as: fix) {
            last.complete(by: fix)
            fixes[fixes.count - 1] = last
        } else {
            if fixes.last?.verdict == .pending { fixes[fixes.count - 1].verdict = .superseded }
            fix.tier = fix.tier ?? tier
            fixes.append(fix)
        }
        self.fixes = fixes.suffix(FindingLifecycle.fixesKept)
    }

    /// It was gone when the fix was told of, so that this was not the moment: the last reading with it, and the first without.
    private func goneBefore(_ moment: Date) -> (after: Date, at: Date)? {
        guard state != .open, let impacts else { return nil }
        let empty = impacts.reversed().prefix { $0.value == 0 && $0.at > lastSeen }
        guard let first = empty.last?.at, first < moment else { return nil }
        return (lastSeen, first)
    }

    /// Notes what got worse since its last fix; what is noted already stays as it is.
    package mutating func note(_ worsened: [Worsened]) {
        guard var fixes, var last = fixes.last else { return }
        for item in worsened where last.worsened.count < FindingLifecycle.worsenedKept {
            let isKnown = last.worsened.contains { $0.finding == item.finding && $0.statement == item.statement }
            if !isKnown { last.worsened.append(item) }
        }
        fixes[fixes.count - 1] = last
        self.fixes = fixes
    }

    /// It came back after it was resolved: which fix did not last, if any, and whose work it was.
    mutating func cameBack(from before: FindingRecord, at moment: Date) {
        guard !isFlapping else { return }
        if fixes?.last.map({ $0.worked && $0.cameBackAt == nil }) ?? false, let last = fixes?.indices.last {
            fixes?[last].cameBackAt = moment
            climb(.contained, by: fixes?[last].tier ?? before.tier, what: fixes?[last].what, at: moment)
        } else {
            climb(.cameBack, by: before.tier, what: nil, at: moment)
        }
    }

    /// What two findings can share: `relation:public.orders`, `index:…`, `statement:…`; a column stands for its relation.
    package var places: Set<String> {
        Set(
            objects.compactMap { object in
                guard let colon = object.firstIndex(of: ":") else { return nil }
                switch object[..<colon] {
                case "relation", "index", "statement": return object
                case "column":
                    let name = object[object.index(after: colon)...]
                    return name.lastIndex(of: ".").map { "relation:" + name[..<$0] }
                default: return nil
                }
            })
    }

    /// What it shares with another of the same database; nil: nothing.
    func shared(with other: FindingRecord) -> String? {
        guard database == other.database || database == nil || other.database == nil else { return nil }
        return places.intersection(other.places).min()
    }
}

extension FixRecord {
    /// Told by a sweep and by a person, as long as its finding has not come back since.
    fileprivate func isSameChange(as other: FixRecord) -> Bool {
        guard source != other.source, cameBackAt == nil, runbook == nil || other.runbook == nil else { return false }
        return verdict == .pending || other.source == .resolve && worked && by == nil
    }

    fileprivate mutating func complete(by other: FixRecord) {
        let seen = source == .seen ? self : other
        let told = source == .seen ? other : self
        (appliedAt, appliedAfter) = (seen.appliedAt, seen.appliedAfter)
        by = told.by ?? seen.by
        tier = told.tier ?? seen.tier
        runbook = told.runbook ?? seen.runbook
        runbookText = told.runbookText ?? seen.runbookText
        what = told.what ?? seen.what
        ticket = told.ticket ?? seen.ticket
        source = .resolve
    }
}
