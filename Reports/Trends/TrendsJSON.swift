import History
import Model
import Trends

/// Trends for machines; `Schema/trends-1.schema.json` describes it.
extension WrittenTrends {
    var jsonValue: JSONValue {
        object(
            "trends",
            [
                ("target", .target(report.target)), ("range", .window(report.range)), ("timeZone", .string(clock.name)),
                ("snapshots", .integer(Int64(report.snapshots))),
                ("gaps", .array(report.gaps.map(JSONValue.window))), ("headline", .string(report.headline)),
                ("regressions", .array(report.regressions.map(regression))),
                ("panels", .array(report.panels.map(panel))),
                ("loadRhythm", report.loadRhythm.map(JSONValue.rhythm) ?? .null),
                ("loadRhythmSentence", .string(report.loadRhythmSentence)),
                ("slowSometimes", .array(report.slowSometimes.map(JSONValue.sometimes))),
                ("forecasts", .array(report.forecasts.map(forecast))),
                ("growth", .array(report.growth.map(growth))), ("findings", .array(report.findings.map(finding))),
                ("notes", .strings(report.notes)),
            ])
    }

    private func regression(_ regression: Regression) -> JSONValue {
        let change = regression.change
        return [
            "subject": subject(regression.subject), "measure": .string(regression.measure.rawValue),
            "unit": .string(regression.unit.rawValue), "worse": .bool(regression.isWorse),
            "after": .moment(seconds: change.after), "at": .moment(seconds: change.at),
            "until": .moment(seconds: regression.until ?? .nan), "gradual": .bool(regression.isGradual),
            "before": .significant(change.before), "now": .significant(change.now),
            "factor": .significant(change.factor), "intervalsBefore": .integer(Int64(change.countBefore)),
            "intervalsAfter": .integer(Int64(change.countAfter)), "strength": .rounded(change.strength),
            "costSessions": .significant(regression.cost), "attributions": .attributions(regression.attributions),
            "points": .points(regression.line), "sentence": .string(regression.sentence),
        ]
    }

    private func subject(_ subject: Regression.Subject) -> JSONValue {
        switch subject {
        case .statement(let name): ["kind": "statement", "statement": .statement(name)]
        case .relation(let name, let database):
            ["kind": "relation", "relation": .string(name), "database": .optional(database)]
        case .database(let name): ["kind": "database", "database": .string(name)]
        }
    }

    private func panel(_ panel: TrendPanel) -> JSONValue {
        [
            "kind": .string(panel.kind.rawValue), "title": .string(panel.title), "unit": .string(panel.unit.rawValue),
            "stacked": .bool(panel.isStacked),
            "lines": .array(panel.lines.map { ["name": .string($0.name), "points": .points($0.series)] }),
            "limit": panel.limit.map { ["name": .string($0.name), "value": .significant($0.value)] } ?? .null,
            "marks": .array(
                panel.marks.map {
                    ["kind": .string($0.kind.rawValue), "at": .moment(seconds: $0.at), "text": .string($0.text)]
                }),
            "sentence": .string(panel.sentence),
        ]
    }

    private func forecast(_ forecast: TrendForecast) -> JSONValue {
        let told = forecast.forecast
        return [
            "kind": .string(forecast.kind.rawValue), "object": .string(forecast.object),
            "unit": .string(forecast.unit.rawValue), "limit": .significant(told.limit),
            "growthADay": .significant(told.slope), "reached": .moment(seconds: told.reached),
            "earliest": .moment(seconds: told.earliest), "latest": .moment(seconds: told.latest),
            "points": .points(forecast.line), "sentence": .string(forecast.sentence),
        ]
    }

    private func growth(_ growth: Growth) -> JSONValue {
        [
            "kind": .string("\(growth.kind)"), "database": .optional(growth.database),
            "object": .string(growth.object), "sizeBytes": .significant(growth.size),
            "growthBytesADay": .significant(growth.perDay), "sentence": .string(growth.sentence),
        ]
    }

    private func finding(_ finding: FindingTrend) -> JSONValue {
        let record = finding.record
        return [
            "fingerprint": .string(record.fingerprint), "rule": .string(record.rule),
            "severity": .string(record.severity), "tier": .string(record.tier), "ruleTier": .string(record.ruleTier),
            "title": .string(record.title), "objects": .strings(record.objects), "database": .optional(record.database),
            "impact": .string(record.impact), "state": .string(record.state.rawValue),
            "firstSeen": .moment(record.firstSeen), "lastSeen": .moment(record.lastSeen),
            "openedAt": .moment(record.openedAt), "resolvedAt": .moment(record.resolvedAt),
            "sightings": .integer(Int64(record.sightings)), "recurrences": .integer(Int64(record.recurrences)),
            "flapping": .bool(record.isFlapping),
            "events": .array(
                finding.events.map { ["at": .moment(seconds: $0.at), "event": .string($0.event.rawValue)] }),
            "sentence": .string(finding.sentence),
        ]
    }
}
