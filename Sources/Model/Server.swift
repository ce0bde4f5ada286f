import Foundation

/// The server and how we reached it.
package struct Server: Noun {
    package var version = ServerVersion(0)
    /// `server_version` as the server prints it: `15.20 (Debian 15.20-0+deb12u1)`.
    package var versionText = ""
    package var startedAt = Date(timeIntervalSince1970: 0)
    package var configurationLoadedAt: Date?
    package var isInRecovery = false
    /// `pg_control_system().system_identifier`; nil without the right.
    package var systemIdentifier: String?
    /// As libpq has it: host name or socket directory.
    package var host = ""
    package var port = 5432
    /// `inet_server_addr()`; nil over a unix socket.
    package var address: String?
    /// The DSN's database.
    package var database = ""
    package var role = ""
    package var roleIsSuperuser = false
    /// Predefined roles that ours is a member of, with inherited rights: `pg_monitor`, `pg_read_all_data`, …
    package var roleMemberships: [String] = []
    /// A pooler stands between (PgBouncer was recognised, or the backend's client is not us).
    package var isThroughPooler = false
    package var usesTLS = false
    /// The next 64-bit transaction identifier; on a standby the last one replayed.
    package var nextTransactionID: Int64?
    /// Of `hypopg`, when it is installed in the DSN's database.
    package var hypoPGVersion: String?
    /// Cores of the machine when known (same machine over a unix socket, or told by the user).
    package var cores: Int?
    /// Bytes of RAM when known.
    package var memory: Int64?
    /// What the data lies on, when told by the user: SQL cannot see it.
    package var disk: DiskKind?
    /// Its name in pgmedic.yaml; nil: it was reached by a DSN.
    package var target: String?

    package init() {}
}

/// A row of `pg_settings`.
package struct Setting: Noun {
    package var name = ""
    /// In `unit`.
    package var value = ""
    /// `8kB`, `ms`, `s`, `min`, `kB`, `MB`, `B`; nil for a plain number, enum or text.
    package var unit: String?
    /// `default`, `configuration file`, `override`, `command line`, `database`, `user`, `session`, …
    package var source = ""
    package var bootValue: String?
    package var resetValue: String?
    package var context = ""
    package var isPendingRestart = false

    package init() {}
}

/// An error in a configuration file (`pg_file_settings.error`, superuser or granted only).
package struct SettingFileError: Noun {
    /// File name without its folder.
    package var file = ""
    package var line = 0
    package var name: String?
    package var error = ""

    package init() {}
}

/// A setting of a role, of a database, or of a role in a database.
package struct RoleSetting: Noun {
    package var role: String?
    package var database: String?
    package var name = ""
    package var value = ""

    package init() {}
}

package struct Role: Noun {
    package var oid: Int64 = 0
    package var name = ""
    package var isSuperuser = false
    package var canLogin = false
    /// -1: no limit.
    package var connectionLimit = -1
    package var bypassesRowSecurity = false
    /// Until when its password is good; nil: for ever.
    package var validUntil: Date?
    /// Roles that were granted to it, by name; those that it has through them are not among them.
    package var memberOf: [String] = []
    package init() {}
}

/// A database with its row of `pg_stat_database`.
package struct Database: Noun {
    package var oid: Int64 = 0
    package var name = ""
    package var isTemplate = false
    package var allowsConnections = true
    /// Bytes; nil when not asked (it walks the file system).
    package var size: Int64?
    /// `age(datfrozenxid)`, transactions.
    package var frozenXIDAge: Int64 = 0
    /// `mxid_age(datminmxid)`, multixacts.
    package var multixactAge: Int64 = 0
    package var connectionLimit = -1
    package var collation = ""
    package var statisticsReset: Date?
    package var counters = DatabaseCounters()
    package init() {}
}

/// Counters of `pg_stat_database`; times in ms.
package struct DatabaseCounters: Noun, Counters {
    package var commits: Int64 = 0
    package var rollbacks: Int64 = 0
    package var blocksRead: Int64 = 0
    package var blocksHit: Int64 = 0
    package var tuplesReturned: Int64 = 0
    package var tuplesFetched: Int64 = 0
    package var tuplesInserted: Int64 = 0
    package var tuplesUpdated: Int64 = 0
    package var tuplesDeleted: Int64 = 0
    package var conflicts: Int64 = 0
    package var temporaryFiles: Int64 = 0
    package var temporaryBytes: Int64 = 0
    package var deadlocks: Int64 = 0
    /// nil where data checksums are off.
    package var checksumFailures: Int64?
    package var readTime = 0.0
    package var writeTime = 0.0
    /// Time that sessions were running a statement.
    package var activeTime = 0.0
    package var sessionTime = 0.0
    package var idleInTransactionTime = 0.0
    package var sessions: Int64 = 0
    package var sessionsAbandoned: Int64 = 0
    package var sessionsFatal: Int64 = 0
    package var sessionsKilled: Int64 = 0
    /// 18 and up; nil before.
    package var parallelWorkersToLaunch: Int64?
    package var parallelWorkersLaunched: Int64?

    package init() {}

    package mutating func subtract(_ earlier: Self) {
        commits -= earlier.commits
        rollbacks -= earlier.rollbacks
        blocksRead -= earlier.blocksRead
        blocksHit -= earlier.blocksHit
        tuplesReturned -= earlier.tuplesReturned
        tuplesFetched -= earlier.tuplesFetched
        tuplesInserted -= earlier.tuplesInserted
        tuplesUpdated -= earlier.tuplesUpdated
        tuplesDeleted -= earlier.tuplesDeleted
        conflicts -= earlier.conflicts
        temporaryFiles -= earlier.temporaryFiles
        temporaryBytes -= earlier.temporaryBytes
        deadlocks -= earlier.deadlocks
        if let now = checksumFailures, let then = earlier.checksumFailures { checksumFailures = now - then }
        readTime -= earlier.readTime
        writeTime -= earlier.writeTime
        activeTime -= earlier.activeTime
        sessionTime -= earlier.sessionTime
        idleInTransactionTime -= earlier.idleInTransactionTime
        sessions -= earlier.sessions
        sessionsAbandoned -= earlier.sessionsAbandoned
        sessionsFatal -= earlier.sessionsFatal
        sessionsKilled -= earlier.sessionsKilled
        if let now = parallelWorkersToLaunch, let then = earlier.parallelWorkersToLaunch {
            parallelWorkersToLaunch = now - then
        }
        if let now = parallelWorkersLaunched, let then = earlier.parallelWorkersLaunched {
            parallelWorkersLaunched = now - then
        }
    }

    package var witnesses: [Int64] { [commits, tuplesReturned, sessions, blocksHit] }
}
