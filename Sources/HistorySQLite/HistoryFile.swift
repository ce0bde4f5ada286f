import Foundation
import GRDB
import History

/// The file of a history, before it is a history: whether it may be used, whose it is, and how it is made.
struct HistoryFile {
    /// "pgmd", in the file's header: https://www.sqlite.org/fileformat2.html#application_id
    static let applicationID: Int32 = 0x7067_6d64

    let path: String
    let busySeconds: Double
    /// Of the schema: a later one is not ours to open.
    let knownVersion: Int

    /// What can be said better than SQLite says it.
    func check(readOnly: Bool) throws(HistoryError) {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw unusable("this is no path") }
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw unusable(because(errno)) }
            guard !readOnly else {
                throw unusable("there is none yet; pgmedic sweep, or diagnose --history, begins one")
            }
            return try makeFile()
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw unusable("this is a folder; name a file in it")
        default: throw unusable("this is no ordinary file")
        }
        guard access(path, R_OK) == 0 else { throw unusable("we may not read it: " + because(errno)) }
        guard readOnly || access(path, W_OK) == 0 else { throw unusable("we may not write to it: " + because(errno)) }
    }

    /// 0600, which SQLite gives to the log beside it too.
    private func makeFile() throws(HistoryError) {
        try makeFolder((path as NSString).deletingLastPathComponent)
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            // Another was faster.
            if errno == EEXIST { return }
            throw unusable("it cannot be made: " + because(errno))
        }
        Foundation.close(descriptor)
    }

    /// 0700, as the base directory specification wants it.
    private func makeFolder(_ folder: String) throws(HistoryError) {
        guard !folder.isEmpty, access(folder, F_OK) != 0 else { return }
        try makeFolder((folder as NSString).deletingLastPathComponent)
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw unusable("its folder \(folder) cannot be made: " + because(errno))
        }
    }

    /// Makes an empty file ours; of any other file, says whether it is.
    ///
    /// Looks through SQLite, for closing a descriptor of our own would drop the locks that this process holds on the file
    /// (https://www.sqlite.org/howtocorrupt.html, 2.2). The stamp comes before the write-ahead log: it is in the file or the
    /// file is empty.
    func stamp(readOnly: Bool) throws {
        var status = stat()
        guard stat(path, &status) == 0, status.st_size > 0 else {
            guard !readOnly else { throw unusable("it is empty") }
            let queue = try DatabaseQueue(path: path, configuration: configuration(readOnly: false))
            defer { try? queue.close() }
            return try queue.writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
            }
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration(readOnly: true))
        defer { try? queue.close() }
        let (application, version) = try queue.unsafeRead { database in
            (
                try Int32.fetchOne(database, sql: "PRAGMA application_id"),
                try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            )
        }
        guard application == Self.applicationID else {
            throw unusable("this is another program's database, no history of pgmedic; name another file")
        }
        guard version <= knownVersion else { throw HistorySteps.newer(path, version, known: knownVersion) }
    }

    func configuration(readOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(busySeconds)
        // A report and a sweep at once; each costs a thread and a cache.
        configuration.maximumReaderCount = 2
        configuration.prepareDatabase { database in
            // A file may come from anywhere: what its schema holds may call no function that does harm, and is looked at
            // before it is followed. The log is cut to 16 MiB after it grew.
            try database.execute(
                sql: """
                    PRAGMA trusted_schema = OFF;
                    PRAGMA cell_size_check = ON;
                    PRAGMA journal_size_limit = 16777216;
                    """)
        }
        return configuration
    }

    /// Again while another process holds the file: SQLite does not wait by itself when the mode of its journal changes or a log
    /// is recovered.
    func patiently<Result>(_ work: () throws -> Result) throws -> Result {
        let deadline = ContinuousClock.now + .seconds(busySeconds)
        while true {
            do {
                return try work()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < deadline
            {
                usleep(20_000)
            }
        }
    }

    func failure(_ error: any Error) -> HistoryError {
        if let error = error as? HistoryError { return error }
        return SQLiteFailure.error(error, path, busySeconds: busySeconds)
    }

    private func unusable(_ reason: String) -> HistoryError { HistoryError(.unusable, path, reason) }

    private func because(_ number: Int32) -> String { String(cString: strerror(number)) }
}
