import ArgumentParser

/// A span of time on the command line: `30s`, `500ms`, `2min`, `1h`, `30d`, `2w`; a bare number is seconds.
struct TimeSpan: ExpressibleByArgument, CustomStringConvertible {
    var seconds: Double

    init(seconds: Double) { self.seconds = seconds }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number.isFinite else { return nil }
        let factors = [
            "": 1.0, "ms": 0.001, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800,
        ]
        guard let factor = factors[String(argument.dropFirst(digits.count)).lowercased()] else { return nil }
        seconds = number * factor
    }

    var description: String { seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(seconds)s" }
    var defaultValueDescription: String { description }
}
