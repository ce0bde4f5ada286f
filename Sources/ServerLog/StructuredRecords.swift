import Foundation

/// A message of csvlog. https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG
struct CSVRecord {
    private var fields: [String] = []

    /// Columns of the table in the manual's page: log_time 0, user_name 1, database_name 2, error_severity 11, message 13,
    /// application_name 22.
    private enum Column: Int { case time = 0, role, database, severity = 11, message = 13, application = 22 }

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

    func entry(_ prefix: LinePrefix) -> LogEntry? {
        guard let message = value(.message) else { return nil }
        var entry = LogEntry()
        entry.at = value(.time).flatMap(prefix.date)
        entry.role = value(.role)
        entry.database = value(.database)
        entry.application = value(.application)
        entry.severity = value(.severity) ?? ""
        entry.message = message
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
        var error_severity: String?
        var message: String?
    }

    static func entry(_ text: String, _ prefix: LinePrefix) -> LogEntry? {
        guard let record = try? JSONDecoder().decode(Record.self, from: Data(text.utf8)), let message = record.message
        else { return nil }
        var entry = LogEntry()
        entry.at = record.timestamp.flatMap(prefix.date)
        entry.role = record.user
        entry.database = record.dbname
        entry.application = record.application_name
        entry.severity = record.error_severity ?? ""
        entry.message = message
        return entry
    }
}
