import Diagnosing
import Model

extension JSONReport {
    func waits(_ waits: ReportContent.Waits) -> JSONValue {
        [
            "readings": .integer(Int64(waits.readings)), "seconds": .rounded(waits.seconds),
            "independentObservations": .rounded(waits.observations, places: 1),
            "activeSessions": .rounded(waits.total), "activeSessionsError": .rounded(waits.totalError),
            "method": .string(ReportContent.Waits.method),
            "classes": rows(waits.classes, "class"),
            "events": .array(waits.events.map(event)), "databases": rows(waits.databases, "database"),
            "roles": rows(waits.roles, "role"), "applications": rows(waits.applications, "application"),
            "statements": .array(waits.statements.map(statement)),
            "counted": waits.counted.map(counted) ?? .null,
        ]
    }

    private func rows(_ rows: [ReportContent.Waits.Row], _ key: String) -> JSONValue {
        .array(rows.map { .object(row($0, key)) })
    }

    private func row(_ row: ReportContent.Waits.Row, _ key: String) -> [JSONMember] {
        [
            JSONMember(key, .string(row.name)), JSONMember("activeSessions", .rounded(row.sessions)),
            JSONMember("share", .rounded(row.share, places: 4)),
            JSONMember("leastShare", .rounded(row.interval?.low, places: 4)),
            JSONMember("greatestShare", .rounded(row.interval?.high, places: 4)),
        ]
    }

    private func event(_ event: ReportContent.Waits.Event) -> JSONValue {
        .object(
            row(event.row, "event") + [
                JSONMember("waitsFor", .optional(event.note?.what)),
                JSONMember("typicalCauses", .optional(event.note?.causes)),
                JSONMember("confirmedBy", .optional(event.note?.confirm)),
            ])
    }

    private func statement(_ statement: ReportContent.Waits.StatementRow) -> JSONValue {
        let known: [JSONMember] = [
            JSONMember("database", .string(statement.database)), JSONMember("statement", .optional(statement.key)),
            JSONMember("queryids", .strings(statement.queryIDs.map(String.init))),
            JSONMember("text", .string(statement.text)),
        ]
        return .object(
            known + row(statement.row, "name").dropFirst() + [
                JSONMember("waits", rows(statement.waits, "event")),
                JSONMember("cpuTimeMs", .rounded(statement.kernel?.cpuTime)),
                JSONMember("deviceReadBytes", .optional(statement.kernel?.bytesRead)),
            ])
    }

    private func counted(_ counted: ReportContent.Waits.Counted) -> JSONValue {
        [
            "text": .string(counted.text), "countsCPU": .bool(counted.countsCPU),
            "events": rows(counted.events, "event"), "statements": .array(counted.statements.map(statement)),
        ]
    }
}
