import Configuration
import Foundation

extension SweepSettings.Backoff {
    /// Until when a target is left alone; nil: it may be visited.
    package func end(_ state: TargetState) -> Date? {
        guard state.failures > 0, let last = state.lastAttempt else { return nil }
        return last.addingTimeInterval(pause(after: state.failures))
    }

    /// s, after so many failures in a row.
    package func pause(after failures: Int) -> Double {
        // 2^40 minutes are longer than anybody waits.
        min(most, first * pow(2, Double(min(max(failures, 1), 40) - 1)))
    }
}
