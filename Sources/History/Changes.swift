import Foundation
import Model

/// What changes are told by, of one snapshot; kept of the last one.
package struct HistoryState: Noun {
    package var epoch = CounterEpoch()
    /// Name → value with its unit.
    package var settings: [String: String] = [:]
    package var versionText = ""
    /// `shop.pg_trgm` → version
    package var extensions: [String: String] = [:]
    /// nil: a pgmedic that kept none wrote it.
    package var traffic: TrafficRecord?

    package init() {}

    /// What was not read this time is as it was.
    func filled(from earlier: HistoryState) -> HistoryState {
        var state = self
        if state.epoch.statementsReset == nil { state.epoch.statementsReset = earlier.epoch.statementsReset }
        if state.settings.isEmpty { state.settings = earlier.settings }
        return state
    }

    package init(_ snapshot: Snapshot) {
        epoch = CounterEpoch(snapshot)
        versionText = snapshot.server.versionText
        traffic = TrafficRecord(snapshot)
        for setting in snapshot.settings where setting.source != "session" {
            settings[setting.name] = setting.value + (setting.unit.map { " × \($0)" } ?? "")
        }
        for catalog in snapshot.catalogs {
            for found in catalog.extensions { extensions["\(catalog.database).\(found.name)"] = found.version }
        }
    }
}

/// What became different between two snapshots.
struct Changes {
    private(set) var found: [HistoryChange] = []
    private let at: Date
    private let after: Date

    /// A table that lost more than half of at least so many bytes at once was rewritten or truncated: VACUUM alone gives
    /// back only what lies at the end (https://www.postgresql.org/docs/current/routine-vacuuming.html).
    private static let rewrittenSize: Int64 = 8 << 20
    /// More new or dropped relations and indexes of a kind than this are a deployment: the first of them are told.
    private static let limit = 200

    init(
        _ earlier: (frame: Frame, state: HistoryState), _ now: (frame: Frame, state: HistoryState), at: Date,
        after: Date, jumped: Bool
    ) {
        self.at = at
        self.after = after
        server(earlier.state, now.state, jumped: jumped)
        settings(earlier.state, now.state)
        // Another node has the same catalog: what it lacks was not dropped.
        for kind in [SeriesKind.relation, .index] { catalog(kind, earlier.frame, now.frame) }
        relations(earlier.frame, now.frame)
    }

    private mutating func add(_ kind: HistoryChange.Kind, _ object: String, _ configure: (inout HistoryChange) -> Void)
    {
        var change = HistoryChange()
        change.kind = kind
        change.at = at
        change.after = after
        change.object = object
        configure(&change)
        found.append(change)
    }

    private mutating func server(_ then: HistoryState, _ now: HistoryState, jumped: Bool) {
        if then.versionText != now.versionText {
            add(.version, "server_version") {
                $0.before = then.versionText
                $0.now = now.versionText
            }
        }
        if now.epoch.isElsewhere(than: then.epoch) && now.epoch.version / 10_000 == then.epoch.version / 10_000 {
            add(.failover, "server") {
                $0.before = Self.node(then.epoch)
                $0.now = Self.node(now.epoch)
            }
        } else if !now.epoch.startedAt.isSameMoment(as: then.epoch.startedAt) {
            add(.restart, "server") { _ in }
        }
        if jumped { add(.clockJump, "server") { _ in } }
        if let reset = now.epoch.statementsReset, let before = then.epoch.statementsReset,
            !reset.isSameMoment(as: before)
        {
            add(.statisticsReset, "pg_stat_statements") { _ in }
        }
        for (database, reset) in now.epoch.databaseResets.sorted(by: { $0.key < $1.key })
        where !reset.isSameMoment(as: then.epoch.databaseResets[database]) {
            add(.statisticsReset, database) { $0.database = database }
        }
        for name in Set(then.extensions.keys).union(now.extensions.keys).sorted()
        where then.extensions[name] != now.extensions[name] {
            add(.extensionChanged, name) {
                $0.before = then.extensions[name]
                $0.now = now.extensions[name]
            }
        }
    }

    private static func node(_ epoch: CounterEpoch) -> String {
        (epoch.isInRecovery ? "standby" : "primary") + (epoch.address.isEmpty ? "" : " at \(epoch.address)")
    }

    private mutating func settings(_ then: HistoryState, _ now: HistoryState) {
        guard !then.settings.isEmpty, !now.settings.isEmpty else { return }
        for name in Set(then.settings.keys).union(now.settings.keys).sorted()
        where then.settings[name] != now.settings[name] {
            add(.setting, name) {
                $0.before = then.settings[name]
                $0.now = now.settings[name]
            }
        }
    }

    private mutating func catalog(_ kind: SeriesKind, _ then: Frame, _ now: Frame) {
        let created = now.values.keys.filter { $0.kind == kind && then.values[$0] == nil && then.scope.tells(of: $0) }
        let dropped = then.values.keys.filter { $0.kind == kind && now.values[$0] == nil && now.scope.tells(of: $0) }
        for (keys, isCreated) in [(created, true), (dropped, false)] {
            for key in keys.sorted(by: { $0.name < $1.name }).prefix(Self.limit) {
                let facts = now.facts[key] ?? then.facts[key]
                let event: HistoryChange.Kind =
                    kind == .index
                    ? isCreated ? .indexCreated : .indexDropped : isCreated ? .relationCreated : .relationDropped
                add(event, key.name) {
                    $0.database = key.database
                    $0.relations = facts?.relations ?? []
                    if isCreated { $0.now = facts?.text } else { $0.before = facts?.text }
                }
            }
        }
    }

    private mutating func relations(_ then: Frame, _ now: Frame) {
        guard let size = SeriesKind.relation.place(of: "size"), let columns = SeriesKind.relation.place(of: "columns")
        else { return }
        for (key, values) in now.values.sorted(by: { $0.key.name < $1.key.name }) where key.kind == .relation {
            guard let before = then.values[key], before.count > columns, values.count > columns else { continue }
            if before[size] >= Self.rewrittenSize && values[size] < before[size] / 2 {
                add(.rewritten, key.name) {
                    $0.database = key.database
                    $0.relations = [key.name]
                    $0.before = Quantity.bytes(before[size])
                    $0.now = Quantity.bytes(values[size])
                }
            }
            if before[columns] > 0 && values[columns] > 0 && before[columns] != values[columns] {
                add(.columnsChanged, key.name) {
                    $0.database = key.database
                    $0.relations = [key.name]
                    $0.before = "\(before[columns]) columns"
                    $0.now = "\(values[columns]) columns"
                }
            }
        }
    }
}
