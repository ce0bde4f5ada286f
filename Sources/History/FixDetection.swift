import Foundation
import Model

/// Sees that what a finding advised has appeared between two snapshots: an index, or a setting.
package enum FixDetection {
    /// Something that a finding advises.
    package enum Advice: Codable, Sendable, Hashable {
        /// `columns`: the keys in order, expressions as SQL has them.
        case index(relation: String, columns: [String], database: String?)
        /// An index that should go: `public.orders_status_idx`.
        case indexDropped(String, database: String?)
        case setting(Scope, name: String, value: String)
    }

    /// What a setting is of.
    package enum Scope: Codable, Sendable, Hashable {
        case server
        /// Of a role, of a database, or of a role in a database.
        case role(String?, database: String?)
        /// A storage parameter: `public.orders`.
        case relation(String, database: String?)
    }

    /// What a server had at one snapshot.
    package struct Facts: Sendable {
        /// Databases whose catalogs were read: of others nothing is known.
        package var databases: Set<String> = []
        package var indexes: [Index] = []
        package var settings: [Scope: [String: Value]] = [:]

        package init() {}
    }

    package struct Index: Sendable {
        package var database: String
        package var name: String
        package var relation: String
        /// Keys in order, expressions as SQL has them.
        package var columns: [String]
        package var isValid: Bool

        package init(
            _ name: String, on relation: String, _ columns: [String], in database: String, isValid: Bool = true
        ) {
            self.name = name
            self.relation = relation
            self.columns = columns
            self.database = database
            self.isValid = isValid
        }
    }

    package struct Value: Sendable {
        package var text: String
        /// `8kB`, `ms`: what a bare number counts; nil: it counts nothing.
        package var unit: String?

        package init(_ text: String, unit: String? = nil) {
            self.text = text
            self.unit = unit
        }
    }

    /// What two snapshots had that follow each other.
    package struct Change: Sendable {
        package var then: Facts
        package var now: Facts
        /// The moment of the first.
        package var after: Date

        package init(from then: Facts, at after: Date, to now: Facts) {
            self.then = then
            self.now = now
            self.after = after
        }
    }

    /// The fix of a finding that shows itself in a change; nil: none does.
    static func fix(of record: FindingRecord, in change: Change, at moment: Date) -> FixRecord? {
        // What comes after a finding is gone did not mend it.
        guard record.state != .resolved || record.isBeingVerified, let advice = record.advice else { return nil }
        let found = appeared(advice, between: change.then, and: change.now)
        guard !found.isEmpty else { return nil }
        return .make {
            $0.source = .seen
            $0.appliedAt = moment
            $0.appliedAfter = change.after
            $0.what = found.map(\.text).joined(separator: " and ")
        }
    }

    /// Which of the advice is there now and was not then. Where one of the snapshots does not tell, it is not.
    package static func appeared(_ advice: [Advice], between then: Facts, and now: Facts) -> [Advice] {
        advice.filter { advice in
            switch advice {
            case .index(let relation, let columns, let database):
                guard !columns.isEmpty, wasRead(database, then), wasRead(database, now) else { return false }
                let wanted = columns.map(plain)
                func fits(_ index: Index) -> Bool {
                    index.isValid && index.relation == relation && (database == nil || index.database == database)
                        && index.columns.map(plain).starts(with: wanted)
                }
                return !then.indexes.contains(where: fits) && now.indexes.contains(where: fits)
            case .indexDropped(let name, let database):
                guard wasRead(database, then), wasRead(database, now) else { return false }
                func fits(_ index: Index) -> Bool {
                    index.name == name && (database == nil || index.database == database)
                }
                return then.indexes.contains(where: fits) && !now.indexes.contains(where: fits)
            case .setting(let scope, let name, let value):
                return hasMoved(scope, name.lowercased(), to: value, then, now)
            }
        }
    }

    private static func hasMoved(_ scope: Scope, _ name: String, to wanted: String, _ then: Facts, _ now: Facts) -> Bool
    {
        if case .relation(_, let database) = scope, !wasRead(database, then) || !wasRead(database, now) { return false }
        // What a role or a relation has not set is the server's.
        let old = then.settings[scope]?[name] ?? then.settings[.server]?[name]
        guard let new = now.settings[scope]?[name] else { return false }
        guard let old else { return scope != .server && SettingQuantity.isSame(new, as: wanted, unit: new.unit) }
        let unit = now.settings[.server]?[name]?.unit ?? new.unit
        guard !SettingQuantity.isSame(new, as: old.text, unit: unit) else { return false }
        return SettingQuantity.isSame(new, as: wanted, unit: unit)
            || SettingQuantity.isBeyond(new.text, wanted, from: old.text, unit: unit)
    }

    private static func wasRead(_ database: String?, _ facts: Facts) -> Bool {
        database.map(facts.databases.contains) ?? !facts.databases.isEmpty
    }

    /// An expression as it compares: `((lower(email)))` and `lower( email )` are one.
    private static func plain(_ column: String) -> String {
        var text = column.filter { !$0.isWhitespace }[...]
        while text.hasPrefix("("), text.hasSuffix(")"), isOnePair(text) { text = text.dropFirst().dropLast() }
        return String(text)
    }

    private static func isOnePair(_ text: Substring) -> Bool {
        var depth = 0
        for (place, character) in text.enumerated() {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if depth == 0 { return place == text.count - 1 }
        }
        return false
    }
}

extension FixDetection.Advice {
    /// In a few words, after "tried": `an index on orders (status)`, `work_mem = 64MB of role reporting`.
    package var text: String {
        switch self {
        case .index(let relation, let columns, _):
            return "an index on \(Self.short(relation)) (\(columns.joined(separator: ", ")))"
        case .indexDropped(let name, _): return "dropping \(Self.short(name))"
        case .setting(let scope, let name, let value):
            let setting = "\(name) = \(value)"
            switch scope {
            case .server: return setting
            case .relation(let relation, _): return "\(setting) of \(Self.short(relation))"
            case .role(let role, let database):
                let owners = [role.map { "role \($0)" }, database.map { "database \($0)" }].compactMap(\.self)
                return "\(setting) of \(owners.joined(separator: " in "))"
            }
        }
    }

    private static func short(_ name: String) -> String {
        name.hasPrefix("public.") ? String(name.dropFirst(7)) : name
    }
}
