import Model

/// Something that hurts, or is about to, with the evidence for it and the ways out of it.
package struct Finding: Sendable, Codable {
    package var rule: String
    package var area: Area
    package var severity: Severity
    /// The lowest tier whose action removes the cause and not just its symptom.
    package var tier: Tier
    /// The cause and its object, in one line: `order_items has no index on order_id`.
    package var title: String
    /// What it is about, most important first. Their names make the fingerprint.
    package var objects: [ObjectReference]
    package var impact: Impact
    package var confidence: Confidence
    /// Effect, cause, object, since when: as a senior DBA would say it on the telephone. One to three sentences.
    package var summary: String
    package var evidence: [Evidence]
    /// When the reader may rightly refuse the advice: `the delete runs once a month: it runs 86 times a minute here`.
    package var notIf: String?
    package var actions: [Action]
    /// What this finding can be the cause of: matched with `symptomOf` of others (see `RuleMetadata.explains`).
    package var explains: Set<LinkKey>
    /// What this finding could be a symptom of.
    package var symptomOf: Set<LinkKey>
    /// Parts of the identity beside the objects' names, for findings about sessions: role, application, fingerprint.
    package var identity: [String]
    /// nil: no history was asked.
    package var past: FindingPast?

    package init(
        _ metadata: RuleMetadata, severity: Severity, tier: Tier, title: String, objects: [ObjectReference],
        impact: Impact, confidence: Confidence, summary: String, evidence: [Evidence], notIf: String? = nil,
        actions: [Action], explains: Set<LinkKey> = [], symptomOf: Set<LinkKey> = [], identity: [String] = []
    ) {
        rule = metadata.id
        area = metadata.area
        self.severity = severity
        self.tier = tier
        self.title = title
        self.objects = objects
        self.impact = impact
        self.confidence = confidence
        self.summary = summary
        self.evidence = evidence
        self.notIf = notIf
        self.actions = actions
        self.explains = explains
        self.symptomOf = symptomOf
        self.identity = identity
    }

    /// Eight hexadecimal digits that stay the same in the next sweep, after a restore and on the replica: FNV-1a of the
    /// rule, the objects' names and `identity`; never of OIDs or pids.
    package var fingerprint: String {
        let parts = [rule] + objects.map { "\($0.kind.rawValue):\($0.database ?? ""):\($0.name)" } + identity
        let hash = FNV.hash(parts.joined(separator: "\u{0}"))
        let folded = UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
        let digits = String(folded, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

package enum Severity: String, Codable, Sendable, Comparable, CaseIterable {
    /// Not felt yet or little: good to know.
    case notice
    /// Costs now, or will within weeks.
    case warning
    /// Users feel it now, or data or service are in danger.
    case critical

    package static func < (left: Self, right: Self) -> Bool { left.order < right.order }
    private var order: Int { Self.allCases.firstIndex(of: self)! }
}

/// The tier of support that can do it (DESIGN, "The tiers").
package enum Tier: String, Codable, Sendable, Comparable, CaseIterable {
    /// Contain: documented, reversible within minutes, no change of schema, configuration or application.
    case containment = "L1"
    /// Fix: a validated change to the database, with a cost, a lock, a size and a way back.
    case fix = "L2"
    /// Cure: the query, the schema or the application changes.
    case cure = "L3"

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How sure the evidence makes us, not how bad it is.
package enum Confidence: String, Codable, Sendable, CaseIterable {
    case low, medium, high

    /// The factor by which impact is discounted in the ranking.
    package var weight: Double {
        switch self {
        case .high: 1
        case .medium: 0.7
        case .low: 0.4
        }
    }
}

/// RULES.md, part B.
package enum Area: String, Codable, Sendable, CaseIterable {
    /// What the statements cost.
    case workload
    /// Indexes, missing and harmful.
    case index
    /// What the planner does.
    case plan
    /// How the SQL is written.
    case shape
    /// Locks and sessions.
    case locks
    /// What busy sessions wait for.
    case waits
    /// Vacuum, bloat, horizon, wraparound.
    case vacuum
    /// The planner's statistics.
    case statistics
    case configuration
    /// Sequences, disk, replication, archiving.
    case capacity
    case schema
    /// Rights, passwords and connections that let in more than they should.
    case exposure
}

package struct ObjectReference: Codable, Sendable, Hashable {
    package enum Kind: String, Codable, Sendable {
        case cluster, database, relation, index, column, constraint, sequence, statement, session, role, setting, slot
        case preparedTransaction, trigger, `extension`, schema, function, policy
    }

    package var kind: Kind
    /// Qualified as far as it needs: `public.orders`, `public.orders.status`; of a statement its fingerprint or queryid.
    package var name: String
    package var database: String?

    package init(_ kind: Kind, _ name: String, in database: String? = nil) {
        self.kind = kind
        self.name = name
        self.database = database
    }

    package static func relation(_ name: QualifiedName, in database: String?) -> Self {
        ObjectReference(.relation, "\(name.schema).\(name.name)", in: database)
    }

    package static func index(_ name: QualifiedName, in database: String?) -> Self {
        ObjectReference(.index, "\(name.schema).\(name.name)", in: database)
    }

    package static func column(_ relation: QualifiedName, _ column: String, in database: String?) -> Self {
        ObjectReference(.column, "\(relation.schema).\(relation.name).\(column)", in: database)
    }

    package static func setting(_ name: String) -> Self { ObjectReference(.setting, name) }
    package static let cluster = ObjectReference(.cluster, "cluster")
}

/// What it costs, in a unit that people feel.
package struct Impact: Codable, Sendable {
    package enum Unit: String, Codable, Sendable {
        /// Of the window's execution time, 0…1.
        case shareOfTime
        /// Sessions that wait or are kept from work, on average or now.
        case sessions
        case bytes
        /// Until the wall.
        case days
        /// Wrong results, lost data, no service: cannot be put in numbers.
        case risk
        /// Nothing that is felt now; the value is 0.
        case none
    }

    package var value: Double
    package var unit: Unit
    /// `38 % of time`, `31 sessions`, `9.1 GB kept`, `12 days left`: fits 20 columns.
    package var text: String

    package init(_ value: Double, _ unit: Unit, _ text: String) {
        self.value = value
        self.unit = unit
        self.text = text
    }

    package static func share(_ share: Double) -> Self {
        Impact(share, .shareOfTime, Quantity.percent(share) + " of time")
    }

    package static func sessions(_ count: Double) -> Self {
        let text = count == count.rounded() ? Quantity.count(Int64(count)) : Quantity.decimal(count, places: 1)
        return Impact(count, .sessions, text + (count == 1 ? " session" : " sessions"))
    }

    package static func bytes(_ bytes: Int64, _ what: String) -> Self {
        Impact(Double(bytes), .bytes, Quantity.bytes(bytes) + " " + what)
    }

    package static func days(_ days: Double) -> Self {
        Impact(days, .days, days < 2 ? "hours left" : Quantity.count(Int64(days)) + " days left")
    }

    package static let none = Impact(0, .none, "–")
}

/// One measured fact. Typed, so that it reads well in a report and needs no parsing in JSON.
package struct Evidence: Codable, Sendable {
    package enum Value: Codable, Sendable, Equatable {
        case count(Int64)
        case number(Double)
        case bytes(Int64)
        case milliseconds(Double)
        case seconds(Double)
        /// 0…1
        case share(Double)
        case flag(Bool)
        case text(String)
        case list([String])
    }

    /// camelCase without the unit: `sequentialScans`; the JSON key adds the unit (`tableSize` → `tableSizeBytes`).
    package var key: String
    /// As the report has it: `sequential scans`.
    package var label: String
    package var value: Value

    package init(_ key: String, _ label: String, _ value: Value) {
        self.key = key
        self.label = label
        self.value = value
    }
}

/// One step of a ladder.
package struct Action: Codable, Sendable {
    package var tier: Tier
    /// An order: `end session 4127`, `create an index on order_items (order_id)`.
    package var title: String
    /// Statements, each complete and ended with `;`, quoted, right for the server's version. Empty: a step in words.
    package var sql: [String]
    /// What to do where SQL alone does not say it; a check-list before, a rewrite of a query.
    package var steps: [String]
    package var lock: LockNote?
    package var gain: Gain
    /// How to see that it worked: a command or a query.
    package var verify: String?
    /// How to take it back.
    package var undo: String?
    /// What can go wrong: `leaves an INVALID index when it fails: drop it and run again`.
    package var caution: String?

    package init(
        _ tier: Tier, _ title: String, sql: [String] = [], steps: [String] = [], lock: LockNote? = nil, gain: Gain,
        verify: String? = nil, undo: String? = nil, caution: String? = nil
    ) {
        self.tier = tier
        self.title = title
        self.sql = sql
        self.steps = steps
        self.lock = lock
        self.gain = gain
        self.verify = verify
        self.undo = undo
        self.caution = caution
    }
}

/// The lock that an action takes. https://www.postgresql.org/docs/current/explicit-locking.html
package struct LockNote: Codable, Sendable, Equatable {
    /// `SHARE UPDATE EXCLUSIVE`, or `none`.
    package var mode: String
    /// In words: `reads and writes go on; blocks VACUUM and DDL of the table`.
    package var blocks: String

    package init(_ mode: String, _ blocks: String) {
        self.mode = mode
        self.blocks = blocks
    }

    package static let none = LockNote("none", "blocks nobody")
    package static let concurrentIndex = LockNote(
        "SHARE UPDATE EXCLUSIVE", "reads and writes go on; waits for transactions that are open now")
    package static let vacuum = LockNote(
        "SHARE UPDATE EXCLUSIVE", "reads and writes go on; no DDL or other VACUUM of it")
    package static let analyze = LockNote("SHARE UPDATE EXCLUSIVE", "reads and writes go on")
    package static let tableOption = LockNote("SHARE UPDATE EXCLUSIVE", "reads and writes go on; an instant")
}

/// What an action is expected to give, and how that is known.
package struct Gain: Codable, Sendable {
    package enum Basis: String, Codable, Sendable {
        case measured
        case whatIf = "what-if"
        case estimated
        case ruleOfThumb = "rule-of-thumb"
        /// It is what the step does, as the manual has it: the bounds of a type, a lock that goes with its session, a reading that
        /// tells what is asked.
        case byDefinition = "by-definition"
    }

    package var text: String
    package var basis: Basis

    package init(_ text: String, _ basis: Basis) {
        self.text = text
        self.basis = basis
    }
}
