import ArgumentParser
import Diagnosing
import Foundation
import Model
import Plans
import Reporting
import Statements

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Reads an execution plan and says where its time goes, why, and what to do.",
        discussion: """
            FILE holds what EXPLAIN printed, as text, JSON, YAML or XML, as it was pasted from psql or written by \
            auto_explain to the server's log; several plans in one file are shown one after the other. Findings need \
            EXPLAIN (ANALYZE), and are better with BUFFERS. No server is asked. Literals are redacted unless \
            --show-literals is given.

            Examples:
              psql -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT …' | pgmedic plan -
              pgmedic plan plan.txt -o plan.html
              pgmedic plan plan.json --format json
            """)

    @Argument(help: ArgumentHelp("The file that holds the plan; - reads stdin.", valueName: "file"))
    var file: String

    @OptionGroup var output: OutputOptions

    @Flag(help: "Keep literals; the report may then hold your users' data.")
    var showLiterals = false

    func run() throws {
        try output.check()
        let text = try PlanFile.read(file)
        var plans: [ExplainedPlan]
        do {
            plans = try ExplainReader.read(text)
        } catch {
            throw Failure(.unusable, "\(PlanFile.name(file)): \(error)")
        }
        if !showLiterals {
            for place in plans.indices {
                plans[place].replaceExpressions { Redactor.expression($0)?.text ?? "…" }
            }
        }
        try output.write(plans.map { MeasuredPlan($0) })
    }
}

/// The file with a plan; never more of it in memory than a plan can have.
enum PlanFile {
    static func name(_ path: String) -> String { path == "-" ? "stdin" : path }

    static func read(_ path: String) throws -> String {
        let handle: FileHandle
        if path == "-" {
            handle = .standardInput
        } else {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw Failure(.unusable, "\(path): there is no such file")
            }
            guard !isFolder.boolValue else { throw Failure(.unusable, "\(path): this is a directory") }
            guard let opened = FileHandle(forReadingAtPath: path) else {
                throw Failure(.unusable, "\(path): the file cannot be read")
            }
            handle = opened
        }
        var data = Data()
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
            data += chunk
            guard data.count <= ExplainLimits.bytes else {
                throw Failure(.unusable, "\(name(path)): larger than \(ExplainLimits.bytes >> 20) MB, which no plan is")
            }
        }
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw Failure(.unusable, "\(name(path)): \(Self.notText(data))")
        }
        return text
    }

    /// The line at which it stops being UTF-8.
    private static func notText(_ data: Data) -> String {
        var line = 1
        for piece in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if String(bytes: piece, encoding: .utf8) == nil { break }
            line += 1
        }
        return "line \(line): binary, or not in UTF-8"
    }
}
