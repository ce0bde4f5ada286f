import Foundation

/// From when to when logs were read.
struct LogSpan {
    private(set) var first: Date?
    private(set) var last: Date?

    /// A log, a piece of it or one message, begins and ends then.
    mutating func note(first: Date?, last: Date?) {
        self.first = [self.first, first].compactMap(\.self).min()
        self.last = [self.last, last].compactMap(\.self).max()
    }
}
