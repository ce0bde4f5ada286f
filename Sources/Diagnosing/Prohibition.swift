import Foundation
import Model
import Statements

/// What no action may do or tell people to do, whatever was found: each of them is advice that is given somewhere and that
/// costs data or the service.
///
/// Statements are judged by their parse tree. A statement that restores what was (`undo`) is not judged.
package enum Prohibition: String, CaseIterable, Sendable {
    case autovacuumOff = "switches autovacuum off"
    case unthrottledVacuum = "sets a vacuum cost delay to 0"
    case crashUnsafe = "gives up crash safety"
    case damageHidden = "hides damage of the data"
    case checksOff = "switches foreign keys and triggers off"
    case plannerSwitchedOff = "switches a planner method off for more than a session"
    case globalWorkMem = "raises work_mem for the server before a narrower step, or beyond its memory"
    case globalTimeout = "sets a statement timeout for the whole server"
    case moreConnectionsFirst = "raises max_connections as the first answer"
    case rewriteFirst = "rewrites a table under ACCESS EXCLUSIVE as the first answer"
    case constraintIndexDropped = "drops an index that a constraint needs"
    case dataDeleted = "deletes tables or all of their rows"
    case catalogWritten = "writes to the catalogs"
    case statisticsReset = "throws counters away"
    case everybodyEnded = "ends sessions that it does not name"
    case archiveThrownAway = "throws WAL away instead of archiving it"
    case slotDroppedFirst = "drops a replication slot as the first answer"
    case walByHand = "kills processes by force or touches pg_wal by hand"

    /// A prohibited thing in a finding's actions.
    package struct Breach: Sendable, CustomStringConvertible {
        package let prohibition: Prohibition
        package let rule: String
        package let text: String
        package var description: String { "\(rule) \(prohibition.rawValue): \(text)" }
    }

    /// All breaches of the finding's actions, in order.
    package static func breaches(of finding: Finding, _ observation: Observation) -> [Breach] {
        var found: [Breach] = []
        for (place, action) in finding.actions.enumerated() {
            for text in action.sql {
                let broken = broken(by: text, isFirst: place == 0, after: finding.actions.prefix(place), observation)
                found += broken.map { Breach(prohibition: $0, rule: finding.rule, text: text) }
            }
            for step in action.steps {
                // A step that is a statement as a whole is meant to be run.
                let isStatement = (try? ParsedStatement(parsing: step)) != nil
                var broken =
                    isStatement
                    ? Self.broken(by: step, isFirst: place == 0, after: finding.actions.prefix(place), observation) : []
                if saysForbiddenThing(step) { broken.append(.walByHand) }
                found += broken.map { Breach(prohibition: $0, rule: finding.rule, text: step) }
            }
        }
        return found
    }

    /// What a text of one or more statements breaks.
    package static func broken(
        by text: String, isFirst: Bool = true, after earlier: ArraySlice<Action> = [], _ observation: Observation
    ) -> [Prohibition] {
        guard let script = try? SQLScript(text) else { return [] }
        return script.statements.flatMap { statement -> [Prohibition] in
            guard let parsed = try? ParsedStatement(parsing: statement.text) else { return [] }
            return settings(parsed.root).flatMap { of(setting: $0, isFirst: isFirst, after: earlier, observation) }
                + of(statement: parsed, isFirst: isFirst, observation)
        }
    }

    /// Prose is not parsed: a warning against these has a "never" before them.
    private static func saysForbiddenThing(_ step: String) -> Bool {
        let text = step.lowercased()
        return ["kill -9", "pg_resetwal", "rm -rf", "pg_archivecleanup -d"].contains { words in
            text.range(of: words).map { !text[..<$0.lowerBound].contains("never") } ?? false
        }
    }
}

// MARK: Settings

extension Prohibition {
    private enum Scope { case server, role, session, table }

    private struct Change {
        var scope: Scope
        var name: String
        /// Lower case.
        var value: String

        var isOff: Bool { ["off", "false", "no", "0", "f"].contains(value) }
        var isOn: Bool { ["on", "true", "yes", "1", "t"].contains(value) }
        /// `0`, `0ms`, `'0'`.
        var isZero: Bool {
            !value.isEmpty && value.allSatisfy { $0 == "0" || $0 == "." || $0.isLetter || $0 == " " }
                && value.contains("0")
        }
    }

    private static func settings(_ root: Node) -> [Change] {
        func changed(_ set: Node?, _ scope: Scope) -> [Change] {
            guard let set, let name = set.string("name"), set.string("kind") == "VAR_SET_VALUE" else { return [] }
            let value = set.list("args").compactMap(\.constantText).joined(separator: ", ")
            return [Change(scope: scope, name: name.lowercased(), value: value.lowercased())]
        }
        switch root.kind {
        case "AlterSystemStmt": return changed(root.node("setstmt"), .server)
        case "AlterRoleSetStmt", "AlterDatabaseSetStmt": return changed(root.node("setstmt"), .role)
        case "VariableSetStmt": return changed(root, .session)
        default:
            return root.all("DefElem").compactMap { option in
                guard let name = option.string("defname") else { return nil }
                return Change(
                    scope: .table, name: name.lowercased(), value: option.node("arg")?.optionText.lowercased() ?? "true"
                )
            }
        }
    }

    private static func of(
        setting change: Change, isFirst: Bool, after earlier: ArraySlice<Action>, _ observation: Observation
    ) -> [Prohibition] {
        switch change.name {
        case "autovacuum", "track_counts", "autovacuum_enabled": change.isOff ? [.autovacuumOff] : []
        case "autovacuum_vacuum_cost_delay", "vacuum_cost_delay":
            change.scope != .session && change.isZero ? [.unthrottledVacuum] : []
        case "fsync", "full_page_writes": change.isOff ? [.crashUnsafe] : []
        case "synchronous_commit": change.scope == .server && change.isOff ? [.crashUnsafe] : []
        case "zero_damaged_pages", "ignore_checksum_failure", "ignore_system_indexes":
            change.isOn ? [.damageHidden] : []
        case "session_replication_role": change.value == "replica" ? [.checksOff] : []
        case "work_mem": change.scope == .server ? raisedWorkMem(change, after: earlier, observation) : []
        case "statement_timeout", "transaction_timeout":
            change.scope == .server && !change.isZero ? [.globalTimeout] : []
        case "max_connections":
            isFirst && change.scope == .server
                && Double(change.value) ?? 0 > observation.setting("max_connections")?.number ?? 0
                ? [.moreConnectionsFirst] : []
        case "archive_command":
            ["/bin/true", "true", "exit 0", ":", "/usr/bin/true"].contains(change.value) ? [.archiveThrownAway] : []
        case let name where name.hasPrefix("enable_"):
            change.scope != .session && change.scope != .table && change.isOff ? [.plannerSwitchedOff] : []
        default: []
        }
    }

    private static func raisedWorkMem(
        _ change: Change, after earlier: ArraySlice<Action>, _ observation: Observation
    ) -> [Prohibition] {
        var proposed = Setting.make {
            ($0.name, $0.value) = ("work_mem", change.value.uppercased().replacing("KB", with: "kB"))
        }
        // A plain number counts in kB.
        if proposed.number != nil { proposed.unit = "kB" }
        guard let bytes = proposed.memory, let now = observation.setting("work_mem")?.memory, bytes > now else {
            return []
        }
        let isNarrowFirst = earlier.contains { action in
            action.sql.contains { sql in
                ["AlterRoleSetStmt", "AlterDatabaseSetStmt"].contains((try? ParsedStatement(parsing: sql))?.root.kind)
            }
        }
        let most = observation.setting("max_connections")?.number ?? 0
        let isBeyond = observation.snapshot.server.memory.map { Double(bytes) * most > Double($0) } ?? true
        return isNarrowFirst && !isBeyond ? [] : [.globalWorkMem]
    }
}

// MARK: Statements

extension Prohibition {
    private static func of(statement: ParsedStatement, isFirst: Bool, _ observation: Observation) -> [Prohibition] {
        let root = statement.root
        var broken: [Prohibition] = []
        switch root.kind {
        case "VacuumStmt":
            let isFull = root.list("options").contains { option in
                option.string("defname") == "full"
                    && !["false", "off", "0"].contains(option.node("arg")?.optionText.lowercased())
            }
            if isFull && isFirst { broken.append(.rewriteFirst) }
        case "ClusterStmt": if isFirst { broken.append(.rewriteFirst) }
        case "DropStmt": broken += dropped(root, observation)
        case "TruncateStmt", "DropdbStmt": broken.append(.dataDeleted)
        case "DeleteStmt", "UpdateStmt":
            if root.node("whereClause") == nil { broken.append(.dataDeleted) }
            if root.node("relation")?.string("schemaname") == "pg_catalog" { broken.append(.catalogWritten) }
        case "AlterTableStmt":
            let commands = root.list("cmds").compactMap { $0.string("subtype") }
            if commands.contains(where: { ["AT_DisableTrigAll", "AT_DisableTrigUser"].contains($0) }) {
                broken.append(.checksOff)
            }
            if commands.contains("AT_SetUnLogged") { broken.append(.crashUnsafe) }
        default: break
        }
        return broken + called(statement, isFirst: isFirst, observation)
    }

    private static func dropped(_ root: Node, _ observation: Observation) -> [Prohibition] {
        switch root.string("removeType") {
        case "OBJECT_TABLE", "OBJECT_MATVIEW", "OBJECT_SCHEMA": return [.dataDeleted]
        case "OBJECT_INDEX":
            let names = root.list("objects").map { object in
                object.kind == "List" ? object.strings("items") : [object.string("sval")].compactMap(\.self)
            }
            let needed = observation.snapshot.catalogs.flatMap(\.indexes).filter {
                $0.constraint != nil || $0.isPrimary || $0.referencedByForeignKeys > 0
            }
            let isNeeded = names.contains { parts in
                needed.contains {
                    $0.name.name == parts.last && (parts.count < 2 || $0.name.schema == parts[parts.count - 2])
                }
            }
            return isNeeded ? [.constraintIndexDropped] : []
        default: return []
        }
    }

    private static func called(
        _ statement: ParsedStatement, isFirst: Bool, _ observation: Observation
    ) -> [Prohibition] {
        let names = Set(statement.root.all("FuncCall").compactMap { $0.strings("funcname").last })
        var broken: [Prohibition] = []
        if !names.isDisjoint(with: ["pg_stat_reset", "pg_stat_statements_reset", "pg_stat_reset_shared"]) {
            broken.append(.statisticsReset)
        }
        if !names.isDisjoint(with: ["pg_terminate_backend", "pg_cancel_backend"]) && !statement.namesOneProcess {
            broken.append(.everybodyEnded)
        }
        if isFirst && names.contains("pg_drop_replication_slot") {
            let slot = statement.root.all("FuncCall").first {
                $0.strings("funcname").last == "pg_drop_replication_slot"
            }?
            .list("args").first?.constantText
            // One that is lost already serves nobody.
            let isLost = observation.snapshot.replicationSlots.contains { $0.name == slot && $0.walStatus == "lost" }
            if !isLost { broken.append(.slotDroppedFirst) }
        }
        return broken
    }
}

extension ParsedStatement {
    /// The process is given as a number: `pg_cancel_backend(4127)`, or by `pid = 4127`.
    fileprivate var namesOneProcess: Bool {
        let isArgument = root.all("FuncCall").contains { call in
            ["pg_terminate_backend", "pg_cancel_backend"].contains(call.strings("funcname").last ?? "")
                && call.list("args").first?.kind == "A_Const"
        }
        return isArgument
            || root.all("A_Expr").contains { expression in
                expression.strings("name") == ["="]
                    && expression.node("lexpr")?.list("fields").last?.string("sval") == "pid"
                    && expression.node("rexpr")?.kind == "A_Const"
            }
    }
}

extension Node {
    /// The value of an option of VACUUM or of a table: `false`, `0`, `off`.
    package var optionText: String {
        if let text = constantText { return text }
        switch kind {
        case "String": return string("sval") ?? ""
        case "Integer": return String(integer("ival"))
        case "Float": return string("fval") ?? ""
        case "Boolean": return flag("boolval") ? "true" : "false"
        case "TypeName": return strings("names").last ?? ""
        default: return ""
        }
    }
}
