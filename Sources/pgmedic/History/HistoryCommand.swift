import ArgumentParser
import Foundation
import History
import Model
import Reporting

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Shows, thins, copies and checks what is kept of servers over time.",
        discussion: """
            A history is a SQLite file, or a schema of a PostgreSQL database of your own. `pgmedic sweep` and `pgmedic \
            diagnose --history` write it; trends, compare and slow read it.
            """,
        subcommands: [
            HistoryList.self, HistoryShow.self, HistoryPrune.self, HistoryExport.self, HistoryImport.self,
            HistoryMerge.self, HistoryCheck.self,
        ])
}

/// What is said in words or as JSON.
struct PlainFormat: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case terminal, json }

    @Option(help: "Format of what is printed.")
    var format = Format.terminal
}

struct HistoryList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the targets with their spans and sizes.")

    @OptionGroup var past: PastOptions
    @OptionGroup var output: PlainFormat

    func run() async throws {
        let history = try await past.open()
        let all = try await HistoryAccess.told { try await history.summaries(of: past.target) }
        await history.store.close()
        Console.print(output.format == .json ? HistoryText.json(all) : HistoryText.list(all, history.place))
    }
}

struct HistoryShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows what is known of a target: findings through time, and what changed.")

    @OptionGroup var past: PastOptions
    @Option(help: ArgumentHelp("How far back changes are listed.", valueName: "span"))
    var last = TimeSpan(seconds: 7 * 86_400)
    @OptionGroup var output: PlainFormat

    func run() async throws {
        let (summary, timeline) = try await past.timeline { summary in
            let end = summary.last ?? Date()
            return TimelineQuery(from: end.addingTimeInterval(-last.seconds), to: end, measures: [:])
        }
        Console.print(
            output.format == .json ? HistoryText.json(summary, timeline) : HistoryText.show(summary, timeline))
    }
}

struct HistoryCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads all of a history and says what of it is damaged.",
        discussion: "Exit codes: 0 sound; 1 damaged; 2 it cannot be read at all.")

    @OptionGroup var past: PastOptions

    func run() async throws {
        let history = try await past.open()
        let problems = try await HistoryAccess.told { try await history.check() }
        await history.store.close()
        for problem in problems { Console.print(Visible.line(problem) + "\n") }
        if problems.isEmpty {
            Console.print("history \(Visible.line(history.place)) is sound\n")
        } else {
            throw ExitCode(Ending.severityReached.rawValue)
        }
    }
}
