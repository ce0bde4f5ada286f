/// A number that is kept of each series of a kind. Stored as integers: times in µs, sizes in bytes.
package struct Measure: Sendable, Hashable {
    package enum Nature: Sendable {
        /// Only grows: what counts is its difference.
        case counter
        /// Has a value at each moment.
        case gauge
    }

    package var name: String
    package var nature: Nature
    /// Of a counter that tells of a reset when it falls.
    package var isWitness: Bool

    static func counter(_ name: String, witness: Bool = false) -> Measure {
        Measure(name: name, nature: .counter, isWitness: witness)
    }
    static func gauge(_ name: String) -> Measure { Measure(name: name, nature: .gauge, isWitness: false) }
}

extension SeriesKind {
    /// In the order in which they are stored: new ones go to the end, none is ever taken out.
    package var measures: [Measure] { Self.measures[self]! }

    /// The place of a measure; nil: there is none of this name.
    package func place(of measure: String) -> Int? { Self.places[self]?[measure] }

    private static let places = measures.mapValues { list in
        Dictionary(uniqueKeysWithValues: list.enumerated().map { ($1.name, $0) })
    }

    /// Places of the measures that tell of a reset: counters that are never lost alone, and the greatest time of a statement.
    var witnesses: [Int] { Self.witnesses[self]! }

    private static let witnesses = Dictionary(
        uniqueKeysWithValues: measures.map { kind, list in
            (kind, list.indices.filter { list[$0].isWitness || kind == .statement && list[$0].name == "maximumTime" })
        })

    private static let measures: [SeriesKind: [Measure]] = [
        .server: [
            .gauge("backends"), .gauge("activeBackends"), .gauge("idleInTransaction"), .gauge("waitingBackends"),
            .gauge("maxConnections"), .counter("transactionIDs"), .counter("timedCheckpoints"),
            .counter("requestedCheckpoints"), .counter("checkpointWriteTime"), .counter("checkpointSyncTime"),
            .counter("checkpointBuffers"), .counter("backgroundBuffers"), .counter("backendBuffers"),
            .counter("walRecords"), .counter("walBytes"), .counter("walFullPageImages"), .counter("walBuffersFull"),
            .counter("archived"), .counter("archiveFailures"), .gauge("walDirectorySize"), .gauge("oldestTransaction"),
            .gauge("preparedTransactions"),
        ],
        .database: [
            .gauge("size"), .gauge("backends"), .gauge("frozenXIDAge"), .gauge("multixactAge"),
            .counter("commits", witness: true), .counter("rollbacks"), .counter("blocksRead"),
            .counter("blocksHit", witness: true), .counter("tuplesReturned", witness: true), .counter("tuplesFetched"),
            .counter("tuplesInserted"), .counter("tuplesUpdated"), .counter("tuplesDeleted"), .counter("conflicts"),
            .counter("temporaryFiles"), .counter("temporaryBytes"), .counter("deadlocks"), .counter("readTime"),
            .counter("writeTime"), .counter("activeTime"), .counter("sessionTime"),
            .counter("idleInTransactionTime"), .counter("sessions", witness: true),
        ],
        .statement: [
            .counter("calls", witness: true), .counter("executionTime", witness: true), .counter("rows", witness: true),
            .counter("planTime"), .counter("sharedBlocksHit", witness: true), .counter("sharedBlocksRead"),
            .counter("sharedBlocksDirtied"), .counter("sharedBlocksWritten"), .counter("temporaryBlocksRead"),
            .counter("temporaryBlocksWritten"), .counter("readTime"), .counter("writeTime"), .counter("walBytes"),
            .counter("jitTime"),
            // Squares of the execution times, 0.001 ms²: gives the deviation within any window.
            .counter("squaredTime"),
            .gauge("maximumTime"),
        ],
        .relation: [
            .gauge("size"), .gauge("toastSize"), .gauge("rows"), .gauge("liveTuples"), .gauge("deadTuples"),
            .gauge("modifiedSinceAnalyze"), .gauge("frozenXIDAge"), .counter("sequentialScans", witness: true),
            .counter("sequentialTuplesRead", witness: true), .counter("indexScans", witness: true),
            .counter("inserted", witness: true), .counter("updated", witness: true),
            .counter("deleted", witness: true), .counter("hotUpdated"), .counter("vacuums"), .counter("autovacuums"),
            .counter("analyzes"), .counter("autoanalyzes"), .counter("heapBlocksRead"),
            .counter("heapBlocksHit", witness: true), .gauge("columns"),
        ],
        .index: [
            .gauge("size"), .counter("scans", witness: true), .counter("tuplesRead", witness: true),
            .counter("tuplesFetched", witness: true),
        ],
        .sequence: [.gauge("lastValue"), .gauge("limit")],
        .slot: [.gauge("retainedBytes"), .gauge("isActive")],
        .standby: [.gauge("lagBytes"), .gauge("replayLag")],
        // Sessions on average × 1000, from samples, and how many readings they come from.
        .wait: [.gauge("sessions"), .gauge("readings")],
    ]
}
