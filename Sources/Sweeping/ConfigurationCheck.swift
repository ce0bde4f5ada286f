import Configuration
import Diagnosing
import Foundation
import Model

/// What can be wrong with a project file beside its text: DSNs that libpq cannot read, folders that cannot be written.
package struct ConfigurationCheck: Sendable {
    package let project: ProjectFile
    /// What is wrong with a DSN, without repeating it; nil: nothing.
    package var problemOfDSN: @Sendable (String) -> String?

    package init(_ project: ProjectFile, problemOfDSN: @escaping @Sendable (String) -> String?) {
        self.project = project
        self.problemOfDSN = problemOfDSN
    }

    /// Each with its key and a remedy.
    package var problems: [String] {
        var problems: [String] = []
        func say(_ key: String, _ problem: String) { problems.append("\(project.path): \(key): \(problem)") }
        if project.targets.isEmpty {
            say("targets", "there is none; give each server a name, with dsn or service")
        }
        for target in project.targets {
            if let problem = problemOfDSN(target.dsn) { say("targets.\(target.name).dsn", problem) }
        }
        if let history = project.history {
            if HistoryPlace.isServer(history) {
                if let problem = problemOfDSN(history) { say("history", problem) }
            } else if let problem = Self.problem(ofFile: history) {
                say("history", problem)
            }
        }
        if let folder = project.sweep.reports?.folder, let problem = Self.problem(ofFolder: folder, isMade: true) {
            say("sweep.reports.folder", problem)
        }
        if let folder = project.sweep.textfile, let problem = Self.problem(ofFolder: folder, isMade: false) {
            say("sweep.textfile", problem)
        }
        if let webhook = project.sweep.webhook {
            do { _ = try Webhook(webhook).address() } catch { say("sweep.webhook", "\(error)") }
        }
        return problems
    }

    private static func problem(ofFile path: String) -> String? {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            if isFolder.boolValue { return "\(path) is a directory; name a file in it" }
            return access(path, R_OK | W_OK) == 0 ? nil : "\(path) cannot be written by this user"
        }
        return problem(ofFolder: (path as NSString).deletingLastPathComponent, isMade: true)
    }

    /// - Parameter isMade: a sweep makes it when it is not there.
    static func problem(ofFolder path: String, isMade: Bool) -> String? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            guard isMade else { return "there is no folder \(path); make it, writable for this user" }
            let parent = (path as NSString).deletingLastPathComponent
            if parent == path || parent.isEmpty { return "\(path) cannot be made" }
            return problem(ofFolder: parent, isMade: true).map { _ in
                "\(path) is not there and cannot be made by this user; make it (install -d -m 0700 -o USER \(path))"
            }
        }
        guard isFolder.boolValue else { return "\(path) is not a folder" }
        return access(path, W_OK | X_OK) == 0
            ? nil : "\(path) cannot be written by this user; chown it, or name another"
    }

    /// What was read, for somebody who wonders.
    package var summary: [String] {
        let sweep = project.sweep
        var lines = [
            "\(project.path): \(Quantity.plural(project.targets.count, "target")), "
                + "\(Quantity.plural(project.groups.count, "group"))"
        ]
        for target in project.targets {
            let settings = SweepTarget(target, of: project)
            var facts = target.tags.map { "tag:\($0)" }
            switch target.databases {
            case .all: facts.append("all databases")
            case .named(let names) where !names.isEmpty: facts.append("also \(names.joined(separator: ", "))")
            case .named: break
            }
            facts.append("deadline \(Quantity.seconds(settings.deadline))")
            if settings.failOn != .never { facts.append("fails on \(settings.failOn.rawValue)") }
            if !settings.suppressions.isEmpty { facts.append("\(settings.suppressions.count) accepted") }
            let adjusted = settings.thresholds.effective.count
            if adjusted > 0 { facts.append("\(Quantity.plural(adjusted, "threshold")) adjusted") }
            lines.append("  \(target.name): " + facts.joined(separator: ", "))
        }
        for group in project.groups { lines.append("  group \(group.name): \(group.members.joined(separator: ", "))") }
        lines.append(
            "  sweep: \(sweep.parallel) at a time" + (sweep.every.map { ", every \(Quantity.seconds($0))" } ?? ""))
        if let history = project.history { lines.append("  history: \(history)") }
        if let reports = sweep.reports { lines.append("  reports: \(reports.folder)") }
        if let textfile = sweep.textfile { lines.append("  textfile collector: \(textfile)") }
        if sweep.webhook != nil { lines.append("  webhook: yes (its address is not shown)") }
        if let mail = sweep.mail { lines.append("  mail to: \(mail.to.joined(separator: ", "))") }
        return lines
    }
}
