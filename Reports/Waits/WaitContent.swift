import Diagnosing
import Model

extension ReportContent {
    /// What busy sessions wait for, in plain text.
    struct Waits {
        struct Row {
            var name: String
            /// On average; nil where it is not known for how long was counted.
            var sessions: Double?
            /// Of all busy sessions, 0…1.
            var share: Double
            /// Where the share lies with 95 % confidence; nil where the sample is too large to speak of an error.
            var interval: WilsonInterval?
        }

        struct Event {
            var row: Row
            var note: WaitEventNote?
        }

        struct StatementRow {
            var row: Row
            var database: String
            /// Its name in findings; nil where it was not counted by pg_stat_statements.
            var key: String?
            var queryIDs: [Int64]
            var text: String
            /// Shares are of the statement's own sessions.
            var waits: [Row]
            /// By pg_stat_kcache.
            var kernel: KernelUse?
        }

        /// By pg_wait_sampling.
        struct Counted {
            /// `3,000 readings within the window`
            var text: String
            var countsCPU: Bool
            var events: [Row]
            var statements: [StatementRow]
        }

        /// `30 readings in 12 s, worth 84 independent observations`
        var basis: String
        /// Independent observations.
        var observations: Double
        var readings: Int
        var seconds: Double
        var total: Double
        var totalError: Double
        var classes: [Row]
        var events: [Event]
        var statements: [StatementRow]
        var databases: [Row]
        var roles: [Row]
        var applications: [Row]
        var counted: Counted?
        /// What would tell more.
        var hints: [String]

        /// How the errors are known.
        static let method =
            "Shares with Wilson's 95 % interval. One process doing the same in readings that follow each other is one observation, "
            + "weighed by its length (Kish's effective sample size)."
        /// Statements listed.
        static let statementLimit = 10
        static let eventLimit = 20
    }
}

extension ReportContent.Waits {
    /// nil: nobody was busy, and nothing was counted.
    init?(_ observation: Observation) {
        guard let load = observation.load, load.total > 0 || observation.countedWaits != nil else { return nil }
        readings = load.samples
        seconds = load.seconds
        observations = load.observations
        total = load.total
        totalError = load.totalError
        basis =
            Quantity.plural(load.samples, "reading") + " in \(Quantity.seconds(load.seconds)), worth "
            + "\(Quantity.about(load.observations.rounded())) independent observations"
        classes = load.byClass.map(Row.init)
        events = load.byEvent.prefix(Self.eventLimit).map {
            Event(row: Row($0), note: WaitEventCatalog.note($0.name))
        }
        databases = load.byDatabase.map(Row.init)
        roles = load.byRole.map(Row.init)
        applications = load.byApplication.map(Row.init)
        statements = load.byStatement.prefix(Self.statementLimit).map { StatementRow($0, observation) }
        counted = observation.countedWaits.map { Counted($0, observation) }
        hints = Self.hints(observation.snapshot)
    }

    private static func hints(_ snapshot: Snapshot) -> [String] {
        var hints: [String] = []
        if snapshot.waitSampling == nil {
            hints.append(
                "pg_wait_sampling, where it is loaded and created in this database, counts waits a hundred times a second"
            )
        }
        if snapshot.kernelStatements == nil {
            hints.append(
                "pg_stat_kcache, where it is loaded and created in this database, tells CPU time and device reads of statements"
            )
        }
        return hints
    }
}

extension ReportContent.Waits.Row {
    init(_ part: Load.Part) {
        self.init(name: part.name, sessions: part.average, share: part.share, interval: part.interval)
    }

    /// `55 % (41–68)`
    var shareText: String {
        guard let interval else { return Quantity.percent(share) }
        func points(_ value: Double) -> String { Quantity.decimal(value * 100, places: 0) }
        return "\(Quantity.percent(share)) (\(points(interval.low))–\(points(interval.high)))"
    }

    var sessionsText: String { sessions.map { Quantity.decimal($0, places: $0 < 0.95 ? 2 : 1) } ?? "–" }
}

extension ReportContent.Waits.StatementRow {
    init(_ statement: Load.Statement, _ observation: Observation) {
        let load = statement.queryIDs.lazy.compactMap {
            observation.workload.load(ofQueryID: $0, in: statement.database)
        }.first
        let database = statement.database ?? ""
        self.init(
            row: ReportContent.Waits.Row(statement.part), database: database, key: statement.key,
            queryIDs: statement.queryIDs, text: load?.label(200) ?? "statement \(statement.part.name)",
            waits: statement.waits.map(ReportContent.Waits.Row.init),
            kernel: observation.kernelUse(ofQueryIDs: load?.queryIDs ?? statement.queryIDs, in: database))
    }

    /// `Lock:transactionid 71 %, CPU* 20 %`
    var waitsText: String {
        waits.prefix(3).map { "\($0.name) \(Quantity.percent($0.share))" }.joined(separator: ", ")
    }

    /// `CPU 412 ms, 31 MB read from the device`
    var kernelText: String? {
        kernel.map { use in
            "CPU \(Quantity.milliseconds(use.cpuTime)), \(Quantity.bytes(use.bytesRead)) read from the device"
        }
    }
}

extension ReportContent.Waits.Counted {
    init(_ counted: CountedWaits, _ observation: Observation) {
        if let readings = counted.readings {
            text = "pg_wait_sampling: \(Quantity.about(Double(readings))) readings within the window"
        } else {
            text = "pg_wait_sampling: all since its start or reset"
        }
        countsCPU = counted.countsCPU
        events = counted.events.prefix(ReportContent.Waits.eventLimit).map(ReportContent.Waits.Row.init)
        // The profile tells statements without their database: by identifier.
        var order: [Int64] = []
        var groups: [Int64: [CountedWaits.Entry]] = [:]
        for entry in counted.statements {
            guard let id = entry.queryID else { continue }
            if groups[id] == nil { order.append(id) }
            groups[id, default: []].append(entry)
        }
        let sums = order.map { id in (id: id, share: groups[id]!.reduce(0) { $0 + $1.share }) }
            .sorted { $0.share > $1.share }
        statements = sums.prefix(ReportContent.Waits.statementLimit).map { id, share in
            let entries = groups[id]!
            let load = observation.workload.load(ofQueryID: id, in: nil)
            let sessions = entries.compactMap(\.sessions)
            return ReportContent.Waits.StatementRow(
                row: .init(
                    name: String(id), sessions: sessions.isEmpty ? nil : sessions.reduce(0, +), share: share,
                    interval: nil),
                database: load?.database ?? "", key: load?.key.name, queryIDs: [id],
                text: load?.label(200) ?? "statement \(id)",
                waits: entries.map {
                    .init(
                        name: $0.name, sessions: $0.sessions, share: share > 0 ? $0.share / share : 0, interval: nil)
                }, kernel: nil)
        }
    }
}

extension ReportContent.Waits.Row {
    init(_ entry: CountedWaits.Entry) {
        self.init(name: entry.name, sessions: entry.sessions, share: entry.share, interval: nil)
    }
}
