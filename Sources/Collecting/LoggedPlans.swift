import Foundation
import IndexAdvising
import Model
import Plans
import ServerLog
import Statements

/// auto_explain's plans out of a server's log, put to the statements that they are of.
///
/// A message holds the statement's text, so that its fingerprint finds the entry of pg_stat_statements. The same plan of many
/// calls is kept once, with their times; texts and literals do not leave this.
package struct LoggedPlans {
    /// Different plans of one statement that are kept, those of the most time first.
    static let plansLimit = 6

    /// A word of the first line of auto_explain's messages.
    package static let wanted = [" ms  plan:"]

    /// Messages of auto_explain that were read.
    package private(set) var count = 0
    /// Messages that hold no plan that can be read: cut off, or of a format that is not known.
    package private(set) var unreadable = 0
    /// Plans of statements that the snapshot does not know.
    package private(set) var unknown = 0

    /// By fingerprint: logged calls with the values that they were called with.
    package private(set) var examples: [String: [LoggedCall]] = [:]
    /// Of one statement.
    static let examplesLimit = 3

    private struct Key: Hashable {
        var statement: Int
        var outline: String
    }

    private struct Kept {
        var plan: LoggedPlan
        var slowest: ExplainedPlan
    }

    private let places: [String: [Int]]
    private let statements: [Statement]
    private let redaction: TextRedaction
    private var kept: [Key: Kept] = [:]
    private var fingerprints: [String: String?] = [:]

    package init(of snapshot: Snapshot) {
        statements = snapshot.statementStatistics?.statements ?? []
        redaction = TextRedaction(mode: snapshot.redaction)
        var places: [String: [Int]] = [:]
        for (place, statement) in statements.enumerated() {
            if let fingerprint = statement.fingerprint { places[fingerprint, default: []].append(place) }
        }
        self.places = places
    }

    package mutating func take(_ entry: LogEntry) {
        guard let plans = try? ExplainReader.read(message: entry.message, line: entry.line), let plan = plans.first
        else {
            count += 1
            unreadable += 1
            return
        }
        count += 1
        guard let text = plan.queryText, let place = place(of: text, entry) else {
            unknown += 1
            return
        }
        keep(plan, of: place, at: entry.at)
        if let fingerprint = statements[place].fingerprint {
            addExample(text, plan.queryParameters, of: fingerprint)
        }
    }

    private mutating func addExample(_ text: String, _ parameters: String?, of fingerprint: String) {
        let known = examples[fingerprint] ?? []
        guard known.count < Self.examplesLimit else { return }
        // EXECUTE shows the whole PREPARE, with the values of its parameters.
        let inner = (try? ParsedStatement(parsing: text))?.prepared ?? text
        let call = LoggedCall(inner, values: parameters.flatMap(QueryParameters.values) ?? [])
        guard !known.contains(call), (try? ParsedStatement(parsing: inner))?.parameterCount == call.values.count else {
            return
        }
        examples[fingerprint] = known + [call]
    }

    /// The entry of the same statement, role and database, as far as the log names these; of several the greatest.
    private mutating func place(of text: String, _ entry: LogEntry) -> Int? {
        guard let fingerprint = fingerprint(of: text) else { return nil }
        return (places[fingerprint] ?? []).filter { place in
            let statement = statements[place]
            return (entry.database ?? statement.database) == statement.database
                && (entry.role ?? statement.role) == statement.role
        }.max { statements[$0].counters.executionTime < statements[$1].counters.executionTime }
    }

    /// Of the text without its literals, as the snapshot's are.
    private mutating func fingerprint(of text: String) -> String? {
        if let known = fingerprints[text] { return known }
        // Literals make every call's text another.
        if fingerprints.count > 10_000 { fingerprints = [:] }
        let fingerprint = (Redactor.statement(text)?.text).flatMap { try? ParsedStatement.fingerprint(of: $0) }
        fingerprints[text] = .some(fingerprint)
        return fingerprint
    }

    private mutating func keep(_ plan: ExplainedPlan, of place: Int, at moment: Date?) {
        let duration = plan.duration ?? plan.executionTime ?? 0
        let key = Key(statement: place, outline: plan.outline)
        var kept = self.kept[key] ?? Kept(plan: LoggedPlan(), slowest: plan)
        if kept.plan.calls == 0 { kept.plan.shortestTime = duration }
        kept.plan.calls += 1
        kept.plan.totalTime += duration
        kept.plan.shortestTime = min(kept.plan.shortestTime, duration)
        // A plan whose nodes were measured says more than one that took a little longer.
        let saysMore = plan.isTimed && !kept.slowest.isTimed
        if saysMore || duration > kept.plan.longestTime && plan.isTimed == kept.slowest.isTimed { kept.slowest = plan }
        kept.plan.longestTime = max(kept.plan.longestTime, duration)
        if let moment {
            kept.plan.first = min(kept.plan.first ?? moment, moment)
            kept.plan.last = max(kept.plan.last ?? moment, moment)
        }
        self.kept[key] = kept
    }

    /// Puts what was read into the snapshot, in place of the note that nothing was.
    package func attach(to snapshot: inout Snapshot) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for (place, group) in Dictionary(grouping: kept, by: \.key.statement) {
            let greatest = group.sorted {
                ($0.value.plan.totalTime, $0.key.outline) > ($1.value.plan.totalTime, $1.key.outline)
            }
            snapshot.statementStatistics?.statements[place].loggedPlans = greatest.prefix(Self.plansLimit).compactMap {
                _, kept in
                var logged = kept.plan
                var plan = kept.slowest
                plan.queryText = nil
                plan.replaceExpressions { redaction.expression($0) ?? "…" }
                guard let data = try? encoder.encode(plan) else { return nil }
                logged.json = String(decoding: data, as: UTF8.self)
                return logged
            }
        }
        snapshot.notes.removeAll { $0.evidence == .loggedPlans }
        snapshot.notes += notes
    }

    private var notes: [CollectionNote] {
        if count == 0 {
            return [CollectionNote(.loggedPlans, .refused, "The log that was read holds no plan of auto_explain.")]
        }
        var notes: [CollectionNote] = []
        if unreadable > 0 {
            notes.append(
                CollectionNote(
                    .loggedPlans, .unparsable, isTotal: unreadable == count,
                    "\(Quantity.plural(unreadable, "plan")) of auto_explain could not be read."))
        }
        if unknown > 0 {
            notes.append(
                CollectionNote(
                    .loggedPlans, .limit, isTotal: unknown + unreadable == count,
                    "\(Quantity.count(unknown)) of \(Quantity.plural(count, "logged plan")) are of statements that "
                        + "pg_stat_statements does not show."))
        }
        return notes
    }
}
