import Foundation
import History
import Model

// The panels about the server: cache, checkpoints, WAL, connections, replication.

extension TrendAnalysis {
    private func sum(_ measure: String, of kind: SeriesKind) -> TimeSeries {
        TimeSeries.sum(series(of: kind).lazy.map { $0[measure] }.filter { !$0.isEmpty })
    }

    var cachePanel: TrendPanel {
        var panel = TrendPanel(.cache, "Cache hit share", .share)
        let hit = sum("blocksHit", of: .database)
        let all = TimeSeries.sum([hit, sum("blocksRead", of: .database)])
        let share = hit.ratio(to: all)
        guard share.knownCount > 0, all.total > 0 else {
            return panel.empty(because: emptyReason("blocks hit and read"))
        }
        panel.lines = [TrendLine("found in shared buffers", share.thinned())]
        panel.marks = marks(of: Self.serverMarks)
        let lowest = share.values.indices.filter { !share.values[$0].isNaN }.min { share.values[$0] < share.values[$1] }
        let worst = lowest.map { ", at least \(Self.fine(share.values[$0])) (\(clock.moment(share.ends[$0])))" } ?? ""
        panel.sentence = Phrase.sentence(
            "\(Self.fine(hit.total / all.total)) of the blocks were found in shared buffers\(worst)"
                + unknownClause(all))
        return panel
    }

    /// Shares near 1 with the places that tell them apart: 99.7 %.
    private static func fine(_ share: Double) -> String {
        share > 0.99 && share < 1 ? Quantity.decimal(share * 100, places: 1) + " %" : Quantity.percent(share)
    }

    var checkpointsPanel: TrendPanel {
        var panel = TrendPanel(.checkpoints, "Checkpoints", .perHour)
        panel.isStacked = true
        let timed = sum("timedCheckpoints", of: .server)
        let requested = sum("requestedCheckpoints", of: .server)
        guard timed.knownCount > 0 || requested.knownCount > 0 else {
            return panel.empty(because: emptyReason("checkpoints"))
        }
        panel.lines = [
            TrendLine("timed", timed.scaled(by: 3600).thinned()),
            TrendLine("requested", requested.scaled(by: 3600).thinned()),
        ]
        panel.marks = marks(of: Self.serverMarks)
        let both = TimeSeries.sum([timed, requested])
        let count = both.total
        let share = count > 0 ? ", \(Quantity.percent(requested.total / count)) of them requested" : ""
        // A checkpoint is requested before its time when max_wal_size fills:
        // https://www.postgresql.org/docs/current/wal-configuration.html
        let advice = count > 0 && requested.total / count > 0.5 ? " (max_wal_size fills before checkpoint_timeout)" : ""
        panel.sentence = Phrase.sentence(
            "\(TrendUnit.short((both.mean ?? 0) * 3600)) checkpoints an hour\(share)\(advice)" + unknownClause(both))
        return panel
    }

    var walPanel: TrendPanel {
        var panel = TrendPanel(.wal, "WAL", .bytesPerSecond)
        let bytes = sum("walBytes", of: .server)
        guard bytes.knownCount > 0 else { return panel.empty(because: emptyReason("WAL")) }
        panel.lines = [TrendLine("WAL written", bytes.thinned())]
        panel.marks = marks(of: Self.serverMarks)
        panel.sentence = Phrase.sentence(
            "\(average(bytes, .bytesPerSecond)), \(TrendUnit.bytes.text(bytes.total)) in all" + unknownClause(bytes))
        return panel
    }

    var connectionsPanel: TrendPanel {
        var panel = TrendPanel(.connections, "Connections", .count)
        let backends = sum("backends", of: .server)
        guard backends.knownCount > 0, let highest = backends.highest else {
            return panel.empty(because: emptyReason("connections"))
        }
        panel.lines = [TrendLine("connections", backends.thinned())]
        panel.marks = marks(of: Self.serverMarks)
        let limit = sum("maxConnections", of: .server).last.flatMap { $0 > 0 ? $0 : nil }
        panel.limit = limit.map { TrendPanel.Limit(name: "max_connections", value: $0) }
        let of = limit.map { " of \(TrendUnit.count.text($0)) (\(Quantity.percent(highest.value / $0)))" } ?? ""
        panel.sentence = Phrase.sentence(
            "At most \(TrendUnit.count.text(highest.value))\(of), \(clock.moment(highest.at)); "
                + "\(TrendUnit.count.text(backends.mean ?? 0)) on average")
        return panel
    }

    var replicationPanel: TrendPanel {
        var panel = TrendPanel(.replication, "Replication", .bytes)
        let standbys = series(of: .standby).map { ("lag of \(Shown.name($0.key.name))", $0["lagBytes"]) }
        let slots = series(of: .slot).map { ("kept by slot \(Shown.name($0.key.name))", $0["retainedBytes"]) }
        let lines = (standbys + slots).filter { $0.1.knownCount > 0 }
            .ranked(by: { $0.1.highest?.value ?? 0 }, then: \.0)
        guard let worst = lines.first, let highest = worst.1.highest else {
            return panel.empty(because: "No standby and no slot was seen")
        }
        panel.lines = lines.prefix(Self.shownLines).map { TrendLine($0.0, $0.1.thinned()) }
        panel.marks = marks(of: Self.serverMarks)
        // Stored in µs.
        let delays = series(of: .standby).compactMap { $0["replayLag"].highest }
        let delay = delays.max { $0.value < $1.value }.flatMap { $0.value > 0 ? $0 : nil }
            .map { "; replay was late by at most \(TrendUnit.seconds.text($0.value * 1e-6)) (\(clock.moment($0.at)))" }
        panel.sentence = Phrase.sentence(
            "At most \(TrendUnit.bytes.text(highest.value)) (\(worst.0), \(clock.moment(highest.at)))" + (delay ?? ""))
        return panel
    }
}
