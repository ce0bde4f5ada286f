import Foundation

/// All that one visit to a server found out. Rules judge it, files carry it, history stores it.
///
/// Every text in it that came from users (statements, predicates, plans, log lines) went through `redaction` before it
/// was put here.
package struct Snapshot: Noun {
    /// Raised when a property changes its meaning or goes; files of a higher format are refused.
    package static let currentFormat = 1

    package var format = Snapshot.currentFormat
    /// `pgmedic 0.1.0`
    package var generator = ""
    /// The server's clock.
    package var takenAt = Date(timeIntervalSince1970: 0)
    package var redaction = Redaction.literals
    package var server = Server()
    package var settings: [Setting] = []
    package var fileErrors: [SettingFileError] = []
    /// `pg_db_role_setting`: settings of roles and databases.
    package var roleSettings: [RoleSetting] = []
    package var databases: [Database] = []
    package var roles: [Role] = []
    /// nil: pg_hba.conf was not read.
    package var hostRules: [HostRule]?
    /// nil: pg_stat_statements could not be read; `notes` say why.
    package var statementStatistics: StatementStatistics?
    /// The databases looked at in depth; the DSN's first.
    package var catalogs: [DatabaseCatalog] = []
    /// One entry a backend, from the one consistent reading that also gave `locks`.
    package var backends: [Backend] = []
    package var locks: [Lock] = []
    package var preparedTransactions: [PreparedTransaction] = []
    /// How full the shared lock table is; nil: not read.
    package var lockTable: LockTable?
    package var replicationSlots: [ReplicationSlot] = []
    /// Of all databases; nil: not read.
    package var subscriptions: [Subscription]?
    /// nil: not readable for our role.
    package var walDirectory: WALDirectory?
    package var standbys: [Standby] = []
    /// On a standby: what it receives; nil on a primary.
    package var recovery: Recovery?
    /// On a standby: statements cancelled since replay had to go on, by database; nil on a primary.
    package var recoveryConflicts: [RecoveryConflicts]?
    package var progress: [Progress] = []
    package var checkpointer = Checkpointer()
    package var wal: WALStatistics?
    package var archiver: Archiver?
    /// `pg_stat_io`, 16 and up; empty before.
    package var io: [IOStatistics] = []
    /// What stands in shared_buffers by its use; nil: pg_buffercache is not there, too old, or may not be asked.
    package var bufferUsage: [BufferUsage]?
    /// Single readings of activity, as older files have them; see `activity`.
    package var activitySamples: [ActivitySample] = []
    package var activityProfile: ActivityProfile?
    /// nil: the extension is not there, or cannot be read.
    package var waitSampling: WaitSampling?
    package var kernelStatements: [KernelStatement]?
    package var slru: [SLRUStatistics]?
    /// Deadlocks and waits for locks in the server's log; nil: no log was read.
    package var lockHistory: LockHistory?
    /// Connections that were refused, in the server's log; nil: no log was read.
    package var loginHistory: LoginHistory?
    /// The set of indexes that the first database's workload wants; nil: not asked.
    package var indexAdvice: IndexAdvice?
    /// What could not be read, and why. What is not here was read whole.
    package var notes: [CollectionNote] = []
    package var cost = CollectionCost()

    package init() {}
}

/// Whether literals were taken out of texts.
package enum Redaction: String, Codable, Sendable {
    /// Literals replaced on the parse tree; unparsable text dropped.
    case literals
    /// Texts as the server has them; only when the user asked.
    case none
}

/// The kinds of evidence that rules need, and that may be missing.
package enum EvidenceKind: String, Codable, Sendable, CaseIterable {
    case server, settings, settingFiles, databases, roles
    case statements, statementTexts, plans, whatIf
    /// auto_explain's plans in the server's log.
    case loggedPlans
    /// Deadlocks, waits for locks and lock timeouts in the server's log.
    case lockHistory
    /// Refused connections in the server's log.
    case loginHistory
    case relations, indexes, constraints, columns, columnStatistics, sequences, triggers
    case backends
    /// Other roles' statement texts, states and waits in `pg_stat_activity`.
    case backendDetails
    case locks, activitySamples, preparedTransactions
    case lockTable, recoveryConflicts
    case replicationSlots, standbys, recovery, progress, checkpointer, wal, archiver, io
    case subscriptions, walDirectory
    case slru
    /// What pg_buffercache counted.
    case bufferUsage
    /// What pg_wait_sampling and pg_stat_kcache counted.
    case waitSampling, kernelStatements
    case functions, policies, publicRights, partitionBounds
    /// The lines of pg_hba.conf.
    case hostRules
}

/// One thing that was not, or not wholly, collected.
package struct CollectionNote: Noun {
    package enum Reason: String, Codable, Sendable {
        case privilege, extensionMissing, extensionNotLoaded, extensionTooOld, version, timeout, locked, standby
        case connectionLost, refused, unparsable, limit, failed
    }

    package var evidence = EvidenceKind.server
    package var reason = Reason.failed
    /// The database it concerns; nil: the cluster.
    package var database: String?
    /// true: nothing of this evidence is there, rules that need it are skipped; false: some parts are missing.
    package var isTotal = true
    /// One sentence: what is missing and why; safe to show (no literals).
    package var text = ""
    /// The one statement or step that would mend it: `GRANT pg_monitor TO "x";`
    package var remedy: String?

    package init() {}
}

/// What the visit cost the server.
package struct CollectionCost: Noun {
    /// ms of wall time between the first and the last view, samples' pauses left out.
    package var wallTime = 0.0
    /// ms that the server spent in our statements; nil where it cannot be known.
    package var serverTime: Double?
    package var roundTrips = 0
    /// Round trips of samples, what-if and custom plans, counted apart.
    package var probeRoundTrips = 0
    package var statements = 0
    package var sessions = 0
    /// What each query of the catalog took, in the order in which they were sent first; nil in older files.
    package var queries: [QueryCost]?

    package init() {}
}

/// What a query of the catalog took.
package struct QueryCost: Noun {
    /// Its name: `relations`.
    package var query = ""
    /// What it is read for.
    package var evidence = EvidenceKind.server
    /// ms from the answer before to its own, by our clock: the server's work, and what the way there takes. Queries go out
    /// together, so that what the server did while we decoded the answer before is not in it.
    package var time = 0.0
    package var rows = 0
    /// How often it was sent.
    package var times = 0

    package init() {}
}

extension CollectionCost {
    /// Counts one more answer.
    package mutating func add(_ query: String, _ evidence: EvidenceKind, time: Double, rows: Int) {
        var all = queries ?? []
        let place = all.firstIndex { $0.query == query } ?? all.count
        if place == all.count {
            all.append(
                .make {
                    $0.query = query
                    $0.evidence = evidence
                })
        }
        all[place].time += time
        all[place].rows += rows
        all[place].times += 1
        queries = all
    }
}
