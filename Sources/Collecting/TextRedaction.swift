import Model
import Statements

/// Takes literals out of every text before it is put into a snapshot; hands texts through when the user asked for that.
struct TextRedaction: Sendable {
    struct Definition {
        var text: String?
        var hasLiterals: Bool
    }

    let mode: Redaction

    /// A statement; nil when it cannot be read and must be dropped.
    func statement(_ text: String) -> String? {
        mode == .none ? text : Redactor.statement(text)?.text
    }

    func expression(_ text: String) -> String? {
        mode == .none ? text : Redactor.expression(text)?.text
    }

    func definition(_ text: String) -> Definition {
        guard let redacted = Redactor.definition(text) else {
            return Definition(text: mode == .none ? text : nil, hasLiterals: true)
        }
        return Definition(text: mode == .none ? text : redacted.text, hasLiterals: redacted.hasLiterals)
    }

    func plan(_ json: String) -> String? {
        mode == .none ? json : PlanRedaction.redacted(json)
    }

    /// An error of the server as a sentence: its text may quote users' data, its SQLSTATE does not.
    func error(message: String, sqlState: String?) -> String {
        guard let quoted = Redactor.statement(message) else { return sqlState.map { "SQLSTATE \($0)" } ?? "failed" }
        return quoted.text
    }
}
