import Foundation
import Statements

/// A file of statements with weights, for which indexes are advised.
///
/// SQL as psql reads it; `-- weight: 120` in or before a statement says how often it runs (1 where nothing does), `-- name: …` how it
/// is called. `$1`, `$2` stand for values that are not known.
package struct WorkloadFile: Sendable, Equatable {
    package struct Statement: Sendable, Equatable {
        package var text: String
        /// Calls; more than 0.
        package var weight = 1.0
        package var name: String?
        /// From 1.
        package var line: Int
    }

    package struct Note: Sendable, Equatable {
        package var line: Int
        /// `not a SELECT, INSERT, UPDATE, DELETE or MERGE`
        package var reason: String
    }

    /// What cannot be used, with the place.
    package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        package var file: String
        package var line: Int
        package var reason: String

        package var description: String { "\(file):\(line): \(reason)" }
    }

    package let name: String
    package let statements: [Statement]
    /// Statements that are passed over.
    package let notes: [Note]

    /// - Parameter name: of the file, as messages call it.
    package init(_ text: String, name: String) throws(Failure) {
        self.name = name
        let script: SQLScript
        do throws(SQLScript.Failure) {
            script = try SQLScript(text)
        } catch {
            throw Failure(file: name, line: error.line, reason: error.reason)
        }
        guard !script.statements.isEmpty else {
            throw Failure(file: name, line: 1, reason: "it holds no statement")
        }
        var statements: [Statement] = []
        var notes: [Note] = []
        for statement in script.statements {
            let weight = try Self.weight(statement, name)
            if let reason = Self.obstacle(statement.text) {
                notes.append(Note(line: statement.line, reason: reason))
            } else {
                statements.append(
                    Statement(
                        text: statement.text, weight: weight, name: Self.mark("name", statement)?.value,
                        line: statement.line))
            }
        }
        guard !statements.isEmpty else {
            throw Failure(
                file: name, line: notes[0].line,
                reason: "it holds no statement that indexes could serve: the first is \(notes[0].reason)")
        }
        self.statements = statements
        self.notes = notes
    }

    /// Why indexes are not advised for a text; nil where they may be.
    private static func obstacle(_ text: String) -> String? {
        do throws(ParsingError) {
            let parsed = try ParsedStatement(parsing: text)
            return parsed.kind == .utility ? "not a SELECT, INSERT, UPDATE, DELETE or MERGE" : nil
        } catch {
            return error.description
        }
    }

    private static func weight(_ statement: SQLScript.Statement, _ name: String) throws(Failure) -> Double {
        guard let mark = mark("weight", statement) else { return 1 }
        let isNumber = mark.value.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
        guard isNumber, let weight = Double(mark.value), weight.isFinite, weight > 0, weight <= mostWeight else {
            throw Failure(
                file: name, line: mark.line,
                reason: "weight: \(mark.value.prefix(40)) is no number above 0 (such as 120 or 0.5)")
        }
        return weight
    }

    /// Beyond it sums of calls × cost lose their digits.
    private static let mostWeight = 1e15

    /// The last one in or before the statement: the nearest.
    private static func mark(_ key: String, _ statement: SQLScript.Statement) -> (value: String, line: Int)? {
        var found: (String, Int)?
        for comment in statement.comments {
            for (offset, line) in comment.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let text = line.drop { "-/* \t".contains($0) }
                guard text.lowercased().hasPrefix(key) else { continue }
                let rest = text.dropFirst(key.count).drop { $0 == " " || $0 == "\t" }
                guard rest.first == ":" else { continue }
                let value = rest.dropFirst().trimmingCharacters(in: CharacterSet(charactersIn: " */\t\r"))
                found = (value, comment.line + offset)
            }
        }
        return found
    }
}
