/// How one thing brings another about: the one vocabulary of the causal graph.
///
/// Each has a name as it stands on an arrow, the figures of both findings that bear it out, and what would tell this cause
/// from another one of the same effect.
package enum Mechanism: String, Codable, Sendable, CaseIterable {
    // Statements.
    case costsTime = "costs-time"
    case variesTime = "varies-time"
    case spills = "spills"
    case plansLong = "plans-long"
    case returnsMuch = "returns-much"
    case misleadsPlanner = "misleads-planner"
    case manyRoundTrips = "many-round-trips"
    case addsLoad = "adds-load"

    // Locks and sessions.
    case holdsLock = "holds-lock"
    case queuesStrongLock = "queues-strong-lock"
    case keepsLocksLonger = "keeps-locks-longer"
    case locksMore = "locks-more"
    case crossesOrder = "crosses-order"
    case occupiesConnections = "occupies-connections"
    case leavesTransactionsOpen = "leaves-transactions-open"
    case startsSessions = "starts-sessions"

    // Vacuum.
    case holdsHorizon = "holds-horizon"
    case keepsDeadTuples = "keeps-dead-tuples"
    case makesDeadTuples = "makes-dead-tuples"
    case keepsVacuumAway = "keeps-vacuum-away"
    case keepsAnalyzeAway = "keeps-analyze-away"
    case growsTable = "grows-table"

    // The machine.
    case writesWAL = "writes-wal"
    case flushesSlowly = "flushes-slowly"
    case usesCPU = "uses-cpu"
    case readsBlocks = "reads-blocks"
    case contends = "contends"
    case waitsForStandby = "waits-for-standby"
    case delaysReplay = "delays-replay"
    case keepsWAL = "keeps-wal"

    /// As it stands on an arrow, after the cause and before the effect: `holds the xmin horizon`.
    package var name: String {
        switch self {
        case .costsTime: "makes the statement slow"
        case .variesTime: "makes some calls slow"
        case .spills: "gives it more than its memory holds"
        case .plansLong: "makes planning long"
        case .returnsMuch: "makes the result large"
        case .misleadsPlanner: "misleads the planner"
        case .manyRoundTrips: "sends it statement by statement"
        case .addsLoad: "sends more than usual"
        case .holdsLock: "holds the lock that they wait for"
        case .queuesStrongLock: "makes a strong request wait, which others queue behind"
        case .keepsLocksLonger: "keeps its locks for as long as the statement runs"
        case .locksMore: "locks more than it changes"
        case .crossesOrder: "locks the same things in another order"
        case .occupiesConnections: "keeps connections occupied"
        case .leavesTransactionsOpen: "leaves transactions open"
        case .startsSessions: "starts a session for every few statements"
        case .holdsHorizon: "holds the xmin horizon"
        case .keepsDeadTuples: "keeps dead tuples from being removed"
        case .makesDeadTuples: "leaves dead tuples"
        case .keepsVacuumAway: "keeps vacuum away"
        case .keepsAnalyzeAway: "keeps analyze away"
        case .growsTable: "makes the files grow"
        case .writesWAL: "writes WAL faster than checkpoints are planned for"
        case .flushesSlowly: "makes each commit wait for the disk"
        case .usesCPU: "keeps the CPUs busy"
        case .readsBlocks: "reads from outside the cache"
        case .contends: "makes sessions meet at one place"
        case .waitsForStandby: "makes commits wait for a standby"
        case .delaysReplay: "keeps replay waiting"
        case .keepsWAL: "keeps WAL from being removed"
        }
    }
}
