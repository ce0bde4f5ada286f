import Diagnosing
import Foundation
import History
import Model
import Recommending
import Reporting

/// What a sweep asks of a history, and tells it.
package protocol SweepStore: Sendable {
    func state(of target: String) async throws -> TargetState

    /// Of many at once: what a sweep orders its targets by.
    func states(of targets: [String]) async throws -> [String: TargetState]

    /// The last snapshot that was recorded, and the calls up to it; nil: there is none.
    func latest(of target: String) async throws -> History.LastReading?

    /// Of a standby's snapshot the last ones of other targets of its cluster.
    func nodes(besides target: String, of snapshot: Snapshot) async throws -> [Snapshot]

    /// Keeps a snapshot with what was found in it, and tells the findings what is known of them; the target's failures are over.
    func record(_ observation: Observation, _ judgement: inout Judgement, for target: String) async throws -> SweepDelta

    /// What is known of a target between two moments; nil: the store has no timelines.
    func timeline(of target: String, from: Date, to: Date) async throws -> Timeline?

    /// Keeps that the target could not be judged.
    func failed(_ target: String, _ error: String, at moment: Date) async throws

    /// Lets this sweeper work on a target for so many seconds; false: another one does.
    func lease(_ target: String, seconds: Double) async throws -> Bool
    func release(_ target: String) async throws

    func close() async
}

extension SweepStore {
    package func states(of targets: [String]) async throws -> [String: TargetState] {
        var states: [String: TargetState] = [:]
        for target in targets { states[target] = try await state(of: target) }
        return states
    }

    package func timeline(of target: String, from: Date, to: Date) async throws -> Timeline? { nil }

    package func nodes(besides target: String, of snapshot: Snapshot) async throws -> [Snapshot] { [] }
}

/// How the visits of a target ended.
package struct TargetState: Sendable, Equatable {
    /// One after the other, since the last success.
    package var failures = 0
    package var lastAttempt: Date?
    package var lastSuccess: Date?
    package var lastError: String?

    package init(failures: Int = 0, lastAttempt: Date? = nil, lastSuccess: Date? = nil, lastError: String? = nil) {
        self.failures = failures
        self.lastAttempt = lastAttempt
        self.lastSuccess = lastSuccess
        self.lastError = lastError
    }
}

/// What a snapshot changed in what is known of a target's findings.
package struct SweepDelta: Sendable, Equatable {
    /// Never seen before.
    package var opened: [FindingSummary] = []
    /// Graver than in the snapshot before.
    package var worse: [FindingSummary] = []
    /// Was resolved and is back.
    package var recurred: [FindingSummary] = []
    package var resolved: [FindingSummary] = []
    /// A fix was tested: it held, or changed nothing.
    package var verified: [FindingSummary] = []
    package var reopened: [FindingSummary] = []
    /// What became different on the server itself, in words.
    package var events: [String] = []
    /// Of all findings of now, by fingerprint.
    package var firstSeen: [String: Date] = [:]

    package init() {}
}
