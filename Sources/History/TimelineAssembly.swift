import Foundation
import Model

extension TimelineReading {
    /// What was read, by what it is about.
    func timeline(_ known: HistoryTarget, _ connection: any HistoryConnection) throws -> Timeline {
        var timeline = Timeline()
        timeline.target = known
        timeline.range = query.from.timeIntervalSince1970..<query.to.timeIntervalSince1970
        timeline.moments = grid.ends
        timeline.series = try series(connection)
        timeline.changes = try changes(connection) + analyzed(timeline.series)
        timeline.changes.sort { $0.at < $1.at }
        timeline.findings = try History.findings(connection, target)
        try connection.rows(
            "SELECT at, fingerprint, kind FROM finding_events WHERE target = $1 AND at >= $2 AND at <= $3 ORDER BY at",
            [.integer(target), .integer(from), .integer(to)]
        ) { row in
            guard let event = FindingEvent(rawValue: try row.text(2) ?? "") else { return }
            timeline.findingEvents.append((Double(try row.integer(0) ?? 0) / 1000, try row.text(1) ?? "", event))
        }
        return timeline
    }

    private func changes(_ connection: any HistoryConnection) throws -> [HistoryChange] {
        var changes: [HistoryChange] = []
        try connection.rows(
            "SELECT body FROM changes WHERE target = $1 AND at >= $2 AND at <= $3 ORDER BY at, hash",
            [.integer(target), .integer(from), .integer(to)]
        ) { changes.append(try Stored.decode(HistoryChange.self, try $0.bytes(0) ?? [])) }
        return changes
    }

    /// ANALYZE is told by its counters: a row of the store for each would be most of it.
    private func analyzed(_ series: [Timeline.Series]) -> [HistoryChange] {
        var changes: [HistoryChange] = []
        for relation in series where relation.key.kind == .relation {
            let byHand = relation["analyzes"].values
            let byAutovacuum = relation["autoanalyzes"].values
            for place in byHand.indices
            where byHand[place] > 0 || byAutovacuum.indices.contains(place) && byAutovacuum[place] > 0 {
                changes.append(
                    .make {
                        $0.kind = .analyzed
                        $0.at = Date(timeIntervalSince1970: grid.ends[place])
                        $0.after = Date(timeIntervalSince1970: grid.starts[place])
                        $0.database = relation.key.database
                        $0.object = relation.key.name
                        $0.relations = [relation.key.name]
                        $0.now = byHand[place] > 0 ? "ANALYZE" : "autoanalyze"
                    })
            }
        }
        return changes
    }

    /// Those that were read, with their texts.
    func statements(_ connection: any HistoryConnection) throws -> [Timeline.Series] {
        try series(connection).filter { $0.key.kind == .statement }
    }

    private func series(_ connection: any HistoryConnection) throws -> [Timeline.Series] {
        let texts = try documents(connection)
        // Entries of one statement, as another queryid after an upgrade, are one.
        var groups: [SeriesKey: [SeriesTable.Row]] = [:]
        for row in table.rows.values where values[row.id] != nil {
            var key = row.key
            if key.kind == .statement, let fingerprint = row.fingerprint { key.name = fingerprint }
            groups[key, default: []].append(row)
        }
        return groups.map { key, rows in
            let rows = rows.sorted { ($0.lastSeen, $0.id) > ($1.lastSeen, $1.id) }
            let newest = rows[0]
            var series = Timeline.Series(
                key: newest.key, fingerprint: newest.fingerprint, text: newest.document.flatMap { texts[$0] },
                relations: newest.relations)
            for (place, measure) in key.kind.measures.enumerated() {
                let parts = rows.compactMap { row in values[row.id]?[place].map { ($0, peaks[row.id]?[place]) } }
                guard !parts.isEmpty else { continue }
                series.measures[measure.name] = joined(parts, measure, key.kind)
            }
            return series
        }.sorted {
            ($0.key.kind, $0.key.database ?? "", $0.key.name) < ($1.key.kind, $1.key.database ?? "", $1.key.name)
        }
    }

    private func joined(_ parts: [(values: [Double], peaks: [Double]?)], _ measure: Measure, _ kind: SeriesKind)
        -> TimeSeries
    {
        var result = grid.empty()
        result.values = sum(parts.map(\.values), measure)
        // Nobody waited for it where waits were read and it was not among them.
        if kind == .wait, measure.name == "sessions" {
            for place in result.values.indices where result.values[place].isNaN && waitsWereRead(place) {
                result.values[place] = 0
            }
        }
        result.peaks = result.values
        for part in parts {
            guard let peaks = part.peaks else { continue }
            for place in peaks.indices where !peaks[place].isNaN {
                result.peaks[place] = max(result.peaks[place], peaks[place])
            }
        }
        return result
    }

    private func sum(_ columns: [[Double]], _ measure: Measure) -> [Double] {
        guard var total = columns.first else { return [] }
        for column in columns.dropFirst() {
            for place in total.indices where !column[place].isNaN {
                total[place] =
                    total[place].isNaN
                    ? column[place]
                    : measure.nature == .counter ? total[place] + column[place] : max(total[place], column[place])
            }
        }
        return total
    }

    private func waitsWereRead(_ place: Int) -> Bool {
        grid.header(at: place).map { !$0.scope.unread.contains(.wait) } ?? false
    }

    private func documents(_ connection: any HistoryConnection) throws -> [String: String] {
        var texts: [String: String] = [:]
        try connection.rows(
            """
            SELECT hash, body FROM documents
            WHERE hash IN (SELECT document FROM series WHERE target = $1 AND document IS NOT NULL)
            """, [.integer(target)]
        ) { texts[try $0.text(0) ?? ""] = try Stored.unpack(try $0.bytes(1) ?? []) }
        return texts
    }
}
