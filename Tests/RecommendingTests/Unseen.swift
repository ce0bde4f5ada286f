import Diagnosing
import Model

/// Takes evidence out of a snapshot, as it looks to somebody who could not read it, and says so in a note.
enum Unseen {
    /// What is left of each kind when nothing of it was read; kinds of which the snapshot has nothing that rules could
    /// judge are in `withoutTrace`.
    static let wipe: [EvidenceKind: @Sendable (inout Snapshot) -> Void] = [
        .settings: {
            $0.settings = []
            $0.roleSettings = []
        },
        .settingFiles: { $0.fileErrors = [] },
        .databases: { $0.databases = [] },
        .roles: { $0.roles = [] },
        .statements: { $0.statementStatistics = nil },
        .statementTexts: { snapshot in
            snapshot.forStatements { ($0.text, $0.fingerprint) = (nil, nil) }
            snapshot.wipePlans()
        },
        .plans: { $0.wipePlans() },
        .whatIf: { snapshot in snapshot.forStatements { $0.whatIf = [] } },
        .loggedPlans: { snapshot in snapshot.forStatements { $0.loggedPlans = [] } },
        .lockHistory: { $0.lockHistory = nil },
        .loginHistory: { $0.loginHistory = nil },
        .relations: { snapshot in snapshot.forCatalogs { $0.relations = [] } },
        .indexes: { snapshot in snapshot.forCatalogs { $0.indexes = [] } },
        .constraints: { snapshot in snapshot.forCatalogs { $0.constraints = [] } },
        .columns: { snapshot in snapshot.forCatalogs { $0.columns = [] } },
        .columnStatistics: { snapshot in
            snapshot.forCatalogs { catalog in
                for place in catalog.columns.indices { catalog.columns[place].statistics = nil }
            }
        },
        .sequences: { snapshot in snapshot.forCatalogs { $0.sequences = [] } },
        .triggers: { snapshot in snapshot.forCatalogs { $0.disabledTriggers = [] } },
        .backends: { $0.backends = [] },
        .backendDetails: { $0.hideSessions() },
        .locks: { $0.locks = [] },
        .activitySamples: { ($0.activitySamples, $0.activityProfile) = ([], nil) },
        .preparedTransactions: { $0.preparedTransactions = [] },
        .lockTable: { $0.lockTable = nil },
        .recoveryConflicts: { $0.recoveryConflicts = nil },
        .replicationSlots: { $0.replicationSlots = [] },
        .standbys: { $0.standbys = [] },
        .recovery: { $0.recovery = nil },
        .progress: { $0.progress = [] },
        .checkpointer: { $0.checkpointer = Checkpointer() },
        .wal: { $0.wal = nil },
        .archiver: { $0.archiver = nil },
        .io: { $0.io = [] },
        .slru: { $0.slru = nil },
        .waitSampling: { $0.waitSampling = nil },
        .kernelStatements: { $0.kernelStatements = nil },
        .bufferUsage: { $0.bufferUsage = nil },
        .subscriptions: { $0.subscriptions = nil },
        .walDirectory: { $0.walDirectory = nil },
        .hostRules: { $0.hostRules = nil },
        .functions: { snapshot in snapshot.forCatalogs { $0.functions = nil } },
        .policies: { snapshot in snapshot.forCatalogs { $0.policies = nil } },
        .publicRights: { snapshot in snapshot.forCatalogs { $0.publicRights = nil } },
        .partitionBounds: { snapshot in snapshot.forCatalogs { $0.partitionBounds = nil } },
    ]

    /// Without the server's facts there is no diagnosis at all.
    static let withoutTrace: Set<EvidenceKind> = [.server]

    static func note(_ kind: EvidenceKind, isTotal: Bool = true) -> CollectionNote {
        .make {
            $0.evidence = kind
            $0.reason = .privilege
            $0.isTotal = isTotal
            $0.text = "\(kind.rawValue) cannot be read"
        }
    }

    /// The observation without these kinds of evidence, now and in the earlier reading.
    static func observation(_ whole: Observation, without kinds: [EvidenceKind]) -> Observation {
        func blind(_ snapshot: Snapshot) -> Snapshot {
            var snapshot = snapshot
            for kind in kinds { wipe[kind]?(&snapshot) }
            snapshot.notes += kinds.map { note($0) }
            return snapshot
        }
        return Observation(
            blind(whole.snapshot), since: whole.earlier.map(blind), basis: whole.window.basis, past: whole.pastTraffic,
            peer: whole.peer)
    }
}

extension Snapshot {
    fileprivate mutating func forStatements(_ change: (inout Statement) -> Void) {
        guard statementStatistics != nil else { return }
        for place in statementStatistics!.statements.indices { change(&statementStatistics!.statements[place]) }
    }

    fileprivate mutating func forCatalogs(_ change: (inout DatabaseCatalog) -> Void) {
        for place in catalogs.indices { change(&catalogs[place]) }
    }

    fileprivate mutating func wipePlans() {
        forStatements {
            $0.plan = nil
            $0.variants = []
            $0.whatIf = []
            $0.rewrites = []
        }
    }

    /// `pg_stat_activity` as a role sees it that is not a member of pg_read_all_stats (measured on 15 and 18): process,
    /// database, role, application, xid and xmin stand there, all else is NULL.
    fileprivate mutating func hideSessions() {
        for place in backends.indices where !backends[place].isOurs {
            let shown = backends[place]
            backends[place] = .make {
                $0.pid = shown.pid
                $0.database = shown.database
                $0.role = shown.role
                $0.application = shown.application
                $0.type = shown.role == nil ? "" : "client backend"
                $0.transactionIDAge = shown.transactionIDAge
                $0.xminAge = shown.xminAge
                $0.isHidden = true
            }
        }
        // Only sessions whose state is seen are seen as busy.
        activitySamples = activitySamples.map { sample in
            .make { $0.takenAt = sample.takenAt }
        }
        activityProfile?.entries = []
    }
}
