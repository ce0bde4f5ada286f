import Foundation

extension Optional<Date> {
    /// Whether both name one moment, or none. A moment that went through a file came back as another Double of the same
    /// millisecond, so that `==` would see a restart or a reset where there was none.
    package func isSameMoment(as other: Date?) -> Bool {
        guard let moment = self, let other else { return self == nil && other == nil }
        return abs(moment.timeIntervalSince(other)) < 0.001
    }
}

extension Date {
    /// As of an optional one.
    package func isSameMoment(as other: Date?) -> Bool { Date?.some(self).isSameMoment(as: other) }
}
