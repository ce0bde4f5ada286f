import Foundation
import Statements

/// Texts that nobody can parse: log lines, notes, error messages, what a user attaches.
enum FreeText {
    private static let mark = "…"

    /// Without quoted values, values of DETAIL and parameters, literals of statements, secrets, addresses and what looks like data of
    /// persons. Names in double quotes stay.
    ///
    /// - Parameter keepsAddresses: they are replaced by the caller.
    static func redacted(_ text: String, keepsAddresses: Bool = false) -> String {
        func withoutData(_ text: String) -> String {
            SensitiveScan.replacing(in: text) { kind, found in keepsAddresses && kind == .address ? found : mark }
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
        var result: [String] = []
        while let line = lines.popFirst() {
            if line.hasPrefix("{"), let clean = redactedRecord(line, keepsAddresses) {
                result.append(clean)
            } else if let statement = statementStart(line) {
                let whole = String(line[statement...]) + continuation(&lines).map { "\n" + $0 }.joined()
                let clean = Redactor.statement(whole)?.text ?? "(not readable, left out)"
                result.append(withoutData(redactedLine(String(line[..<statement])) + clean))
            } else {
                let clean = redactedLine(line)
                guard let open = openValue(clean) else {
                    result.append(withoutData(clean))
                    continue
                }
                // The value goes on in the lines that follow.
                _ = continuation(&lines)
                result.append(withoutData(String(clean[..<open])) + mark)
            }
        }
        return result.joined(separator: "\n")
    }

    /// The server indents the lines of one message by a tab.
    private static func continuation(_ lines: inout ArraySlice<String>) -> [String] {
        let more = lines.prefix { $0.hasPrefix("\t") }
        lines.removeFirst(more.count)
        return Array(more)
    }

    /// A line of log_destination = jsonlog; nil: it is none.
    private static func redactedRecord(_ line: String, _ keepsAddresses: Bool) -> String? {
        let clean = JSONStrings.changing(Array(line.utf8)) { place, text in
            ["statement", "internal_query", "query"].contains(place.keys.last ?? "")
                ? Redactor.statement(text)?.text ?? "(not readable, left out)"
                : redacted(text, keepsAddresses: keepsAddresses)
        }
        return clean.map { String(decoding: $0, as: UTF8.self) }
    }

    /// `LOG:  statement: …`, `execute <unnamed>: …`, `STATEMENT:  …`, `Query Text: …`.
    private static func statementStart(_ line: String) -> String.Index? {
        guard line.contains(":"),
            line.contains("tatement") || line.contains("STATEMENT") || line.contains("execute")
                || line.contains("parse ") || line.contains("bind ") || line.contains("Query Text")
        else { return nil }
        let range = NSRange(line.startIndex..., in: line)
        return statements.firstMatch(in: line, range: range).flatMap { Range($0.range, in: line)?.upperBound }
    }

    private static let statements = try! NSRegularExpression(
        pattern: #"(?:\bstatement|STATEMENT|\b(?:execute|parse|bind) [^\s:]+|Query Text):\s+(?=\S)"#)

    private static func redactedLine(_ line: String) -> String {
        guard !line.isEmpty else { return line }
        var text = Secrets.redacted(line)
        for (expression, template) in patterns {
            let whole = NSRange(text.startIndex..., in: text)
            text = expression.stringByReplacingMatches(in: text, range: whole, withTemplate: template)
        }
        // A statement that nothing announces: its numbers are values too.
        let range = NSRange(text.startIndex..., in: text)
        if let start = bareStatement.firstMatch(in: text, range: range).flatMap({
            Range($0.range, in: text)?.lowerBound
        }) {
            text = numbers.stringByReplacingMatches(
                in: text, range: NSRange(start..., in: text), withTemplate: mark)
        }
        return text
    }

    private static let bareStatement = try! NSRegularExpression(
        pattern: #"(?i)\b(?:select\b.+\bfrom|insert\s+into|update\s+\S+\s+set|delete\s+from|merge\s+into)\b"#)
    private static let numbers = try! NSRegularExpression(pattern: #"(?<![\w.$])-?\d+(?:\.\d+)?(?![\w.])"#)

    /// Where a value begins that has no end on the line.
    private static func openValue(_ line: String) -> String.Index? {
        let range = NSRange(line.startIndex..., in: line)
        return openValues.firstMatch(in: line, range: range).flatMap { Range($0.range, in: line)?.lowerBound }
    }

    private static let openValues = try! NSRegularExpression(
        pattern: #"(?:\)=\((?!…\))|Failing row contains \((?!…\))|: "(?!…")|(?<![\p{L}\p{N}…'])'(?!…')).*$"#)

    private static let patterns: [(NSRegularExpression, String)] = [
        // DETAIL:  Key (email)=(a@b) already exists. To the last bracket: the value may hold some.
        (#"\)=\(.*\)"#, ")=(…)"),
        (#"(Failing row contains )\(.*\)"#, "$1(…)"),
        // A value, where a name in double quotes would follow a noun: `for type integer: "abc"`.
        (#": "(?:[^"]++|"")*+""#, #": "…""#),
        (#"(?<![\p{L}\p{N}])(?:[EeBbXxNn]|[Uu]&)?'(?:[^']++|'')*+'"#, "'…'"),
        (#"(\$\d+ = )(?!')[^,\s]+"#, "$1'…'"),
        // A comparison with a number, as a plan has it.
        (#"(?<=[=<>] )-?\d+(?:\.\d+)?\b(?=\)|\s*$|\s+(?:AND|OR)\b)"#, mark),
    ].map { (try! NSRegularExpression(pattern: $0.0), $0.1) }
}

/// What a user hands in beside the evidence (`--attach`, `--tried`): log lines and free text.
package enum AttachedText {
    /// Without values: quoted strings, values of DETAIL and of parameters, literals of statements, passwords, addresses, e-mail
    /// addresses, card and phone numbers, UUIDs and tokens become `…`. Names of relations, roles and databases stay; see
    /// `NamePseudonyms.attachment`.
    package static func redacted(_ text: String) -> String { FreeText.redacted(text) }
}
