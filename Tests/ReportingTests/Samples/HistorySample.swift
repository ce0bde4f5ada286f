import Foundation
import History
import Model
import Reporting

@testable import Trends

/// Reports of a history made by hand: a shop whose index is dropped on a Tuesday, with a report that is slow on Mondays.
enum HistorySample {
    /// 2026-02-02, a Monday, 00:00 UTC.
    static let start = 1_769_990_400.0
    static let day = 86_400.0
    static let range = start..<start + 30 * day
    /// Tue 24 Feb 14:05.
    static let drop = start + 22 * day + 50_700
    static let options = ReportOptions(command: "pgmedic trends shop --last 30d", generator: "pgmedic 0.1.0")

    /// So many points over the month, as thinning leaves them; a day without readings in it.
    static func series(_ count: Int = 400, gap: Bool = true, peaks: Bool = true, _ value: (Double) -> Double)
        -> TimeSeries
    {
        var series = TimeSeries()
        let width = 30 * day / Double(count)
        for place in 0..<count {
            let from = start + Double(place) * width
            if gap && from >= start + 11 * day && from < start + 12.2 * day { continue }
            let level = value(from + width / 2)
            series.append(from: from, to: from + width, level, peak: peaks ? level * (1.2 + 0.4 * noise(from)) : level)
        }
        return series
    }

    /// 0…1, the same in every run.
    static func noise(_ seed: Double) -> Double {
        let wave = sin(seed / 1013) * 43_758.5453
        return wave - wave.rounded(.down)
    }

    /// High by day, low at night and on Sundays.
    static func daily(_ at: Double) -> Double {
        let hour = (at - start).truncatingRemainder(dividingBy: day) / 3600
        let weekday = Int((at - start) / day) % 7
        let wave = 1 + 0.8 * sin((hour - 8) / 24 * 2 * .pi)
        return wave * (weekday == 6 ? 0.5 : 1) * (0.9 + 0.2 * noise(at))
    }

    static func name(_ text: String?, role: String? = "app", fingerprint: String = "50fde20626009aba") -> StatementName
    {
        var name = StatementName()
        name.fingerprint = fingerprint
        name.queryID = "-7204331905172360411"
        name.role = role
        name.database = "shop"
        name.text = text
        return name
    }

    static let orders = name(
        "SELECT id, total FROM orders WHERE status = $1 AND customer_id = $2 ORDER BY created_at DESC LIMIT $3")
    static let report = name(
        "SELECT date_trunc($1, o.created_at), sum(i.price * i.count) FROM orders o JOIN order_items i ON i.order_id = o.id GROUP BY 1",
        role: "reporting", fingerprint: "12af00b1c2d3e4f5")
    static let stock = name(
        "UPDATE stock SET count = count - $1 WHERE product_id = $2", fingerprint: "88aa00b1c2d3e4f5")

    static var target: HistoryTarget {
        var target = HistoryTarget()
        target.name = "shop"
        target.address = "db1:5432"
        target.database = "shop"
        target.systemIdentifier = "7301234567890123456"
        return target
    }

    static var rhythm: Rhythm {
        let profile = (0..<168).map { hour -> Double in
            let (weekday, ofDay) = (hour / 24, Double(hour % 24))
            return weekday == 0 && (8...9).contains(ofDay)
                ? 2.6 : sin((ofDay - 8) / 24 * 2 * .pi) * (weekday == 6 ? 0.3 : 0.8)
        }
        return Rhythm(profile: profile, strength: 0.71, peaks: ["Mon 08–09"])
    }

    // MARK: Trends

    static var trends: TrendReport {
        var report = TrendReport()
        report.target = target
        report.range = range
        report.snapshots = 8294
        report.gaps = [start + 11 * day..<start + 12.2 * day]
        report.headline =
            "SELECT … FROM orders takes 412 ms a call since Tue 24 Feb 14:05, 9.1 ms before: index orders_status_idx was dropped."
        report.regressions = regressions
        report.panels = panels
        report.loadRhythm = rhythm
        report.loadRhythmSentence =
            "Load is highest Mon 08–09, 2.6 sessions over its level; the week explains 71 % of it."
        report.slowSometimes = [slowSometimes]
        report.forecasts = forecasts
        report.growth = [
            Growth(
                kind: .relation, database: "shop", object: "public.orders", size: 48.2e9, perDay: 310e6,
                sentence: "public.orders grows by 296 MB a day, 45 GB now."),
            Growth(
                kind: .index, database: "shop", object: "public.order_items_pkey", size: 9.1e9, perDay: 42e6,
                sentence: "public.order_items_pkey grows by 40 MB a day."),
        ]
        report.findings = findings
        report.notes = ["pg_stat_statements was reset on Wed 11 Feb 03:00: nothing is told across it."]
        return report
    }

    static var regressions: [Regression] {
        let latency = Regression(
            subject: .statement(orders), measure: .latency, unit: .milliseconds,
            change: ChangePoint(
                at: drop, after: drop - 300, before: 9.1, now: 412, countBefore: 6000, countAfter: 2100, strength: 44),
            isWorse: true, cost: 2.4,
            attributions: [
                Attribution(
                    .indexDropped, "orders_status_idx was dropped between Tue 14:00 and 14:05",
                    object: "public.orders_status_idx", confidence: 0.94),
                Attribution(.traffic, "12 % more calls of the same", confidence: 0.2),
            ],
            line: series { ($0 < drop ? 9.1 : 412) * (0.8 + 0.4 * noise($0)) },
            sentence:
                "SELECT … FROM orders takes 412 ms a call since Tue 24 Feb 14:05, 9.1 ms before: orders_status_idx was dropped between Tue 14:00 and 14:05."
        )
        let dead = Regression(
            subject: .relation("public.stock", database: "shop"), measure: .deadTuples, unit: .count,
            change: ChangePoint(
                at: start + 15 * day, after: start + 15 * day - 300, before: 12_000, now: 240_000, countBefore: 900,
                countAfter: 900, strength: 9),
            isWorse: true, cost: nil,
            attributions: [Attribution(.unknown, "nothing that the history knows of fits", confidence: 0)],
            line: series { ($0 < start + 15 * day ? 12_000 : 240_000) * (0.7 + 0.6 * noise($0)) },
            sentence:
                "public.stock holds 240,000 dead tuples since Tue 17 Feb 00:00, 12,000 before; nothing that the history knows of fits."
        )
        let better = Regression(
            subject: .statement(stock), measure: .latency, unit: .milliseconds,
            change: ChangePoint(
                at: start + 6 * day, after: start + 6 * day - 300, before: 8, now: 1.5, countBefore: 900,
                countAfter: 900,
                strength: 9),
            isWorse: false, cost: -0.3,
            attributions: [Attribution(.setting, "work_mem became 64MB", object: "work_mem", confidence: 0.6)],
            line: series { ($0 < start + 6 * day ? 8 : 1.5) * (0.8 + 0.4 * noise($0)) },
            sentence: "UPDATE stock takes 1.5 ms a call since Sun 8 Feb 00:00, 8 ms before: work_mem became 64MB.")
        return [latency, dead, better]
    }

    static var marks: [TrendPanel.Mark] {
        [
            .init(kind: .setting, at: start + 6 * day, text: "work_mem 4MB → 64MB"),
            .init(kind: .statisticsReset, at: start + 9.1 * day, text: "pg_stat_statements reset"),
            .init(kind: .restart, at: start + 12.2 * day, text: "restart"),
            .init(kind: .indexDropped, at: drop, text: "orders_status_idx dropped"),
        ]
    }

    static var panels: [TrendPanel] {
        TrendPanel.Kind.allCases.map { kind in
            var panel = TrendPanel(kind, kind.rawValue.capitalized, .sessions)
            panel.sentence = "What is to be said of \(kind.rawValue) in one sentence."
            switch kind {
            case .load:
                panel.title = "Active sessions"
                panel.marks = marks
                panel.isStacked = true
                panel.lines = [
                    TrendLine("CPU", series { daily($0) * 1.1 }), TrendLine("IO", series { daily($0) * 0.4 }),
                    TrendLine("Lock", series { $0 > drop ? 1.6 * daily($0) : 0.05 }),
                ]
                panel.sentence = "2.1 sessions were active on average, 6.3 at most (Thu 26 Feb 13:00)."
            case .statements:
                panel.title = "Statements by time"
                panel.lines = [
                    TrendLine("SELECT … FROM orders (role app)", series { daily($0) * ($0 < drop ? 0.1 : 2.4) }),
                    TrendLine("SELECT … FROM orders o JOIN order_items (role reporting)", series { daily($0) * 0.3 }),
                    TrendLine("UPDATE stock (role app)", series { daily($0) * 0.2 }),
                    TrendLine("others", series { daily($0) * 0.25 }),
                ]
            case .waits:
                panel.isStacked = true
                panel.lines = [
                    TrendLine("Lock:transactionid", series { $0 > drop ? daily($0) : 0.02 }),
                    TrendLine("IO:DataFileRead", series { daily($0) * 0.4 }),
                ]
            case .growth:
                panel.unit = .bytes
                panel.lines = [
                    TrendLine("shop", series(gap: false, peaks: false) { 412e9 + ($0 - start) / day * 360e6 })
                ]
            case .cache:
                panel.unit = .share
                panel.lines = [TrendLine("hits", series(peaks: false) { 0.93 + 0.05 * noise($0) })]
            case .wal:
                panel.unit = .bytesPerSecond
                panel.lines = [TrendLine("WAL", series { daily($0) * 4.4e6 })]
                panel.marks = [marks[2]]
            case .checkpoints:
                panel.unit = .perHour
                panel.lines = [
                    TrendLine("timed", series { _ in 12 }), TrendLine("requested", series { daily($0) * 3 }),
                ]
            case .connections:
                panel.unit = .count
                panel.lines = [TrendLine("connections", series(peaks: false) { 40 + 20 * daily($0) })]
                panel.limit = .init(name: "max_connections", value: 100)
            case .bloat:
                panel.unit = .count
                panel.lines = [
                    TrendLine(
                        "public.stock", series { ($0 < start + 15 * day ? 12_000 : 240_000) * (0.7 + 0.6 * noise($0)) }),
                    TrendLine("public.orders", series { 30_000 * daily($0) }),
                    TrendLine("public.carts", series { 28_000 * daily($0 + 7000) }),
                ]
            case .replication: panel.sentence = "No standby was connected and no slot existed."
            case .findings:
                panel.unit = .count
                panel.lines = [TrendLine("open", series(peaks: false) { $0 < drop ? 2 : 4 })]
            }
            return panel
        }
    }

    static var slowSometimes: SlowSometimes {
        SlowSometimes(
            statement: report, usual: 840, slow: 31_000, rhythm: rhythm,
            companions: [
                Companion(name: "Lock:transactionid", correlation: 0.82, chance: 0.002),
                Companion(name: "statement 88aa00b1 of role app", correlation: 0.64, chance: 0.007),
            ],
            line: series {
                let hour = Int(($0 - start) / 3600) % 168
                return (8...9).contains(hour) ? 31_000 : 840 * (0.9 + 0.2 * noise($0))
            },
            sentence:
                "SELECT … FROM orders o (role reporting) is slow only Mon 08–09, when Lock:transactionid is waited for (ρ 0.82, chance 0.2 %)."
        )
    }

    static var forecasts: [TrendForecast] {
        let end = range.upperBound
        return [
            TrendForecast(
                kind: .sequence, object: "public.orders_id_seq", unit: .count,
                forecast: Forecast(
                    reached: end + 41 * day, earliest: end + 36 * day, latest: end + 47 * day, slope: 18.5e6,
                    limit: 2_147_483_647),
                line: series(gap: false, peaks: false) { 2_147_483_647 - (end + 41 * day - $0) / day * 18.5e6 },
                sentence: "public.orders_id_seq reaches its limit about 14 Apr 2026 (9 Apr – 20 Apr)."),
            TrendForecast(
                kind: .size, object: "shop", unit: .bytes,
                forecast: Forecast(
                    reached: end + 260 * day, earliest: end + 190 * day, latest: .infinity, slope: 360e6, limit: 500e9),
                line: series(gap: false, peaks: false) { 412e9 + ($0 - start) / day * 360e6 },
                sentence: "shop fills 466 GB about 19 Nov 2026 (at the earliest 10 Sep 2026, perhaps never)."),
        ]
    }

    static var findings: [FindingTrend] {
        func finding(_ title: String, _ state: FindingRecord.State, _ tier: String, _ recurrences: Int) -> FindingTrend
        {
            var record = FindingRecord()
            record.fingerprint = "7f3c9a1e"
            record.rule = "index.missing-on-foreign-key"
            record.severity = "critical"
            (record.tier, record.ruleTier, record.title, record.state) = (tier, "L1", title, state)
            record.objects = ["relation:public.orders"]
            record.firstSeen = Date(timeIntervalSince1970: start + 2 * day)
            record.lastSeen = Date(timeIntervalSince1970: range.upperBound - 300)
            record.openedAt = Date(timeIntervalSince1970: drop)
            record.resolvedAt = state == .resolved ? Date(timeIntervalSince1970: drop + day) : nil
            (record.sightings, record.recurrences) = (412, recurrences)
            return FindingTrend(
                record: record, events: [(at: drop, event: recurrences > 0 ? .recurred : .opened)],
                sentence: "\(record.title): "
                    + (recurrences > 0
                        ? "\(recurrences) times back after it was resolved, last Tue 24 Feb 14:05."
                        : "opened Tue 24 Feb 14:05."))
        }
        return [
            finding("Idle in transaction holds locks on orders", .open, "L2", 3),
            finding("orders_status is read by sequential scans", .quiet, "L2", 0),
            finding("Statistics of stock are old", .resolved, "L1", 0),
        ]
    }
}
