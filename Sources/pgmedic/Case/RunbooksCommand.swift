import ArgumentParser
import Configuration
import Diagnosing
import Foundation
import History
import Model
import Reporting
import Runbooks

struct RunbooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runbooks", abstract: "Lists, shows and checks what a team wrote back.",
        subcommands: [List.self, Show.self, Check.self], defaultSubcommand: List.self)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case terminal, json
    }

    struct Place: ParsableArguments {
        @OptionGroup var folder: RunbookOptions
        @Option(help: ArgumentHelp("The project file.", valueName: "file"))
        var config: String?

        /// - Throws: `Failure` where no folder is meant, or it cannot be read.
        func contents() throws -> (path: String, contents: RunbookFolder.Contents) {
            guard let path = folder.folder(try ProjectFile.read(config)) else {
                throw Failure(.unusable, "which folder? give --runbooks, or runbooks in pgmedic.yaml")
            }
            return (path, try Failure.unusable { try RunbookFolder.load(path) })
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists them by rule, with their records.")
        @OptionGroup var place: Place
        @OptionGroup var past: HistoryOptions
        @Option(help: "Format of what is printed.")
        var format = Format.terminal

        func run() async throws {
            let (_, contents) = try place.contents()
            var known = KnownRunbooks(runbooks: contents.runbooks.sorted { ($0.rule, $0.id) < ($1.rule, $1.id) })
            if let store = try past.place(config: place.config) {
                let history = try await HistoryAccess.open(store, readOnly: true)
                try await known.count(in: history)
                await history.store.close()
            }
            Console.print(try format == .json ? Self.json(known) : Self.text(known))
            let fatal = contents.problems.count(where: \.isFatal)
            if fatal > 0 { Console.note("\(Quantity.plural(fatal, "file")) cannot be used: pgmedic runbooks check") }
        }

        private static func text(_ known: KnownRunbooks) -> String {
            guard !known.isEmpty else { return "no runbooks; `pgmedic resolve` writes them\n" }
            let lines = known.runbooks.map { runbook in
                let scope = runbook.relation ?? runbook.statement.map { "statement \($0)" } ?? "all of the rule"
                return """
                    \(runbook.id)
                      \(runbook.title)
                      \(runbook.shownAt.rawValue) may apply it · \(runbook.rule), \(scope) · \
                    \((known.records[runbook.id] ?? RunbookRecord()).text)
                    """
            }
            return lines.flatMap { $0.split(separator: "\n") }.map { Visible.line(String($0)) }.joined(separator: "\n")
                + "\n"
        }

        private static func json(_ known: KnownRunbooks) throws -> String {
            struct Entry: Encodable {
                var runbook: Runbook
                var record: RunbookRecord
            }
            struct Listing: Encodable {
                var format = "pgmedic.runbooks/1"
                var runbooks: [Entry]
            }
            let entries = known.runbooks.map { Entry(runbook: $0, record: known.records[$0.id] ?? RunbookRecord()) }
            return try Console.json(Listing(runbooks: entries))
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints one as its file has it.")
        @Argument(help: ArgumentHelp("Its identifier.", valueName: "id"))
        var id: String
        @OptionGroup var place: Place

        func run() throws {
            let runbooks = try place.contents().contents.runbooks
            guard let found = runbooks.first(where: { $0.id == id }) else {
                let near = NearName.nearest(to: id, among: runbooks.map(\.id))
                throw Failure(.unusable, "there is no runbook \(id)" + (near.map { "; did you mean \($0)?" } ?? ""))
            }
            Console.print(Visible.block(found.text) + "\n")
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says what is wrong with them: for a hook or CI of your repository.",
            discussion: "Exit code 2: a file cannot be used; 1: something is doubtful; 0: all is well.")
        @OptionGroup var place: Place

        func run() throws {
            let (path, contents) = try place.contents()
            let check = RunbookCheck(rules: allRules.map { $0.metadata.id }, parse: RunbookSQL.problem)
            let problems = check.problems(of: contents)
            for problem in problems { Console.print(Visible.line("\(path)/\(problem)") + "\n") }
            if problems.contains(where: \.isFatal) { throw ExitCode(Ending.unusable.rawValue) }
            if !problems.isEmpty { throw ExitCode(Ending.severityReached.rawValue) }
            Console.print("\(Quantity.plural(contents.runbooks.count, "runbook")), all well\n")
        }
    }
}
