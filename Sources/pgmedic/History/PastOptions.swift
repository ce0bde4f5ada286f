import ArgumentParser
import Configuration
import Foundation
import History
import Model

/// Which target of which history, and which time of it.
struct PastOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A target of the history, by its name (`pgmedic history list`); may be left out where there is only one.",
            valueName: "target"))
    var target: String?

    @OptionGroup var place: HistoryOptions

    @Option(
        help: ArgumentHelp(
            "The project file; else ./pgmedic.yaml, else $XDG_CONFIG_HOME/pgmedic/pgmedic.yaml.", valueName: "file"))
    var config: String?

    /// The history, opened for reading: that of the options, of pgmedic.yaml, or where `sweep` keeps its own.
    func open() async throws -> History {
        try await HistoryAccess.open(place.orStandard(config: config), readOnly: true)
    }

    /// Opens, reads of the target that is meant, and closes.
    func read<Value>(_ work: (History, History.Summary) async throws -> Value) async throws -> Value {
        let history = try await open()
        let value = try await work(history, try await summary(in: history))
        await history.store.close()
        return value
    }

    /// What is asked of the target that is meant.
    func timeline(_ query: (History.Summary) throws -> TimelineQuery) async throws -> (History.Summary, Timeline) {
        try await read { history, summary in
            let asked = try query(summary)
            return (
                summary,
                try await HistoryAccess.told { try await history.timeline(of: summary.stored.target, asked) }
            )
        }
    }

    /// The target that is meant. - Throws: `Failure` where there is none, or several.
    func summary(in history: History) async throws -> History.Summary {
        let found = try await HistoryAccess.told { try await history.summaries(of: target) }
        if found.count == 1 { return found[0] }
        let names = found.map(\.stored.target.name).joined(separator: ", ")
        throw Failure(
            .unusable,
            found.isEmpty ? "history \(history.place) is empty" : "say which target is meant: \(names)")
    }
}

extension HistoryOptions {
    /// Where no place is given: the user's own file, where `sweep` keeps its history too.
    func orStandard(config: String?) throws -> String {
        let place = HistoryPlace.path(
            named: history, project: try ProjectFile.read(config), environment: ProcessInfo.processInfo.environment)
        guard let place else {
            throw Failure(.unusable, "no place for a history: give --history, or history in pgmedic.yaml")
        }
        return place
    }
}
