/// What bears an arrow out, and what tells it from another one that ends at the same effect.
extension Mechanism {
    /// Keys of the cause's evidence, the most telling first; the first that is there is quoted.
    var figuresOfCause: [String] {
        switch self {
        case .costsTime, .variesTime, .keepsLocksLonger:
            [
                "deletedRows", "jitShare", "temporaryBytesPerCall", "temporaryBytes", "product", "sortedRows",
                "comparedRows", "keptRows", "runsPerCall", "repeated", "nodeShare", "slowMean", "slowestCall",
                "perHour", "readRate", "statementsPerTransaction", "idlePerTransaction", "blocksPerRow",
                "blocksPerCall", "walPerCall", "wideBytesPerCall", "updates", "rowsPerCall", "tableRows", "scans",
                "meanTime", "calls",
            ]
        case .spills: ["sortedRows", "rows", "rowsPerCall", "tableRows"]
        case .plansLong: ["partitions", "values", "meanTime", "calls"]
        case .returnsMuch: ["wideBytesPerCall", "wideBytesPerRow", "rowsPerCall"]
        case .misleadsPlanner: ["modified", "rows", "tableRows", "genericPlan", "meanTime"]
        case .manyRoundTrips: ["calls", "statementsPerTransaction", "perHour"]
        case .addsLoad: ["factor", "callsPerSecond", "calls"]
        case .holdsLock, .queuesStrongLock, .locksMore: ["transactionAge", "stateAge", "waitingSessions", "calls"]
        case .crossesOrder: ["calls", "tableRows", "deadlocks"]
        case .occupiesConnections: ["waitingSessions", "sessions", "connections"]
        case .leavesTransactionsOpen: ["sessions", "idle", "transactionAge"]
        case .startsSessions: ["sessionsPerSecond", "sessions", "connections"]
        case .holdsHorizon: ["transactionAge", "idle", "xminAge", "retained", "age"]
        case .keepsDeadTuples: ["xminAge"]
        case .makesDeadTuples: ["rowsPerCall", "rows", "rowsChanged", "calls", "tableRows"]
        case .keepsVacuumAway, .keepsAnalyzeAway:
            [
                "settings", "busyFor", "creditsNeeded", "sleeps", "cancelled", "changedSinceAnalyze", "deadRows",
                "deadTuples",
            ]
        case .growsTable: ["deadTuples"]
        case .writesWAL: ["walPerCall", "shareOfWAL", "shareOfPageImages", "rowsPerCall"]
        case .flushesSlowly: ["flushTime"]
        case .usesCPU: ["executionTime", "calls", "meanTime"]
        case .readsBlocks: ["readPerCall", "blocksPerCall", "missShare", "rowsPerCall", "executionTime"]
        case .contends: ["calls", "sessions", "waitingSessions", "tableRows"]
        case .waitsForStandby: ["standbys", "connected", "state", "replayLag", "replayLagTime"]
        case .delaysReplay: ["transactionAge"]
        case .keepsWAL: ["retained", "failed"]
        }
    }

    /// Keys of the effect's evidence, in the same way.
    var figuresOfEffect: [String] {
        switch self {
        case .costsTime, .usesCPU: ["executionTime", "activeOnCPU", "activeSessions", "meanTime", "calls"]
        case .variesTime: ["maximumTime", "slowestCall", "deviationOfTime", "meanTime"]
        case .spills: ["temporaryBytes", "temporaryBytesPerCall", "temporaryBlocksPerCall", "waitingSessions"]
        case .plansLong: ["planTime", "meanPlanTime", "shareOfPlanning", "meanTime", "calls"]
        case .returnsMuch: ["rowsPerCall"]
        case .misleadsPlanner: ["factor", "maximumTime", "meanTime", "executionTime", "calls"]
        case .manyRoundTrips: ["statementsPerTransaction", "calls"]
        case .addsLoad: ["sessionsOnCPU", "callsPerSecond", "executionTime", "calls"]
        case .holdsLock, .keepsLocksLonger, .locksMore, .leavesTransactionsOpen:
            ["waitingSessions", "sessionsBehind", "longestWait", "sessions", "waits"]
        case .queuesStrongLock: ["sessionsBehind", "waits"]
        case .crossesOrder: ["deadlocks"]
        case .occupiesConnections, .startsSessions: ["connections", "limit"]
        case .holdsHorizon: ["xminAge"]
        case .keepsDeadTuples, .makesDeadTuples, .keepsVacuumAway: ["deadTuples"]
        case .keepsAnalyzeAway: ["modified", "liveTuples", "rows"]
        case .growsTable: ["wastedShareLeast", "wastedShare"]
        case .writesWAL: ["requestedCheckpoints"]
        case .delaysReplay: ["replayBacklog", "lastReplayAge"]
        case .keepsWAL: ["walSize"]
        case .flushesSlowly: ["waitingSessions", "waitPerCommit"]
        case .readsBlocks: ["waitingSessions", "activeSessions", "share", "missShare", "executionTime"]
        case .contends, .waitsForStandby: ["activeSessions", "waitingSessions", "sessions", "share"]
        }
    }

    /// What would show that this is the cause, when another could be: to be done or looked at, in a sentence.
    package var test: String {
        switch self {
        case .costsTime, .spills, .returnsMuch, .plansLong:
            "the statement's mean time falls in the next window once this is mended"
        case .variesTime: "the slow calls that auto_explain logs have this plan, and the quick ones have not"
        case .misleadsPlanner: "EXPLAIN shows another plan after ANALYZE of the table"
        case .manyRoundTrips: "the transactions get shorter when the statements are sent together"
        case .addsLoad: "the calls a second fall back to the usual, and what follows from them with it"
        case .holdsLock: "the waits end when that session ends its transaction, and not before"
        case .queuesStrongLock: "the readers go on when the strong request is cancelled, though the holder stays"
        case .keepsLocksLonger: "the waits last as long as the statement's slow calls, and end with each of them"
        case .locksMore: "the waiters stand at rows that the statement locks and does not change (pg_locks, tuple)"
        case .crossesOrder: "the log's DETAIL of a deadlock names these two statements"
        case .occupiesConnections: "the count of connections falls with the waiting sessions"
        case .leavesTransactionsOpen: "pg_stat_activity shows that application's sessions idle in transaction"
        case .startsSessions: "log_connections shows that application's sessions, each a few statements long"
        case .holdsHorizon, .keepsDeadTuples:
            "VACUUM (VERBOSE) says \"dead but not yet removable\" with an oldest xmin as old as this"
        case .makesDeadTuples: "n_dead_tup of the table jumps with each run of the statement"
        case .keepsVacuumAway: "VACUUM by hand removes the dead rows at once"
        case .growsTable: "the files grow no more once dead rows are removed as they come"
        case .keepsAnalyzeAway: "last_autoanalyze of the table does not move"
        case .writesWAL: "requested checkpoints come with each run of the statement (log_checkpoints)"
        case .flushesSlowly: "pg_test_fsync shows such times with nobody else there"
        case .usesCPU: "samples of activity show that statement without a wait event"
        case .readsBlocks: "samples of activity show that statement in IO:DataFileRead"
        case .contends: "samples of activity show that statement at the wait event named"
        case .delaysReplay: "the backlog shrinks once that is ended or mended"
        case .keepsWAL: "pg_wal shrinks at the next checkpoint once that is mended"
        case .waitsForStandby: "the waits end when that standby has caught up or is taken out of the list"
        }
    }

    /// Of the sessions that the effect names, the share that the cause must name too.
    var leastShareOfSessions: Double {
        switch self {
        // A third of the connections, given back, is room for all others.
        case .occupiesConnections: 1.0 / 3
        default: 0
        }
    }
}
