import Model
import Queries

extension CatalogQuery {
    /// The evidence that is missing when the query fails.
    var evidence: EvidenceKind {
        switch self {
        case .server, .systemIdentifier: .server
        case .settings, .roleSettings: .settings
        case .fileErrors: .settingFiles
        case .databases: .databases
        case .roles: .roles
        case .statements, .statementsInfo: .statements
        case .statementTexts: .statementTexts
        case .relations, .relationNames, .sizes, .viewDefinitions, .extensions, .heapFill: .relations
        case .indexes, .indexExpressions, .keyColumns, .operatorClasses, .indexFill: .indexes
        case .constraints: .constraints
        case .columns: .columns
        case .columnValues, .textOrder: .plans
        // Read for a case alone, which tells itself what it lacks.
        case .imageDatabase, .imageSettings, .imageSchemas, .imageTypes, .imageFunctions, .imageTables, .imageIndexes,
            .imageConstraints, .imageViews, .imageDependencies, .imageRelations, .imageLeftOut, .imageColumns,
            .imageExtendedStatistics:
            .plans
        case .logTail: .loggedPlans
        case .sequences: .sequences
        case .disabledTriggers: .triggers
        case .backends, .busyBackends: .backends
        case .locks, .queuedLocks, .heldLocks: .locks
        case .preparedTransactions: .preparedTransactions
        case .replicationSlots: .replicationSlots
        case .standbys: .standbys
        case .recovery: .recovery
        case .lockCounts: .lockTable
        case .databaseConflicts: .recoveryConflicts
        case .progress: .progress
        case .checkpointer: .checkpointer
        case .wal: .wal
        case .archiver: .archiver
        case .subscriptions: .subscriptions
        case .walDirectory: .walDirectory
        case .io: .io
        case .slru: .slru
        case .bufferUsage: .bufferUsage
        case .activitySample: .activitySamples
        case .waitSampling: .waitSampling
        case .kernelStatements: .kernelStatements
        case .foreignFunctions: .plans
        case .functions: .functions
        case .policies: .policies
        case .publicRights: .publicRights
        case .partitionBounds: .partitionBounds
        case .hostRules: .hostRules
        }
    }

    /// Without its answer the evidence is still there, only poorer.
    var isSupplement: Bool {
        switch self {
        case .systemIdentifier, .roleSettings, .statementsInfo, .sizes, .viewDefinitions, .columnValues, .extensions,
            .relationNames, .heldLocks, .indexExpressions, .slru, .bufferUsage, .waitSampling, .kernelStatements,
            .operatorClasses, .heapFill, .indexFill:
            true
        default: false
        }
    }
}

extension EvidenceKind {
    /// As it stands in a sentence: `The locks could not be read`.
    var title: String {
        switch self {
        case .server: "facts about the server"
        case .settings: "settings"
        case .settingFiles: "errors in configuration files"
        case .databases: "databases"
        case .roles: "roles"
        case .statements: "statement statistics"
        case .statementTexts: "texts of statements"
        case .plans: "execution plans"
        case .whatIf: "what-if plans"
        case .loggedPlans: "plans in the server's log"
        case .lockHistory: "locks in the server's log"
        case .loginHistory: "failed logins in the server's log"
        case .relations: "tables"
        case .indexes: "indexes"
        case .constraints: "constraints"
        case .columns: "columns"
        case .columnStatistics: "column statistics"
        case .sequences: "sequences"
        case .triggers: "triggers"
        case .backends: "sessions"
        case .backendDetails: "details of other roles' sessions"
        case .locks: "locks"
        case .activitySamples: "samples of activity"
        case .preparedTransactions: "prepared transactions"
        case .replicationSlots: "replication slots"
        case .standbys: "standbys"
        case .recovery: "the state of recovery"
        case .lockTable: "counts of locks"
        case .recoveryConflicts: "conflicts with recovery"
        case .progress: "progress of maintenance"
        case .checkpointer: "checkpoint statistics"
        case .wal: "WAL statistics"
        case .archiver: "archiver statistics"
        case .io: "I/O statistics"
        case .subscriptions: "subscriptions"
        case .walDirectory: "the size of pg_wal"
        case .slru: "statistics of transaction caches"
        case .bufferUsage: "use of shared_buffers"
        case .waitSampling: "counts of pg_wait_sampling"
        case .kernelStatements: "counts of pg_stat_kcache"
        case .functions: "functions"
        case .policies: "row security policies"
        case .publicRights: "rights of PUBLIC"
        case .partitionBounds: "bounds of partitions"
        case .hostRules: "the lines of pg_hba.conf"
        }
    }
}

extension CollectionNote {
    init(
        _ evidence: EvidenceKind, _ reason: Reason, database: String? = nil, isTotal: Bool = true, _ text: String,
        remedy: String? = nil
    ) {
        self.init()
        self.evidence = evidence
        self.reason = reason
        self.database = database
        self.isTotal = isTotal
        self.text = text
        self.remedy = remedy
    }
}
