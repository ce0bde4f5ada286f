import Foundation

/// A message of csvlog. https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG
struct CSVRecord {
    private var fields: [String] = []

    /// Columns of the table in the manual's page: log_time 0, user_name 1, database_name 2, process_id 3, connection_from 4,
    /// error_severity 11, sql_state_code 12, message 13, detail 14, hint 15, context 18, query 19, application_name 22.
    private enum Column: Int {
        case time = 0
        case role, database, pid, client
        case severity = 11
        case sqlState, message, detail, hint
        case context = 18
        case statement
        case application = 22
    }

    init(_ text: String) {
        var field = ""
        var isQuoted = false
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "\"" where isQuoted && rest.first == "\"":
                field.append("\"")
                rest.removeFirst()
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                fields.append(field)
                field = ""
            default: field.append(character)
            }
        }
        fields.append(field)
    }

    private func value(_ column: Column) -> String? {
        guard fields.indices.contains(column.rawValue), !fields[column.rawValue].isEmpty else { return nil }
        return fields[column.rawValue]
    }

    /// Without the port, which stands behind the last colon, also of an IPv6 address: `::1:54321`.
    private static func address(_ text: String) -> String {
        guard let colon = text.lastIndex(of: ":"), text[text.index(after: colon)...].allSatisfy(\.isNumber) else {
            return text
        }
        return String(text[..<colon])
    }

    func entry(_ prefix: LinePrefix) -> LogEntry? {
        guard let message = value(.message) else { return nil }
        var entry = LogEntry()
        entry.at = value(.time).flatMap(prefix.date)
        entry.role = value(.role)
        entry.database = value(.database)
        entry.application = value(.application)
        entry.pid = value(.pid).flatMap { Int($0) }
        entry.client = value(.client).map(Self.address)
        entry.severity = value(.severity) ?? ""
        entry.sqlState = value(.sqlState)
        entry.message = message
        entry.detail = value(.detail)
        entry.hint = value(.hint)
        entry.context = value(.context)
        entry.statement = value(.statement)
        return entry
    }
}

/// A message of jsonlog, PostgreSQL 15 and up.
/// https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-JSONLOG
enum JSONRecord {
    private struct Record: Decodable {
        var timestamp: String?
        var user: String?
        var dbname: String?
        var application_name: String?
        var pid: Int?
        var remote_host: String?
        var error_severity: String?
        var state_code: String?
        var message: String?
        var detail: String?
        var hint: String?
        var context: String?
        var statement: String?
    }

    static func entry(_ text: String, _ prefix: LinePrefix) -> LogEntry? {
        guard let record = try? JSONDecoder().decode(Record.self, from: Data(text.utf8)), let message = record.message
        else { return nil }
        var entry = LogEntry()
        entry.at = record.timestamp.flatMap(prefix.date)
        entry.role = record.user
        entry.database = record.dbname
        entry.application = record.application_name
        entry.pid = record.pid
        entry.client = record.remote_host
        entry.severity = record.error_severity ?? ""
        entry.sqlState = record.state_code
        entry.message = message
        entry.detail = record.detail
        entry.hint = record.hint
        entry.context = record.context
        entry.statement = record.statement
        return entry
    }
}
