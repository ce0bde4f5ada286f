import Foundation

/// Cuts a server's log into messages, chunk by chunk: a log may be larger than memory.
///
/// Reads the stderr format with any `log_line_prefix`, csvlog and jsonlog, also mixed; which one it is, each message tells by
/// how it begins. https://www.postgresql.org/docs/current/runtime-config-logging.html
package struct LogReader {
    private enum Format { case stderr, csv, json }

    private let wanted: [[UInt8]]
    private let prefix: LinePrefix
    /// A line whose end has not come yet.
    private var rest: [UInt8] = []
    private var lineNumber = 0
    /// The message that is being read; nil: one that nobody wants.
    private var open: (format: Format, line: Int, bytes: [UInt8])?
    /// Within a quoted field of csvlog that goes over lines.
    private var isQuoted = false

    /// - Parameters:
    ///   - wanted: words of a message's first line; messages that have none of them are passed over unread.
    ///   - prefix: the server's `log_line_prefix`.
    package init(wanted: [String], prefix: LinePrefix = LinePrefix()) {
        self.wanted = wanted.map { Array($0.utf8) }
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
            try close(each)
            let format = Self.format(of: line)
            isQuoted = format == .csv && Self.leavesQuoteOpen(line, from: false)
            if isWanted(line) { open = (format, lineNumber, Array(line)) }
            if format != .stderr && !isQuoted { try close(each) }
        }
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
        line.withUnsafeBytes { bytes in wanted.contains { Self.holds(bytes, $0) } }
    }

    /// `firstRange(of:)` takes ten times as long, and this reads every line of the log.
    private static func holds(_ bytes: UnsafeRawBufferPointer, _ word: [UInt8]) -> Bool {
        guard let first = word.first, var place = bytes.baseAddress else { return false }
        let end = place + bytes.count
        while place + word.count <= end, let found = memchr(place, Int32(first), end - place) {
            place = UnsafeRawPointer(found)
            guard place + word.count <= end else { return false }
            if memcmp(place, word, word.count) == 0 { return true }
            place += 1
        }
        return false
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

    private mutating func close(_ each: (LogEntry) throws -> Void) rethrows {
        guard let (format, line, bytes) = open else { return }
        open = nil
        let text = String(decoding: bytes, as: UTF8.self)
        let entry: LogEntry? =
            switch format {
            case .stderr: prefix.entry(text)
            case .csv: CSVRecord(text).entry(prefix)
            case .json: JSONRecord.entry(text, prefix)
            }
        guard var entry else { return }
        entry.line = line
        try each(entry)
    }
}
