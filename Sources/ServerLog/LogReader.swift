import Foundation

/// Cuts a server's log into messages, chunk by chunk: a log may be larger than memory.
///
/// Reads the stderr format with any `log_line_prefix`, csvlog and jsonlog, also mixed; which one it is, each message tells by
/// how it begins. https://www.postgresql.org/docs/current/runtime-config-logging.html
///
/// DETAIL, CONTEXT and the like are fields of csvlog and jsonlog, and messages of their own in the stderr format: they are put
/// to the message of the same process, though another one wrote in between. Such a message is handed out with its last part.
package struct LogReader {
    private enum Format { case stderr, csv, json }

    /// A message that is being read.
    private struct Open {
        var format: Format
        var part: LogEntry.Part?
        var line: Int
        var bytes: [UInt8]
    }

    /// A message of the stderr format whose parts may follow.
    private struct Unfinished {
        var entry: LogEntry
        /// The last line that is known to be of it.
        var line: Int
        /// The process as the log prints it.
        var digits: [UInt8]
    }

    /// When the log begins and ends: of the first and the last message that tell a time, wanted or not.
    package private(set) var first: Date?
    package private(set) var last: Date?

    private let wanted: [LogWord]
    private let prefix: LinePrefix
    /// A line whose end has not come yet.
    private var rest: [UInt8] = []
    private var lineNumber = 0
    /// nil: nobody wants what is being read.
    private var open: Open?
    private var unfinished: [Unfinished] = []
    /// Within a quoted field of csvlog that goes over lines.
    private var isQuoted = false
    /// First lines of messages that were asked for the time at which the log begins.
    private var lookedForFirst = 0
    private var lastLine: ArraySlice<UInt8> = []

    /// - Parameters:
    ///   - wanted: words of a message's first line; messages that have none of them are passed over unread.
    ///   - prefix: the server's `log_line_prefix`.
    package init(wanted: [String], prefix: LinePrefix = LinePrefix()) {
        self.wanted = wanted.map(LogWord.init)
        self.prefix = prefix
    }

    package mutating func take(_ chunk: Data, _ each: (LogEntry) throws -> Void) rethrows {
        var begin = chunk.startIndex
        while let end = chunk[begin...].firstIndex(of: UInt8(ascii: "\n")) {
            rest += chunk[begin..<end]
            begin = end + 1
            let line = rest
            rest.removeAll(keepingCapacity: true)
            try take(line: line, each)
        }
        // A line without an end is kept only as far as a message may go.
        if rest.count <= LogLimits.message { rest += chunk[begin...] }
    }

    package mutating func finish(_ each: (LogEntry) throws -> Void) rethrows {
        if !rest.isEmpty {
            let line = rest
            rest = []
            try take(line: line, each)
        }
        try close(each)
        try release(unfinished.count, each)
        if let time = time(of: lastLine) { note(time) }
        lastLine = []
    }

    private mutating func take(line: [UInt8], _ each: (LogEntry) throws -> Void) rethrows {
        lineNumber += 1
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...]
        if isQuoted {
            add(line)
            isQuoted = Self.leavesQuoteOpen(line, from: true)
            if !isQuoted { try close(each) }
        } else if line.first == UInt8(ascii: "\t") {
            if open?.format == .stderr { add(line.dropFirst()) }
        } else if line.isEmpty {
            // Some pagers take the tab of an empty line away.
            if open?.format == .stderr { add(line) }
        } else {
            try begin(line, each)
        }
    }

    /// The first line of a message.
    private mutating func begin(_ line: ArraySlice<UInt8>, _ each: (LogEntry) throws -> Void) rethrows {
        try close(each)
        let format = Self.format(of: line)
        isQuoted = format == .csv && Self.leavesQuoteOpen(line, from: false)
        lastLine = line
        if first == nil && lookedForFirst < 100 {
            lookedForFirst += 1
            if let time = time(of: line) { note(time) }
        }
        if !unfinished.isEmpty {
            if format == .stderr, let part = Self.part(line) {
                open = Open(format: .stderr, part: part, line: lineNumber, bytes: Array(line))
                return
            }
            try releaseEnded(before: line, each)
        }
        if isWanted(line) { open = Open(format: format, line: lineNumber, bytes: Array(line)) }
        if format != .stderr && !isQuoted { try close(each) }
    }

    private mutating func add(_ line: ArraySlice<UInt8>) {
        guard open != nil else { return }
        guard open!.bytes.count + line.count < LogLimits.message else {
            open = nil
            return
        }
        open!.bytes.append(UInt8(ascii: "\n"))
        open!.bytes += line
    }

    private func isWanted(_ line: ArraySlice<UInt8>) -> Bool {
        line.withUnsafeBytes { bytes in wanted.contains { $0.stands(in: bytes) } }
    }

    private static func format(of line: ArraySlice<UInt8>) -> Format {
        if line.first == UInt8(ascii: "{") { return .json }
        // `2026-11-25 19:00:00.123 UTC,"role",`: the comma behind the zone tells csvlog from any usual prefix.
        guard let comma = line.firstIndex(of: UInt8(ascii: ",")), (20...40).contains(comma - line.startIndex),
            line[line.startIndex..<comma].allSatisfy({ $0 != UInt8(ascii: "[") }),
            LinePrefix.isTimestamp(line.prefix(19)), line[line.startIndex + 19] == UInt8(ascii: ".")
        else { return .stderr }
        return .csv
    }

    /// Doubled quotes within a field close and open it again, which comes to the same.
    private static func leavesQuoteOpen(_ line: ArraySlice<UInt8>, from isOpen: Bool) -> Bool {
        line.reduce(into: isOpen) { open, byte in if byte == UInt8(ascii: "\"") { open.toggle() } }
    }

    /// What the line is of a message of the stderr format that it belongs to.
    private static func part(_ line: ArraySlice<UInt8>) -> LogEntry.Part? {
        let colon = UInt8(ascii: ":")
        let space = UInt8(ascii: " ")
        guard
            let mark = line.indices.first(where: {
                line[$0] == colon && $0 + 2 < line.endIndex && line[$0 + 1] == space && line[$0 + 2] == space
            })
        else { return nil }
        return LogEntry.Part.allCases.first {
            line[..<mark].suffix($0.rawValue.utf8.count).elementsEqual($0.rawValue.utf8)
        }
    }

    private mutating func close(_ each: (LogEntry) throws -> Void) rethrows {
        guard let closing = open else { return }
        open = nil
        let text = String(decoding: closing.bytes, as: UTF8.self)
        let entry: LogEntry? =
            switch closing.format {
            case .stderr: prefix.entry(text)
            case .csv: CSVRecord(text).entry(prefix)
            case .json: JSONRecord.entry(text, prefix)
            }
        guard var entry else { return }
        entry.line = closing.line
        if let part = closing.part { return put(part, entry) }
        guard closing.format == .stderr else { return try each(entry) }
        if unfinished.count >= LogLimits.unfinished { try release(1, each) }
        let digits = entry.pid.map { Array(String($0).utf8) } ?? []
        unfinished.append(Unfinished(entry: entry, line: lineNumber, digits: digits))
    }

    /// To the message of its process; without processes in the log to the last one.
    private mutating func put(_ part: LogEntry.Part, _ entry: LogEntry) {
        guard let place = unfinished.lastIndex(where: { $0.entry.pid == entry.pid }) else { return }
        unfinished[place].entry.add(part, entry.message)
        unfinished[place].line = lineNumber
    }

    /// Hands out what has no part any more when a message begins with this line.
    private mutating func releaseEnded(before line: ArraySlice<UInt8>, _ each: (LogEntry) throws -> Void) rethrows {
        var ended: [LogEntry] = []
        unfinished.removeAll { message in
            let isEnded =
                message.digits.isEmpty || lineNumber - message.line > LogLimits.partDistance
                || line.withUnsafeBytes { LogWord(bytes: message.digits).stands(in: $0) }
                    && prefix.entry(String(decoding: line, as: UTF8.self))?.pid == message.entry.pid
            if isEnded { ended.append(message.entry) }
            return isEnded
        }
        for entry in ended { try each(entry) }
    }

    /// The oldest so many.
    private mutating func release(_ count: Int, _ each: (LogEntry) throws -> Void) rethrows {
        let released = unfinished.prefix(count).map(\.entry)
        unfinished.removeFirst(count)
        for entry in released { try each(entry) }
    }

    private mutating func note(_ time: Date) {
        first = min(first ?? time, time)
        last = max(last ?? time, time)
    }

    private func time(of line: ArraySlice<UInt8>) -> Date? {
        let text = String(decoding: line.prefix(1000), as: UTF8.self)
        switch Self.format(of: line) {
        case .stderr: return prefix.entry(text)?.at
        case .csv: return prefix.date(text.prefix { $0 != "," })
        case .json:
            // The whole record may be long; its time stands first.
            let key = "\"timestamp\":\""
            guard let start = text.firstRange(of: key) else { return nil }
            return prefix.date(text[start.upperBound...].prefix { $0 != "\"" })
        }
    }
}

/// A word to look for in every line of a log.
private struct LogWord {
    private let bytes: [UInt8]
    /// Where its rarest byte stands: the fewer bytes are found, the less is compared.
    private let anchor: Int

    init(_ text: String) { self.init(bytes: Array(text.utf8)) }

    init(bytes: [UInt8]) {
        self.bytes = bytes
        // Of log lines: digits and spaces are in all of them, capitals in few.
        let common = Array("0123456789 :-.etaoinsrlhdcumfpgw".utf8)
        let ranks = bytes.map { byte in common.firstIndex(of: byte) ?? common.count }
        anchor = ranks.indices.max { ranks[$0] < ranks[$1] } ?? 0
    }

    /// `firstRange(of:)` takes ten times as long, and this reads every line of the log.
    func stands(in line: UnsafeRawBufferPointer) -> Bool {
        guard let start = line.baseAddress, !bytes.isEmpty, line.count >= bytes.count else { return false }
        var place = start + anchor
        let end = start + line.count - (bytes.count - anchor - 1)
        while place < end, let found = memchr(place, Int32(bytes[anchor]), end - place) {
            let match = UnsafeRawPointer(found) - anchor
            if memcmp(match, bytes, bytes.count) == 0 { return true }
            place = UnsafeRawPointer(found) + 1
        }
        return false
    }
}
