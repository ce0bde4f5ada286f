import ArgumentParser
import Foundation
import History
import Model
import Reporting

struct HistoryPrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Thins what is old: snapshots to hours, hours to days; totals and peaks stay.",
        discussion: "A sweep does this by itself. It can be interrupted at any time.")

    @OptionGroup var past: PastOptions
    @Option(help: ArgumentHelp("How long every snapshot is kept.", valueName: "span"))
    var snapshots = TimeSpan(seconds: Retention().asRead * 86_400)
    @Option(help: ArgumentHelp("How long hours are kept.", valueName: "span"))
    var hours = TimeSpan(seconds: Retention().hours * 86_400)
    @Option(help: ArgumentHelp("How long days are kept.", valueName: "span"))
    var days = TimeSpan(seconds: Retention().days * 86_400)

    func validate() throws {
        guard snapshots.seconds >= 86_400, hours.seconds >= snapshots.seconds, days.seconds >= hours.seconds else {
            throw ValidationError(
                "keep snapshots a day or longer, hours no shorter than these, and days no shorter again")
        }
    }

    func run() async throws {
        let history = try await HistoryAccess.open(past.place.orStandard(config: past.config))
        var retention = Retention()
        retention.asRead = snapshots.seconds / 86_400
        retention.hours = hours.seconds / 86_400
        retention.days = days.seconds / 86_400
        let kept = retention
        for summary in try await HistoryAccess.told({ try await history.summaries(of: past.target) }) {
            let done = try await HistoryAccess.told {
                try await history.maintain(summary.stored.target, at: Date(), retention: kept)
            }
            Console.print(
                "\(Visible.line(summary.stored.target.name)): "
                    + "\(Quantity.plural(done.packedDays, "day")) packed, \(Quantity.plural(done.thinnedRows, "row")) thinned, "
                    + "\(Quantity.plural(done.removedRows, "row")) removed\n")
        }
        // What was removed is given back to the file system.
        try await HistoryAccess.told { try await history.store.reclaim() }
        await history.store.close()
    }
}

struct HistoryExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Copies a target's history into a SQLite file of its own.",
        discussion:
            "The file is a history itself: trends and compare read it by --history, import takes it in elsewhere.")

    @OptionGroup var past: PastOptions
    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("The new file.", valueName: "file"))
    var output: String

    func run() async throws {
        guard !FileManager.default.fileExists(atPath: output) else {
            throw Failure(.unusable, "\(output) is there already: an export makes a new file")
        }
        let history = try await past.open()
        let summary = try await past.summary(in: history)
        let other = try await HistoryAccess.open(output)
        let count = try await HistoryAccess.told { try await history.copy(summary.stored.target, into: other) }
        await other.store.close()
        await history.store.close()
        Console.print("\(Quantity.plural(count, "snapshot")) copied to \(Visible.line(output))\n")
    }
}

struct HistoryImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Takes a target's history from another one in.")

    @Argument(help: ArgumentHelp("The other history: a file, or postgresql://….", valueName: "place"))
    var from: String
    @Option(help: ArgumentHelp("Its target; may be left out where there is only one.", valueName: "target"))
    var target: String?
    @Option(name: .customLong("as"), help: ArgumentHelp("Under another name.", valueName: "name"))
    var name: String?
    @OptionGroup var place: HistoryOptions
    @Option(help: ArgumentHelp("The project file.", valueName: "file"))
    var config: String?

    func run() async throws {
        let count = try await HistoryCopy.take(
            from, target, as: name, into: place.orStandard(config: config), isOne: true)
        Console.print("\(Quantity.plural(count, "snapshot")) taken in\n")
    }
}

struct HistoryMerge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Takes all targets of another history in that are not known here.",
        discussion: """
            A target that both know is left as it is here and named: its snapshots are numbered by each history for \
            itself. `pgmedic history import --as NAME` keeps both side by side.
            """)

    @Argument(help: ArgumentHelp("The other history: a file, or postgresql://….", valueName: "place"))
    var from: String
    @OptionGroup var place: HistoryOptions
    @Option(help: ArgumentHelp("The project file.", valueName: "file"))
    var config: String?

    func run() async throws {
        let count = try await HistoryCopy.take(from, nil, as: nil, into: place.orStandard(config: config), isOne: false)
        Console.print("\(Quantity.plural(count, "snapshot")) taken in\n")
    }
}

private enum HistoryCopy {
    /// - Returns: snapshots that were copied.
    static func take(
        _ from: String, _ target: String?, as name: String?, into place: String, isOne: Bool
    ) async throws -> Int {
        guard from != place else { throw Failure(.unusable, "both are the same history") }
        let other = try await HistoryAccess.open(from, readOnly: true)
        let history = try await HistoryAccess.open(place)
        let found = try await HistoryAccess.told { try await other.summaries(of: target) }
        if isOne && found.count != 1 {
            let names = found.map(\.stored.target.name).joined(separator: ", ")
            throw Failure(.unusable, found.isEmpty ? "history \(from) is empty" : "say which by --target: \(names)")
        }
        let known = Set(try await HistoryAccess.told { try await history.targets() }.map(\.key))
        var count = 0
        for summary in found {
            let target = summary.stored.target
            if !isOne && known.contains(target.key) {
                Console.note("\(target.name) is known here: left as it is")
                continue
            }
            count += try await HistoryAccess.told { try await other.copy(target, into: history, as: name) }
        }
        await other.store.close()
        await history.store.close()
        return count
    }
}
