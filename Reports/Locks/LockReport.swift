import Diagnosing
import Foundation
import Model

/// A reading of locks, written; after a watch with what it came to.
package struct LockReport: WrittenReport {
    let reading: LockReading
    let watch: LockWatch?
    let options: ReportOptions

    package init(_ reading: LockReading, watch: LockWatch? = nil, options: ReportOptions = ReportOptions()) {
        self.reading = reading
        self.watch = watch
        self.options = options
    }

    package func terminal() -> String { TerminalLocks(self).text }
    package func markdown() -> String { MarkdownLocks(self).text }
    package func html() -> String { PageTemplates.render(LockPage(self)) }
    package func json() -> String { jsonValue.text }
    /// The same as `json()` on one line: one document a line (https://github.com/ndjson/ndjson-spec).
    package func jsonLine() -> String { jsonValue.line + "\n" }

    /// Trees that are told in full.
    static let openedTrees = 3
    /// Lines of the picture.
    static let outlineLines = 36

    var snapshot: Snapshot { reading.observation.snapshot }
    /// `shop @ db1:5432`
    var target: String { ReportContent.target(snapshot.server) }
    var server: String { ReportContent.server(snapshot) }
    var generator: String { options.generator ?? snapshot.generator }

    var outline: ForestOutline {
        ForestOutline(reading.trees.map(\.root), reading.observation, most: Self.outlineLines)
    }

    /// What was not read, or not wholly.
    var notes: [String] { gaps.map { $0.text + ($0.remedy.map { " " + $0 } ?? "") } }

    /// The same, with what would mend it apart.
    var gaps: [(text: String, remedy: String?)] {
        snapshot.notes.filter { [.locks, .backends, .backendDetails, .preparedTransactions].contains($0.evidence) }
            .map { ($0.text, $0.remedy) }
    }

    /// Locks or sessions could not be read: what is shown is not the whole truth.
    package var isIncomplete: Bool { reading.unread != nil }

    /// `critical` where somebody waits, `warning` where that is not known, else `good`.
    var tone: String { isIncomplete ? "warning" : reading.trees.isEmpty ? "good" : "critical" }

    /// With nobody waiting: what could stand in somebody's way next.
    var openTransactions: [String] {
        reading.openTransactions.map { open in
            "\(open.backend.nameWithPID): \(open.backend.state ?? "state hidden"), transaction open for "
                + "\(Quantity.seconds(open.age)), holds \(open.held.text(limit: 3))"
        }
    }

    /// `over 60 s, 30 readings`
    var watchFacts: [String] {
        guard let watch else { return [] }
        var facts = [
            "over \(Quantity.seconds(watch.duration))", Quantity.plural(watch.readings, "reading"),
            "\(Quantity.seconds(watch.secondsBlocked)) of session time lost",
            "at most \(Quantity.plural(watch.peak, "session")) waiting at once",
            "longest wait \(Quantity.seconds(watch.longestWait))",
        ]
        if !watch.deadlocks.isEmpty {
            facts.append("\(Quantity.plural(watch.deadlocks.count, "deadlock")) in the making seen")
        }
        if watch.failures > 0 { facts.append("\(Quantity.plural(watch.failures, "reading")) failed") }
        return facts
    }
}

/// What is to be known of a root, as labels and texts.
struct RootFacts {
    let tree: BlockedSessions

    var title: String {
        "\(tree.subject) blocks \(Quantity.plural(tree.victims.count, "session"))"
            + (tree.relation.map { " on \($0)" } ?? "")
    }

    var facts: [(label: String, text: String)] {
        var facts: [(String, String)] = [("why", tree.reason.label + since)]
        if let backend = tree.backend {
            facts.append(("session", session(backend).joined(separator: " · ")))
            if let query = backend.query {
                facts.append((backend.state == "active" ? "runs" : "ran last", Visible.folded(query)))
            }
        } else if let prepared = tree.prepared {
            facts.append(("prepared", "by role \(prepared.owner) in database \(prepared.database)"))
        }
        if let age = tree.transactionAge {
            let written = tree.hasWritten.map { $0 ? ", has written" : ", has not written" } ?? ""
            facts.append(("open", "transaction for \(Quantity.seconds(age))\(written)"))
        }
        let held = tree.held.text()
        if !held.isEmpty { facts.append(("holds", held)) }
        let first = tree.root.waiting.first.map { tree.observation.conflict(of: $0, below: tree.root.holder) }
        if let first { facts.append(("conflict", first)) }
        facts.append(
            (
                "blocked",
                "\(Quantity.seconds(tree.secondsBlocked)) of session time so far, longest wait "
                    + Quantity.seconds(tree.longestWait)
            ))
        if !tree.release.others.isEmpty {
            facts.append(("held too by", tree.release.others.map(tree.observation.name).joined(separator: ", ")))
        }
        return facts.map { ($0.0, Visible.folded($0.1)) }
    }

    private var since: String {
        guard let age = tree.stateAge, tree.root.preparedTransaction == nil else { return "" }
        return " · for \(Quantity.seconds(age))"
    }

    private func session(_ backend: Backend) -> [String] {
        [
            "pid \(backend.pid)", backend.database.map { "database \($0)" }, backend.role.map { "role \($0)" },
            backend.application.isEmpty ? nil : "application \(backend.application)",
            backend.client.map { "client \($0)" }, backend.isClient ? nil : backend.type,
        ].compactMap(\.self)
    }
}
