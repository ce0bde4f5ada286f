import Diagnosing
import Foundation
import History
import Model
import Recommending

extension HistoryOptions {
    /// The history that a reading goes into; nil: none is kept, as of a snapshot out of a file.
    func open(_ reading: ReadingOptions) async throws -> History? {
        guard reading.from == nil, let place = try place(config: reading.target.config) else { return nil }
        return try await HistoryAccess.open(place)
    }
}

extension HistoryAccess {
    /// The last snapshot of the same server that a history has; nil: none, or only one that is not older, or of what its name stood for before.
    static func last(before snapshot: Snapshot, in history: History) async throws -> History.LastReading? {
        let last = try await told { try await history.latest(of: HistoryTarget(snapshot.server)) }
        return last.flatMap { snapshot.follows($0.snapshot) ? $0 : nil }
    }

    /// The primary of the standby that was read, as a history has it; nil of a primary, and where none is known.
    static func primary(of snapshot: Snapshot, in history: History) async throws -> Peer? {
        let nodes = try await told { try await history.nodes(besides: HistoryTarget(snapshot.server), of: snapshot) }
        return Peer.primary(of: snapshot, among: nodes)
    }

    /// Keeps what was read and judged, and takes over what the history knows of the findings.
    ///
    /// A visit that broke off is not kept: what it did not see would look as if it were gone.
    /// - Returns: why it was not kept; nil: it was, or need not be.
    static func keep(_ observation: Observation, _ judgement: inout Judgement, in history: History?) async -> Failure? {
        guard let history, !observation.snapshot.isIncomplete else { return nil }
        do {
            let judged = judgement
            let recorded = try await told {
                try await history.record(RecordedSnapshot(observation, judged, recordedAt: Date()))
            }
            judgement = judgement.told(by: recorded)
            return nil
        } catch let failure as Failure {
            return failure
        } catch {
            return Failure(.failed, "the snapshot was not kept: \(error)")
        }
    }
}
