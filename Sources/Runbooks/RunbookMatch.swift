import Foundation
import History
import Model

/// A finding as runbooks are matched with it: plain names.
package struct RunbookSubject: Sendable {
    package var rule: String
    /// `relation:public.orders`, most important first.
    package var objects: [String]
    package var database: String?

    package init(rule: String, objects: [String], database: String?) {
        self.rule = rule
        self.objects = objects
        self.database = database
    }

    package init(_ record: FindingRecord) {
        self.init(rule: record.rule, objects: record.objects, database: record.database)
    }

    fileprivate func names(_ kind: String) -> [String] {
        objects.filter { $0.hasPrefix(kind + ":") }.map { String($0.dropFirst(kind.count + 1)) }
    }

    /// Its relations, and those of its columns.
    fileprivate var relations: [String] {
        names("relation")
            + names("column").compactMap { column in column.lastIndex(of: ".").map { String(column[..<$0]) } }
    }

    /// A name as SQL takes it; nil: the finding has no such object.
    fileprivate func quoted(_ placeholder: Placeholder) -> String? {
        switch placeholder {
        case .relation: return relations.first.map(Self.qualified)
        case .index: return names("index").first.map(Self.qualified)
        case .database: return database.map(SQL.identifier)
        case .column:
            guard let column = names("column").first, let dot = column.lastIndex(of: ".") else { return nil }
            return SQL.identifier(String(column[column.index(after: dot)...]))
        }
    }

    private static func qualified(_ name: String) -> String {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        return parts.count == 2 ? QualifiedName(parts[0], parts[1]).quoted : SQL.identifier(name)
    }
}

/// A runbook that fits a finding, and why.
package struct RunbookMatch: Sendable, Equatable {
    package var runbook: Runbook
    /// `same rule and relation`
    package var why: String
    package var strength: Runbook.Scope
    /// Who may apply it.
    package var tier: Runbook.Tier
    package var record: RunbookRecord
    /// Its sections with the finding's own names put in.
    package var fix: Instruction
    package var verify: Instruction?
    package var undo: Instruction?
    /// What to mind before it is pasted; nil: nothing.
    package var caution: String?

    /// `same rule and relation; applied 4 times, worked 3`
    package var text: String { "\(why); \(record.text)" }

    /// Those that fit, the closest first and of those the ones that worked more often; last those that were tried and never worked.
    ///
    /// - Parameter records: by the runbooks' identifiers (`RunbookRecord.counted`).
    package static func all(
        of runbooks: [Runbook], for subject: RunbookSubject, records: [String: RunbookRecord] = [:]
    ) -> [RunbookMatch] {
        let matches = runbooks.compactMap { runbook in
            reason(runbook, subject).map {
                RunbookMatch(runbook, why: $0, subject, records[runbook.id] ?? RunbookRecord())
            }
        }
        return matches.sorted { left, right in
            if left.record.isBad != right.record.isBad { return right.record.isBad }
            if left.strength != right.strength { return left.strength > right.strength }
            // Nobody knows yet: as good as half of the time.
            let (worked, other) = (left.record.successShare ?? 0.5, right.record.successShare ?? 0.5)
            if worked != other { return worked > other }
            if left.runbook.writtenAt != right.runbook.writtenAt {
                return left.runbook.writtenAt > right.runbook.writtenAt
            }
            return left.runbook.id < right.runbook.id
        }
    }

    private init(_ runbook: Runbook, why: String, _ subject: RunbookSubject, _ record: RunbookRecord) {
        func filled(_ part: Instruction) -> Instruction {
            var part = part
            part.markdown = Placeholder.filled(part.markdown, by: subject.quoted)
            return part
        }
        self.runbook = runbook
        self.why = why
        self.record = record
        strength = runbook.appliesTo
        tier = runbook.shownAt
        fix = filled(runbook.fix)
        verify = runbook.verify.map(filled)
        undo = runbook.undo.map(filled)
        let open = Placeholder.all(in: [fix, verify, undo].compactMap { $0?.markdown }.joined(separator: "\n"))
        if record.isBad {
            caution = "it was \(record.text): look for another cause first"
        } else if let first = open.first {
            caution = "put in {{\(first)}} yourself: the finding names none"
        } else if strength == .rule, !runbook.fix.sql.isEmpty, Placeholder.all(in: runbook.fix.markdown).isEmpty {
            caution = "its SQL names the objects that it was written for: put in your own"
        }
    }

    /// nil: it does not fit.
    private static func reason(_ runbook: Runbook, _ subject: RunbookSubject) -> String? {
        guard runbook.rule == subject.rule else { return nil }
        var why = "same rule"
        switch runbook.appliesTo {
        case .rule: break
        case .relation:
            guard let relation = runbook.relation, subject.relations.contains(relation) else { return nil }
            why += " and relation"
        case .statement:
            guard let statement = runbook.statement, subject.names("statement").contains(statement) else { return nil }
            why += " and statement"
        }
        guard let pattern = runbook.database else { return why }
        guard let database = subject.database, isMatch(database, pattern) else { return nil }
        return why + (database == pattern ? ", in database \(database)" : ", database \(database) is one of \(pattern)")
    }

    /// `*` stands for any text, `?` for one character.
    static func isMatch(_ name: String, _ pattern: String) -> Bool {
        let (name, pattern) = (Array(name), Array(pattern))
        var (place, wanted) = (0, 0)
        // Where the last star stands, and how much it has taken: only that one is ever tried again.
        var star: (wanted: Int, place: Int)?
        while place < name.count {
            if wanted < pattern.count, pattern[wanted] == "*" {
                star = (wanted, place)
                wanted += 1
            } else if wanted < pattern.count, pattern[wanted] == "?" || pattern[wanted] == name[place] {
                wanted += 1
                place += 1
            } else if let last = star {
                star = (last.wanted, last.place + 1)
                (wanted, place) = (last.wanted + 1, last.place + 1)
            } else {
                return false
            }
        }
        return pattern[wanted...].allSatisfy { $0 == "*" }
    }
}
