/// Reads the part of YAML that EXPLAIN writes: nested by indentation, texts in double quotes, numbers bare.
enum YAMLEvents {
    static func read(_ lines: [PastedLine]) throws(ExplainError) -> StructuredPlan {
        var sink = StructuredPlan()
        /// Columns of what is open.
        var open: [Int] = []
        // auto_explain writes the one query without a list around it.
        let first = lines.first { !$0.text.withoutBlanks.isEmpty }
        let isBare = first.map { $0.text.withoutBlanks.first != "-" } ?? false
        if let first, isBare { try sink.open("", isList: false, line: first.number) }
        for line in lines where !line.text.withoutBlanks.isEmpty {
            var column = line.text.leadingBlanks
            var rest = line.text.withoutBlanks
            while let last = open.last, last >= column {
                open.removeLast()
                sink.close()
            }
            if rest == "-" || rest.hasPrefix("- ") {
                rest = rest.dropFirst(2).drop { $0 == " " }
                guard let colon = keyEnd(rest) else {
                    sink.scalar("", try value(rest, line.number), line: line.number)
                    continue
                }
                try sink.open("", isList: false, line: line.number)
                open.append(column)
                column += 2
                try pair(rest, colon, column, line.number, &sink, &open)
            } else if let colon = keyEnd(rest) {
                try pair(rest, colon, column, line.number, &sink, &open)
            } else {
                throw ExplainError(line: line.number, "neither a key nor an item of the YAML")
            }
        }
        for _ in open { sink.close() }
        if isBare { sink.close() }
        return sink
    }

    private static func pair(
        _ text: Substring, _ colon: Substring.Index, _ column: Int, _ line: Int, _ sink: inout StructuredPlan,
        _ open: inout [Int]
    ) throws(ExplainError) {
        let key = String(text[..<colon])
        let rest = text[text.index(after: colon)...].drop { $0 == " " }
        if rest.allSatisfy({ $0 == " " }) {
            try sink.open(key, isList: false, line: line)
            open.append(column)
        } else {
            sink.scalar(key, try value(rest, line), line: line)
        }
    }

    /// The colon behind a key; nil: no key.
    private static func keyEnd(_ text: Substring) -> Substring.Index? {
        guard text.first != "\"", let colon = text.firstIndex(of: ":") else { return nil }
        let next = text.index(after: colon)
        return next == text.endIndex || text[next] == " " ? colon : nil
    }

    private static func value(_ text: Substring, _ line: Int) throws(ExplainError) -> String {
        guard text.first == "\"" else { return String(text) }
        let bytes = Array(text.utf8)
        var plain: [UInt8] = []
        var position = 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += 1
            if bytes[position - 1] == UInt8(ascii: "\\") {
                plain += try JSONEscape.bytes(bytes, &position, line: line)
            } else {
                plain.append(bytes[position - 1])
            }
        }
        guard position < bytes.count else { throw ExplainError(line: line, "a text of the YAML is not closed") }
        return String(decoding: plain, as: UTF8.self)
    }
}
