import Foundation

/// Values of one kind, each with what is allowed for it.
extension Section {
    /// s
    func span(_ range: ClosedRange<Double>, _ allowed: String) throws(ConfigurationError) -> Double {
        let written = try text(allowed)
        guard let seconds = WrittenSpan.seconds(written) else {
            throw error("\"\(written)\" is no span of time", "write \(WrittenSpan.allowed)")
        }
        guard range.contains(seconds) else { throw error("\"\(written)\" is not allowed", "write \(allowed)") }
        return seconds
    }

    func number(_ range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        let allowed = "a number from \(range.lowerBound) to \(range.upperBound)"
        let written = try text(allowed)
        guard let number = Int(written), range.contains(number) else {
            throw error("\"\(written)\" is not allowed", "write \(allowed)")
        }
        return number
    }

    func flag() throws(ConfigurationError) -> Bool {
        switch try text("true or false") {
        case "true": return true
        case "false": return false
        case let other: throw error("\"\(other)\" is neither true nor false", "write true or false")
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type
    ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
        let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        let written = try text("one of \(allowed)")
        guard let choice = Choice(rawValue: written) else {
            throw error("\"\(written)\" is not known", "write one of \(allowed)")
        }
        return choice
    }

    /// Texts that are not empty, each once.
    func texts(of what: String) throws(ConfigurationError) -> [String] {
        var texts: [String] = []
        for member in try members(of: what) {
            let text = try member.text(what)
            guard !texts.contains(text) else { throw member.error("\"\(text)\" stands twice", "keep one of them") }
            texts.append(text)
        }
        return texts
    }

    /// A whole path: cron and systemd start us in folders of their own.
    func absolutePath() throws(ConfigurationError) -> String {
        let path = try text("a whole path: /var/lib/pgmedic/reports")
        guard path.hasPrefix("/"), !path.contains("\0") else {
            throw error(
                "\"\(path)\" is no whole path", "begin it with /: a timer starts pgmedic in a folder of its own")
        }
        return path
    }

    /// By its name in the tz database.
    func timeZone() throws(ConfigurationError) -> TimeZone {
        let allowed = "a name of the tz database: Europe/Amsterdam, America/New_York, UTC"
        let written = try text(allowed)
        guard let zone = TimeZone(named: written) else {
            throw error("\"\(written)\" is no time zone", "write \(allowed)")
        }
        return zone
    }

    /// What may name a target, a group or a tag: it stands in file names and metrics too.
    static func isName(_ text: String) -> Bool { text.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.-]*/) != nil }
}
