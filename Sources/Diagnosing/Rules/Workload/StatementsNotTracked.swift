import Foundation
import Model

/// Nobody counts what statements cost.
struct StatementsNotTracked: Rule {
    static let metadata = RuleMetadata(
        id: "workload.statements-not-tracked",
        title: "Statements that nobody counts",
        area: .workload,
        needs: [], uses: [.settings],
        looksAt: "whether pg_stat_statements is loaded and created, and pg_stat_statements.track",
        why:
            "Without pg_stat_statements nobody can say which statement makes a server slow, neither now nor afterwards. "
            + "It comes with PostgreSQL and costs a few percent at most.",
        limits: "Where our role may not read it, that is said under coverage, not here.",
        references: ["https://www.postgresql.org/docs/current/pgstatstatements.html"])

    func evaluate(_ observation: Observation) -> Outcome {
        let note = observation.snapshot.notes.first { $0.evidence == .statements && $0.isTotal }
        let tracked = observation.setting("pg_stat_statements.track")?.value
        switch (note?.reason, tracked) {
        case (.extensionNotLoaded, _):
            return .findings([finding("pg_stat_statements is not loaded", note?.text, load(observation))])
        case (.extensionMissing, _):
            return .findings([finding("pg_stat_statements is not created", note?.text, create(observation))])
        case (.extensionTooOld, _):
            return .findings([finding("pg_stat_statements is an old version", note?.text, update(observation))])
        case (_, "none"):
            return .findings([finding("pg_stat_statements counts nothing: track = none", nil, track(observation))])
        default: return .findings([])
        }
    }

    private func finding(_ title: String, _ text: String?, _ action: Action) -> Finding {
        Finding(
            Self.metadata, severity: .notice, tier: .fix, title: title,
            objects: [ObjectReference(.extension, "pg_stat_statements")], impact: .none, confidence: .high,
            summary: "\(title): which statements cost the time cannot be told.",
            evidence: [Evidence("reason", "what was found", .text(text ?? title))], actions: [action])
    }

    private func load(_ observation: Observation) -> Action {
        let gain = Gain("shows which statements cost the time", .ruleOfThumb)
        let create =
            "After the restart, in database \(observation.snapshot.server.database): "
            + "CREATE EXTENSION IF NOT EXISTS pg_stat_statements;"
        guard let setting = observation.setting("shared_preload_libraries") else {
            return Action(
                .fix, "load pg_stat_statements",
                steps: [
                    "Add pg_stat_statements to shared_preload_libraries, keeping what stands there (our role may not "
                        + "read it), and restart the server.", create,
                ], gain: gain)
        }
        let before = setting.value.split(separator: ",")
            .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"'")) }.filter { !$0.isEmpty }
        let list = { (names: [String]) in
            names.isEmpty ? "''" : names.map(SQL.literal).joined(separator: ", ")
        }
        return Action(
            .fix, "load pg_stat_statements",
            sql: ["ALTER SYSTEM SET shared_preload_libraries = \(list(before + ["pg_stat_statements"]));"],
            steps: ["Restart the server at a time that suits.", create], lock: LockNote.none, gain: gain,
            verify: "SHOW shared_preload_libraries; and SELECT count(*) FROM pg_stat_statements;",
            undo: "ALTER SYSTEM SET shared_preload_libraries = \(list(before)); and a restart",
            caution: "the restart ends all sessions; the server does not start where the library is not installed "
                + "(package postgresql-contrib)")
    }

    private func create(_ observation: Observation) -> Action {
        Action(
            .fix, "create the extension", sql: ["CREATE EXTENSION IF NOT EXISTS pg_stat_statements;"],
            steps: ["In database \(observation.snapshot.server.database), as its owner's superuser."],
            lock: LockNote.none, gain: Gain("shows which statements cost the time", .ruleOfThumb),
            verify: "SELECT count(*) FROM pg_stat_statements;", undo: "DROP EXTENSION pg_stat_statements;")
    }

    private func update(_ observation: Observation) -> Action {
        Action(
            .fix, "update the extension", sql: ["ALTER EXTENSION pg_stat_statements UPDATE;"],
            steps: ["In database \(observation.snapshot.server.database): pg_upgrade does not do it."],
            lock: LockNote.none, gain: Gain("all counters that this server keeps can be read", .ruleOfThumb),
            verify: "SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'pg_stat_statements';",
            caution: "views of your own that use pg_stat_statements must be dropped before and made again")
    }

    private func track(_ observation: Observation) -> Action {
        Action(
            .fix, "count top-level statements",
            sql: ["ALTER SYSTEM SET pg_stat_statements.track = 'top';", "SELECT pg_catalog.pg_reload_conf();"],
            lock: LockNote.none, gain: Gain("shows which statements cost the time", .ruleOfThumb),
            verify: "SHOW pg_stat_statements.track;",
            undo: "ALTER SYSTEM SET pg_stat_statements.track = 'none'; SELECT pg_catalog.pg_reload_conf();")
    }

    static let examples: [RuleExample] = [
        .fires("not loaded", on: "pg_stat_statements") {
            $0.missStatements(.extensionNotLoaded, "pg_stat_statements is not loaded.")
            $0.set("shared_preload_libraries", "auto_explain")
        },
        .fires("loaded, but not created", on: "pg_stat_statements") {
            $0.missStatements(.extensionMissing, "pg_stat_statements is loaded but not created in database shop.")
        },
        .fires("switched off", on: "pg_stat_statements") { $0.set("pg_stat_statements.track", "none") },
        .silent("counted") { $0.addStatement("f1", calls: 10, time: 10) },
        .silent("our role may not read it: coverage says so") {
            $0.missStatements(.privilege, "pg_stat_statements may not be read.")
        },
    ]
}

extension Snapshot {
    fileprivate mutating func missStatements(_ reason: CollectionNote.Reason, _ text: String) {
        statementStatistics = nil
        notes = [
            .make {
                $0.evidence = .statements
                $0.reason = reason
                $0.text = text
            }
        ]
    }
}
