import Foundation
import History
import Model

// Suspects among what changed: plans, statistics, indexes, settings, versions.

extension AttributionSearch {
    /// With what a change scores, for a call that became slower or faster.
    private struct Fit {
        var cause: Attribution.Cause
        var score: Double
    }

    var suspectsAmongChanges: [Attribution] {
        let own = analysis.timeline.changes.filter(concerns)
        let counts = own.reduce(into: [:]) { $0[$1.kind, default: 0] += 1 }
        let near = own.filter { occasion.closeness(of: $0) > 0 }
        let plan = near.first { $0.kind == .plan }
        let analyzed = near.first { $0.kind == .analyzed }
        return near.compactMap { change in
            guard let fit = fit(of: change, withPlan: plan != nil) else { return nil }
            let confidence = fit.score * occasion.closeness(of: change) * rarity(among: counts[change.kind] ?? 1)
            var text = change.clause(analysis.clock)
            if change.kind == .plan {
                text = planText(change, after: analyzed)
            } else if plan != nil, change.kind != .analyzed {
                text += ", and its plan changed"
            }
            let object = change.object.isEmpty ? nil : change.object
            return Attribution(fit.cause, text, object: object, confidence: confidence)
        }
    }

    private func planText(_ change: HistoryChange, after analyzed: HistoryChange?) -> String {
        var text = change.clause(analysis.clock)
        // The shapes, where they are said in words; a hash says nothing.
        if let before = change.before, let now = change.now, before.contains(" "), now.contains(" ") {
            text += " (\(Shown.name(before, limit: 60)) → \(Shown.name(now, limit: 60)))"
        }
        if let analyzed { text += " after ANALYZE of \(Shown.name(analyzed.object))" }
        return text
    }

    /// Whether it is about this statement, its relations, its database, or the server.
    private func concerns(_ change: HistoryChange) -> Bool {
        if let database = change.database, let own = statement.name.database, database != own { return false }
        switch change.kind {
        case .plan: return change.object == statement.name.identity
        case .indexCreated, .indexDropped, .indexInvalid:
            return change.relations.contains { statement.relations.contains($0) }
        case .analyzed, .rewritten: return statement.relations.contains(change.object)
        case .setting, .version, .restart, .failover: return true
        default: return false
        }
    }

    /// 1 − the chance that one of so many changes of a kind lies so near by accident.
    private func rarity(among count: Int) -> Double {
        let others = count - 1
        let range = analysis.timeline.range.upperBound - analysis.timeline.range.lowerBound
        guard others > 0, range > 0 else { return 1 }
        let span = occasion.window.upperBound - occasion.window.lowerBound + 2 * occasion.tolerance
        return exp(-Double(others) * min(1, span / range))
    }

    private func fit(of change: HistoryChange, withPlan: Bool) -> Fit? {
        let isWriting = statement.name.isWriting
        // What makes planners change their mind scores more when the plan did change, and above it.
        let bonus = withPlan ? 0.08 : 0
        switch change.kind {
        case .plan: return Fit(cause: .plan, score: 0.55 + 0.35 * work)
        case .analyzed: return Fit(cause: .statistics, score: 0.2 + 0.35 * work)
        case .indexDropped, .indexInvalid:
            if isSlower { return Fit(cause: .indexDropped, score: 0.25 + 0.67 * work + bonus) }
            // One index less to keep up to date.
            return Fit(cause: .indexDropped, score: isWriting ? 0.6 : 0.1)
        case .indexCreated:
            if !isSlower { return Fit(cause: .indexCreated, score: 0.25 + 0.67 * work + bonus) }
            return Fit(cause: .indexCreated, score: isWriting ? 0.4 + 0.3 * work : 0.1 + 0.35 * work + bonus)
        case .setting: return Fit(cause: .setting, score: settingScore(change, withPlan: withPlan))
        case .version: return Fit(cause: .version, score: 0.6 + 0.25 * work + bonus)
        case .restart, .failover: return Fit(cause: .restart, score: restartScore)
        // What was emptied or packed has fewer blocks to read.
        case .rewritten: return isSlower ? nil : Fit(cause: .bloat, score: 0.3 + 0.55 * work)
        default: return nil
        }
    }

    private func settingScore(_ change: HistoryChange, withPlan: Bool) -> Double {
        switch SettingReach(change.object) {
        case .planner: return 0.4 + 0.42 * work + (withPlan ? 0.14 : 0)
        case .memory:
            // Too little work_mem shows in temporary blocks.
            guard let spilled = occasion.levels(of: statement.temporaryBlocks) else { return 0.4 + 0.3 * work }
            let isMoved = isSlower ? spilled.now > 1.2 * spilled.before : spilled.now * 1.2 < spilled.before
            return isMoved ? 0.95 : 0.35 + 0.4 * work + (withPlan ? 0.1 : 0)
        case .storage: return statement.name.isWriting ? 0.5 + 0.3 * (1 - work) : 0.3 + 0.3 * (1 - work)
        case .other: return 0.15
        }
    }

    /// After a restart shared buffers are empty: as many blocks a call as before, more of them read.
    private var restartScore: Double {
        guard isSlower, let reads = occasion.levels(of: statement.reads) else { return 0.3 }
        return reads.now > 1.5 * reads.before && work < 0.5 ? 0.7 : 0.3
    }
}

/// What a setting acts upon, by the sections of https://www.postgresql.org/docs/current/runtime-config.html
enum SettingReach {
    case planner, memory, storage, other

    init(_ name: String) {
        let name = name.lowercased()
        func begins(_ prefixes: String...) -> Bool { prefixes.contains { name.hasPrefix($0) } }
        if ["work_mem", "hash_mem_multiplier", "temp_buffers", "logical_decoding_work_mem"].contains(name) {
            self = .memory
        } else if begins("log_", "debug_", "application_name", "cluster_name", "stats_", "ssl", "update_process_title")
        {
            self = .other
        } else if begins(
            "enable_", "cpu_", "random_page_cost", "seq_page_cost", "parallel_", "max_parallel_", "min_parallel_",
            "geqo",
            "jit", "effective_cache_size", "default_statistics_target", "from_collapse_limit", "join_collapse_limit",
            "constraint_exclusion", "cursor_tuple_fraction", "plan_cache_mode", "recursive_worktable_factor")
        {
            self = .planner
        } else if begins(
            "shared_buffers", "wal_", "checkpoint_", "max_wal_size", "min_wal_size", "synchronous_", "fsync", "commit_",
            "full_page_writes", "effective_io_concurrency", "maintenance_", "bgwriter_", "backend_flush", "io_",
            "autovacuum", "vacuum_", "huge_pages", "track_", "archive_", "default_toast_compression")
        {
            self = .storage
        } else {
            self = .other
        }
    }
}
