import Diagnosing
import Model

extension FindingPast {
    /// `first seen Mon 2026-03-02 02:10, 412 snapshots`, `back for the 3rd time since Tue …`
    var phrases: [String] {
        var phrases: [String] = []
        if isFlapping {
            phrases.append("comes and goes, \(Quantity.plural(recurrences, "time")) back")
        } else if recurrences > 0 {
            phrases.append(
                "came back \(recurrences == 1 ? "once" : "\(recurrences) times"), last \(Moments.withWeekday(openedAt))"
            )
        }
        if isNew && recurrences == 0 {
            phrases.append("new")
        } else {
            phrases.append(
                "first seen \(Moments.withWeekday(firstSeen)), in \(Quantity.plural(sightings, "snapshot"))")
        }
        if isWorse { phrases.append("worse") }
        if let raisedFrom { phrases.append("raised from \(raisedFrom.rawValue)") }
        if let fix { phrases.append("fix: " + fix) }
        if let escalation { phrases.append(escalation) }
        return phrases
    }

    /// `new`, `worse`, `back`: for a list; nil: nothing new of it.
    var word: String? {
        if isNew { return recurrences > 0 ? "back" : "new" }
        return isWorse ? "worse" : nil
    }
}
