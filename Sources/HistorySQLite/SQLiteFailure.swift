import GRDB
import History

/// SQLite's result codes in our words, without SQL: https://www.sqlite.org/rescode.html
enum SQLiteFailure {
    static func isDamage(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
    }

    static func error(_ error: any Error, _ path: String, busySeconds: Double?) -> HistoryError {
        guard let error = error as? DatabaseError else {
            return HistoryError(.failed, path, String(describing: error))
        }
        let (kind, reason) = told(error, busySeconds)
        return HistoryError(kind, path, reason)
    }

    private static func told(_ error: DatabaseError, _ busySeconds: Double?) -> (HistoryError.Kind, String) {
        switch error.extendedResultCode {
        // What the system says when there is no room for the log's index.
        case .SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_SHMMAP: return (.failed, noRoom)
        case .SQLITE_READONLY_DIRECTORY, .SQLITE_READONLY_CANTINIT, .SQLITE_READONLY_RECOVERY: return (.failed, folder)
        default: break
        }
        switch error.resultCode {
        case .SQLITE_FULL: return (.failed, noRoom)
        case .SQLITE_READONLY:
            return (.failed, "it cannot be written to: it, its folder or its file system is read-only")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return (
                .busy,
                "another process holds it for \(seconds(busySeconds)) (fuser shows which); try again when it has ended"
            )
        case .SQLITE_NOTADB:
            return (.unusable, "this is no history of pgmedic, or its first page is damaged; name another file")
        case .SQLITE_CORRUPT:
            return (
                .unusable,
                "it is damaged. Copy it and the -wal beside it, then go back to a backup, or save what can be read: "
                    + "sqlite3 OLD .recover | sqlite3 NEW"
            )
        case .SQLITE_CANTOPEN: return (.unusable, folder)
        case .SQLITE_IOERR:
            return (
                .failed,
                "the disk does not answer as it should (\(error.extendedResultCode)); the system's log tells more"
            )
        case .SQLITE_MISUSE:
            return (.failed, "it is closed, or was used wrongly: \(error.message ?? "no reason given")")
        default: return (.failed, error.message ?? "\(error.extendedResultCode)")
        }
    }

    private static let noRoom =
        "its file system is full; what was kept before is whole. Make room, or let history prune take old snapshots away"
    private static let folder =
        "SQLite keeps a log beside it and may not write to its folder; copy the file to a folder of your own"

    private static func seconds(_ value: Double?) -> String {
        guard let value else { return "too long" }
        let number = value == value.rounded() && value.magnitude < 1e9 ? "\(Int(value))" : "\(value)"
        return "more than \(number) s"
    }
}
