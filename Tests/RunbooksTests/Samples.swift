import Foundation
import Model

@testable import Runbooks

/// A whole runbook, and folders of them.
enum Sample {
    static let moment = Date(timeIntervalSince1970: 1_795_712_700)

    static func runbook(_ configure: (inout Runbook) -> Void = { _ in }) -> Runbook {
        .make {
            $0.id = "orders-status-3f2a"
            $0.title = "Open orders are searched by status"
            $0.rule = "index.missing"
            $0.appliesTo = .relation
            $0.relation = "public.orders"
            $0.tier = .cure
            $0.delegatedTo = .fix
            $0.writtenAt = moment
            $0.writtenBy = "Anna"
            $0.ticket = "OPS-123"
            $0.note = "Only some 2 % are open.\n\n- see the ticket"
            $0.fix = Instruction(sql: "CREATE INDEX CONCURRENTLY ON public.orders (status) WHERE status = 'open';")
            $0.verify = Instruction(markdown: "The statement takes less than 10 ms a call.")
            $0.undo = Instruction(sql: "DROP INDEX CONCURRENTLY public.orders_status_idx;")
            configure(&$0)
        }
    }

    /// As somebody writes it by hand.
    static let text = """
        ---
        id: orders-status-3f2a
        title: "Open orders: searched by status"
        rule: index.missing
        applies-to: rule
        tier: L3
        written-at: 2026-11-26
        written-by: Anna
        ---

        Why.

        ## Fix

        ```sql
        CREATE INDEX ON orders (status);
        ```
        """

    static func with(_ old: String, _ new: String) -> String {
        precondition(text.contains(old))
        return text.replacing(old, with: new)
    }

    static func read(_ text: String) -> (runbook: Runbook?, problems: [String]) {
        var reader = RunbookReader(file: "r.md")
        let runbook = reader.read(text)
        return (runbook, reader.problems.map(\.description))
    }
}

/// A folder that goes with the test.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/runbooks-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func add(_ name: String, _ text: String) throws {
        let file = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    }
}
