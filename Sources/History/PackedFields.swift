import Foundation
import Model

// What the rows of a snapshot have, in the order in which it is kept: a new field goes to the end of its row, with a new mark of
// `LastSnapshot`.

extension Statement: PackedRow {
    var isPlain: Bool {
        plan == nil && planNote == nil && variants.isEmpty && loggedPlans.isEmpty && whatIf.isEmpty && rewrites.isEmpty
    }

    /// What is so, and what is there.
    var flags: UInt8 {
        get {
            (isTopLevel ? 2 : 0) | (isOurs ? 4 : 0) | (text != nil ? 8 : 0) | (fingerprint != nil ? 16 : 0)
                | (since != nil ? 32 : 0)
        }
        set {
            isTopLevel = newValue & 2 != 0
            isOurs = newValue & 4 != 0
            text = newValue & 8 != 0 ? "" : nil
            fingerprint = newValue & 16 != 0 ? "" : nil
            since = newValue & 32 != 0 ? Date(timeIntervalSinceReferenceDate: 0) : nil
        }
    }

    mutating func pass(_ fields: inout some FieldPass) {
        fields.pass(&queryID)
        fields.pass(&role)
        fields.pass(&database)
        fields.pass(&searchPath)
        fields.passFlagged(&text) { $0.pass(&$1) }
        fields.passFlagged(&fingerprint) { $0.pass(&$1) }
        fields.passFlagged(&since) { $0.pass(&$1) }
        fields.pass(&minimumTime)
        fields.pass(&maximumTime)
        fields.pass(&meanTime)
        fields.pass(&deviationOfTime)
        counters.pass(&fields)
    }
}

extension StatementCounters {
    fileprivate mutating func pass(_ fields: inout some FieldPass) {
        fields.pass(&calls)
        fields.pass(&rows)
        fields.pass(&plans)
        fields.pass(&planTime)
        fields.pass(&executionTime)
        fields.pass(&sharedBlocksHit)
        fields.pass(&sharedBlocksRead)
        fields.pass(&sharedBlocksDirtied)
        fields.pass(&sharedBlocksWritten)
        fields.pass(&localBlocksRead)
        fields.pass(&localBlocksWritten)
        fields.pass(&temporaryBlocksRead)
        fields.pass(&temporaryBlocksWritten)
        fields.pass(&readTime)
        fields.pass(&writeTime)
        fields.pass(&walRecords)
        fields.pass(&walFullPageImages)
        fields.pass(&walBytes)
        fields.pass(&jitFunctions)
        fields.pass(&jitTime)
    }
}

extension Setting: PackedRow {
    mutating func pass(_ fields: inout some FieldPass) {
        fields.pass(&name)
        fields.pass(&value)
        fields.pass(&unit)
        fields.pass(&source)
        fields.pass(&bootValue)
        fields.pass(&resetValue)
        fields.pass(&context)
        fields.pass(&isPendingRestart)
    }
}

extension Database: PackedRow {
    mutating func pass(_ fields: inout some FieldPass) {
        fields.pass(&oid)
        fields.pass(&name)
        fields.pass(&isTemplate)
        fields.pass(&allowsConnections)
        fields.pass(&size)
        fields.pass(&frozenXIDAge)
        fields.pass(&multixactAge)
        fields.pass(&connectionLimit)
        fields.pass(&collation)
        fields.pass(&statisticsReset)
        counters.pass(&fields)
    }
}

extension DatabaseCounters {
    fileprivate mutating func pass(_ fields: inout some FieldPass) {
        fields.pass(&commits)
        fields.pass(&rollbacks)
        fields.pass(&blocksRead)
        fields.pass(&blocksHit)
        fields.pass(&tuplesReturned)
        fields.pass(&tuplesFetched)
        fields.pass(&tuplesInserted)
        fields.pass(&tuplesUpdated)
        fields.pass(&tuplesDeleted)
        fields.pass(&conflicts)
        fields.pass(&temporaryFiles)
        fields.pass(&temporaryBytes)
        fields.pass(&deadlocks)
        fields.pass(&checksumFailures)
        fields.pass(&readTime)
        fields.pass(&writeTime)
        fields.pass(&activeTime)
        fields.pass(&sessionTime)
        fields.pass(&idleInTransactionTime)
        fields.pass(&sessions)
        fields.pass(&sessionsAbandoned)
        fields.pass(&sessionsFatal)
        fields.pass(&sessionsKilled)
        fields.pass(&parallelWorkersToLaunch)
        fields.pass(&parallelWorkersLaunched)
    }
}

extension Relation: PackedRow {
    var isPlain: Bool { measuredSpace == nil }

    mutating func pass(_ fields: inout some FieldPass) {
        fields.pass(&oid)
        fields.pass(&name)
        fields.pass(&kind)
        fields.pass(&owner)
        fields.pass(&persistence)
        fields.pass(&isSystem)
        fields.pass(&isPartition)
        fields.pass(&partitionRoot)
        fields.pass(&toastOwner)
        fields.pass(&estimatedRows)
        fields.pass(&pages)
        fields.pass(&allVisiblePages)
        fields.pass(&size)
        fields.pass(&toastSize)
        fields.pass(&columnCount)
        fields.pass(&options)
        fields.pass(&frozenXIDAge)
        fields.pass(&multixactAge)
        fields.pass(&replicaIdentity)
        fields.pass(&hasTriggers)
        fields.pass(&hasRowSecurity)
        fields.pass(&viewDefinition)
        fields.pass(&lastVacuum)
        fields.pass(&lastAutovacuum)
        fields.pass(&lastAnalyze)
        fields.pass(&lastAutoanalyze)
        fields.pass(&liveTuples)
        fields.pass(&deadTuples)
        fields.pass(&modifiedSinceAnalyze)
        fields.pass(&insertedSinceVacuum)
        counters.pass(&fields)
        fields.pass(&isLocked)
    }
}

extension RelationCounters {
    fileprivate mutating func pass(_ fields: inout some FieldPass) {
        fields.pass(&sequentialScans)
        fields.pass(&sequentialTuplesRead)
        fields.pass(&indexScans)
        fields.pass(&indexTuplesFetched)
        fields.pass(&inserted)
        fields.pass(&updated)
        fields.pass(&deleted)
        fields.pass(&hotUpdated)
        fields.pass(&newPageUpdated)
        fields.pass(&vacuums)
        fields.pass(&autovacuums)
        fields.pass(&analyzes)
        fields.pass(&autoanalyzes)
        fields.pass(&heapBlocksRead)
        fields.pass(&heapBlocksHit)
    }
}

extension Index: PackedRow {
    var isPlain: Bool { measuredFill == nil }

    mutating func pass(_ fields: inout some FieldPass) {
        fields.pass(&oid)
        fields.pass(&name)
        fields.pass(&relation)
        fields.pass(&accessMethod)
        fields.pass(&columns, like: IndexColumn()) { $1.pass(&$0) }
        fields.pass(&keyCount)
        fields.pass(&isUnique)
        fields.pass(&isPrimary)
        fields.pass(&isExclusion)
        fields.pass(&isValid)
        fields.pass(&isReady)
        fields.pass(&isLive)
        fields.pass(&isReplicaIdentity)
        fields.pass(&isClustered)
        fields.pass(&nullsNotDistinct)
        fields.pass(&isPartitioned)
        fields.pass(&parent)
        fields.pass(&constraint)
        fields.pass(&referencedByForeignKeys)
        fields.pass(&predicate)
        fields.pass(&definition)
        fields.pass(&hasLiterals)
        fields.pass(&textClass)
        fields.pass(&options)
        fields.pass(&pages)
        fields.pass(&estimatedRows)
        fields.pass(&size)
        fields.pass(&lastScan)
        fields.pass(&counters.scans)
        fields.pass(&counters.tuplesRead)
        fields.pass(&counters.tuplesFetched)
    }
}

extension IndexColumn {
    fileprivate mutating func pass(_ fields: inout some FieldPass) {
        fields.pass(&name)
        fields.pass(&expression)
        fields.pass(&operatorClass)
        fields.pass(&collation)
        fields.pass(&operatorClassName)
        fields.pass(&isDescending)
        fields.pass(&isNullsFirst)
    }
}
