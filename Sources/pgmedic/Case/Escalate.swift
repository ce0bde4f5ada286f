import ArgumentParser
import CaseFile
import Configuration
import Diagnosing
import Foundation
import History
import Model
import Recommending
import Reporting

struct Escalate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts one incident into one file for the next tier: the evidence, the suspicion, and the question.",
        discussion: """
            The file is a ZIP that any tool opens. Its first page says what users feel and since when, the suspected root \
            cause, what was ruled out and by which evidence, and what was tried. With it come the report, the snapshot \
            that `pgmedic diagnose --from FILE` judges anew, and what `pgmedic lab FILE` builds an empty twin of the \
            database from: definitions, statistics, sizes and settings, no row.

            What leaves the machine is redacted: literals, most common values and histogram bounds become surrogates that \
            keep their order, addresses and passwords go. `pgmedic redact --check FILE` lists what can still be read.

            --since takes an earlier snapshot, or the words of those who feel it: --since "Tuesday 14:05".

            Examples:
              pgmedic escalate shop --ticket DB-1234 --note "checkout hangs for seconds" --tried "REINDEX: no effect"
              pgmedic escalate shop --since 2026-11-24T14:05 --history history.db --redact names -o case.pgmedic
              pgmedic escalate --from snapshot.json.gz --format markdown
            """)

    enum RedactionMode: String, ExpressibleByArgument, CaseIterable {
        case literals, names
    }

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case terminal, markdown, json
    }

    @OptionGroup var reading: ReadingOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var past: HistoryOptions
    @OptionGroup var runbooks: RunbookOptions

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The case file; else case-TARGET-TIME.pgmedic here.", valueName: "file"))
    var output: String?
    @Option(help: ArgumentHelp("What users feel.", valueName: "text"))
    var note: String?
    @Option(help: ArgumentHelp("The ticket.", valueName: "id"))
    var ticket: String?
    @Option(help: ArgumentHelp("What was tried, and what it did; repeatable.", valueName: "text"))
    var tried: [String] = []
    @Option(help: ArgumentHelp("What the next tier is asked; else it follows from the diagnosis.", valueName: "text"))
    var question: String?
    @Option(
        help: ArgumentHelp(
            "A text file to put in (a log, a configuration); values in it are redacted; repeatable.", valueName: "file")
    )
    var attach: [String] = []
    @Option(
        help: ArgumentHelp(
            "literals: values; names: databases, roles, hosts and applications too, which get pseudonyms.",
            valueName: "mode"))
    var redact = RedactionMode.literals
    @Option(
        help: ArgumentHelp(
            "Which name has which pseudonym; stays here. Else pseudonyms.json where histories are kept.",
            valueName: "file"))
    var key: String?
    @Option(help: ArgumentHelp("The most that the file may take.", valueName: "size"))
    var sizeLimit = ByteCount(argument: "20MB")!
    @Flag(help: "Leave out what `pgmedic lab` needs: definitions, column statistics.")
    var noPlanner = false
    @Option(help: "Format of the summary that is printed.")
    var format = Format.terminal
    @Flag(help: "Print the name of the file only, and no progress.")
    var quiet = false
    @Flag(name: .customLong("no-color"), help: .hidden)
    var noColor = false

    func validate() throws {
        if key != nil && redact != .names { throw ValidationError("--key goes with --redact names") }
        if past.history != nil && reading.from != nil {
            throw ValidationError("--history keeps what was read from a server: it does not go with --from")
        }
    }

    func run() async throws {
        if reading.target.printSql { return Console.print(SentStatements.text) }
        let engine = try selection.engine(measures: false)
        let project = try ProjectFile.read(reading.target.config)
        if let output { try Failure.unusable { try AtomicFile.check(output) } }
        let attachments = try attach.map { try CaseAttachment($0, isRedacted: !self.reading.target.showLiterals) }
        var known = try runbooks.load(project)
        var reading = reading
        var told = told
        if let since = reading.since, !FileManager.default.fileExists(atPath: since) {
            (told.since, reading.since) = (since, nil)
        }
        if reading.target.showLiterals {
            Console.note(
                "the case holds literals, names and values as the server has them: give it to nobody who may not")
        }
        let history = try await past.open(reading)
        let observation = try await reading.observation(quiet: quiet, history: history)
        var evidence = CaseEvidence(observation, engine: engine)
        await evidence.record(in: history)
        if !noPlanner { await evidence.readImages(reading, quiet: quiet) }
        evidence.past = try await CaseHistory.read(observation.snapshot, history, since: told.since)
        try await known.count(in: history)
        await history?.store.close()
        if !reading.target.showLiterals {
            try await evidence.redact(names: redact == .names, key: try keyFile(), told: &told)
        }
        let written = try write(evidence, told, attachments, known, project)
        show(written)
        if let failure = evidence.notKept { throw failure }
        if observation.snapshot.isIncomplete { throw ExitCode(Ending.failed.rawValue) }
    }

    private var told: CaseTold {
        var told = CaseTold()
        (told.felt, told.ticket, told.tried, told.question) = (note, ticket, tried, question)
        return told
    }

    private struct Written {
        var path: String
        var packed: CaseFileWriter.Packed
        var summary: CaseSummary
    }

    private func write(
        _ evidence: CaseEvidence, _ told: CaseTold, _ attachments: [CaseAttachment], _ runbooks: KnownRunbooks,
        _ project: ProjectFile?
    ) throws -> Written {
        let server = evidence.observation.snapshot.server
        let path = output ?? Self.fileName(server.target ?? server.database, evidence.observation.snapshot.takenAt)
        var building = CaseBuilding(evidence, told, runbooks, options: options)
        try Failure.unusable {
            try building.add(attachments)
            try building.addAll(sizeLimit: Int(sizeLimit.bytes))
        }
        let packed = try Failure.unusable { try building.writer.write(to: path) }
        return Written(path: path, packed: packed, summary: building.summary)
    }

    private var options: ReportOptions {
        ReportOptions(
            verbose: true, width: Console.width, command: "pgmedic escalate", generator: Pgmedic.generator)
    }

    private func show(_ written: Written) {
        switch format {
        case .markdown: Console.print(written.summary.markdown())
        case .json: Console.print(written.summary.json())
        case .terminal where !quiet: Console.print(written.summary.terminal() + "\n")
        case .terminal: break
        }
        let manifest = written.packed.manifest
        let size = Quantity.bytes(Int64(written.packed.data.count))
        let line =
            "\(written.path): \(size), \(Quantity.plural(manifest.entries.count, "entry", "entries")), "
            + "checksum \(written.packed.checksum.prefix(20))"
        if format == .terminal {
            Console.print(quiet ? Visible.line(written.path) + "\n" : Visible.line(line) + "\n")
        } else {
            Console.note(line)
        }
        for omission in manifest.leftOut { Console.note("left out: \(omission.name): \(omission.why)") }
    }

    private func keyFile() throws -> String? {
        guard redact == .names else { return nil }
        if let key { return key }
        guard let folder = HistoryPlace.folder(environment: ProcessInfo.processInfo.environment) else {
            throw Failure(.unusable, "no place for the key of pseudonyms: give --key")
        }
        try Failure.unusable { try AtomicFile.makeFolder(folder) }
        return folder + "/pseudonyms.json"
    }

    /// `case-shop-20261126T1405Z.pgmedic`: safe on every file system.
    static func fileName(_ target: String, _ moment: Date) -> String {
        let safe = target.unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-")
                ? scalar : "_"
        }
        let name = String(String.UnicodeScalarView(safe.prefix(60)))
        let time = Moments.plain(moment).prefix(16).filter { $0 != "-" && $0 != ":" }.replacing(" ", with: "T")
        return "case-\(name)-\(time)Z.pgmedic"
    }
}
