import Model

/// The series of a target as the store has them.
struct SeriesTable {
    struct Row {
        var id: Int64
        var key: SeriesKey
        var fingerprint: String?
        var document: String?
        var relations: [String]
        var plan: String?
        var planText: String?
        var lastSeen: Int64
    }

    private(set) var rows: [SeriesKey: Row] = [:]
    private let target: Int64
    private var next: Int64 = 1

    init(_ target: Int64, _ connection: any HistoryConnection) throws {
        self.target = target
        let sql = """
            SELECT id, kind, database, name, role, top_level, fingerprint, document, relations, plan, plan_text, last_seen
            FROM series WHERE target = $1
            """
        var found: [SeriesKey: Row] = [:]
        var last: Int64 = 0
        try connection.rows(sql, [.integer(target)]) { row in
            let id = try row.integer(0) ?? 0
            last = max(last, id)
            // A kind of a newer pgmedic is none of ours; its number stays taken.
            guard let kind = SeriesKind(rawValue: Int(try row.integer(1) ?? 0)) else { return }
            let database = try row.text(2) ?? ""
            let role = try row.text(4) ?? ""
            let key = SeriesKey(
                kind, try row.text(3) ?? "", in: database.isEmpty ? nil : database, role: role.isEmpty ? nil : role,
                isTopLevel: try row.integer(5) != 0)
            let relations = try row.text(8) ?? ""
            found[key] = Row(
                id: id, key: key, fingerprint: try row.text(6), document: try row.text(7),
                relations: relations.isEmpty ? [] : relations.split(separator: "\n").map(String.init),
                plan: try row.text(9), planText: try row.text(10), lastSeen: try row.integer(11) ?? 0)
        }
        rows = found
        next = last + 1
    }

    var keys: [Int64: SeriesKey] { Dictionary(rows.map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first }) }

    /// Numbers for the series of a frame, those that are new among them, and what is new of the known ones.
    ///
    /// - Returns: plans that changed, by their series.
    mutating func take(
        _ frame: Frame, at moment: Int64, _ connection: any HistoryConnection
    ) throws -> [(key: SeriesKey, before: String?, now: String?)] {
        var plans: [(key: SeriesKey, before: String?, now: String?)] = []
        let day = moment - moment % 86_400_000
        for key in frame.values.keys {
            let facts = frame.facts[key]
            let known = rows[key]
            var row =
                known ?? Row(id: next, key: key, fingerprint: nil, document: nil, relations: [], plan: nil, lastSeen: 0)
            if known == nil { next += 1 }
            if let facts {
                if let text = facts.text { row.document = try document(text, known?.document, connection) }
                row.fingerprint = facts.fingerprint ?? row.fingerprint
                if !facts.relations.isEmpty { row.relations = facts.relations }
                if let plan = facts.plan, plan != row.plan {
                    if row.plan != nil { plans.append((key, row.planText, facts.planText)) }
                    row.plan = plan
                    row.planText = facts.planText
                }
            }
            let isChanged =
                known.map {
                    $0.document != row.document || $0.fingerprint != row.fingerprint || $0.relations != row.relations
                        || $0.plan != row.plan
                } ?? true
            // Once a day is enough to tell what is still there.
            guard isChanged || row.lastSeen < day else { continue }
            row.lastSeen = moment
            rows[key] = row
            try write(row, connection)
        }
        return plans
    }

    private func document(_ text: String, _ known: String?, _ connection: any HistoryConnection) throws -> String {
        let hash = ContentHash.of(text)
        if hash != known {
            try connection.run(
                "INSERT INTO documents (hash, body) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                [.text(hash), .bytes(try Stored.pack(text))])
        }
        return hash
    }

    private func write(_ row: Row, _ connection: any HistoryConnection) throws {
        try connection.run(
            """
            INSERT INTO series (target, id, kind, database, name, role, top_level, fingerprint, document, relations, plan,
                plan_text, last_seen)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            ON CONFLICT (target, id) DO UPDATE SET fingerprint = excluded.fingerprint, document = excluded.document,
                relations = excluded.relations, plan = excluded.plan, plan_text = excluded.plan_text,
                last_seen = excluded.last_seen
            """,
            [
                .integer(target), .integer(row.id), .integer(Int64(row.key.kind.rawValue)),
                .text(row.key.database ?? ""), .text(row.key.name), .text(row.key.role ?? ""),
                .integer(row.key.isTopLevel ? 1 : 0), HistoryValue(row.fingerprint), HistoryValue(row.document),
                .text(row.relations.joined(separator: "\n")), HistoryValue(row.plan), HistoryValue(row.planText),
                .integer(row.lastSeen),
            ])
    }

    /// The definition of an index that is gone: what brings it back.
    func text(ofIndex change: HistoryChange, _ connection: any HistoryConnection) throws -> String? {
        guard let hash = rows[SeriesKey(.index, change.object, in: change.database)]?.document else { return nil }
        var text: String?
        try connection.rows("SELECT body FROM documents WHERE hash = $1", [.text(hash)]) {
            text = try Stored.unpack(try $0.bytes(0) ?? [])
        }
        return text
    }

    /// The numbers of a frame under the series' numbers.
    func numbered(_ frame: Frame) -> NumberedFrame {
        var numbered: NumberedFrame = [:]
        numbered.reserveCapacity(frame.values.count)
        for (key, values) in frame.values {
            if let id = rows[key]?.id { numbered[id] = values.trimmed }
        }
        return numbered
    }

    /// The other way round; facts as far as the store has them.
    func frame(_ numbered: NumberedFrame) -> Frame {
        let keys = keys
        var frame = Frame()
        for (id, values) in numbered {
            guard let key = keys[id] else { continue }
            frame.values[key] = values + Array(repeating: 0, count: max(0, key.kind.measures.count - values.count))
            if let row = rows[key] { frame.facts[key] = Frame.Facts(relations: row.relations) }
        }
        return frame
    }
}
