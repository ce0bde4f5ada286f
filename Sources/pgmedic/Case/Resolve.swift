import ArgumentParser
import Configuration
import Diagnosing
import Foundation
import History
import Model
import Reporting
import Runbooks
import Statements

struct Resolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes back what mended a finding: a runbook for those who meet it next, and a fix to be verified.",
        discussion: """
            The runbook is a Markdown file in a folder that your team keeps under version control. Every later report \
            shows it with the findings it fits, at the tier it was delegated to, with its record: applied 4 times, worked 3. \
            The history is told that the fix was applied now (or --at): the sweeps that follow compare before and after, \
            and say that it is verified, had no effect, or made something else worse.

            Examples:
              pgmedic resolve 1f2e3d4c --tier L3 --fix fix.sql --note note.md --applies-to relation --delegate L2
              pgmedic resolve 1f2e3d4c --runbook open-orders-3f2a     # an old one was applied again
            """)

    @Argument(help: ArgumentHelp("The finding's identifier in reports.", valueName: "fingerprint"))
    var fingerprint: String
    @Option(
        help: ArgumentHelp(
            "The target in the history; may be left out where only one has the finding.", valueName: "name"))
    var target: String?
    @Option(help: ArgumentHelp("Who mended it: L1, L2 or L3.", valueName: "tier"))
    var tier: Runbook.Tier?
    @Option(
        help: ArgumentHelp(
            "The SQL that mended it; {{relation}}, {{index}}, {{column}} and {{database}} stand for the finding's own.",
            valueName: "file"))
    var fix: String?
    @Option(help: ArgumentHelp("What happened, why, and when not to do it: Markdown.", valueName: "file"))
    var note: String?
    @Option(help: ArgumentHelp("SQL that shows that it worked.", valueName: "file"))
    var verify: String?
    @Option(help: ArgumentHelp("SQL that takes it back.", valueName: "file"))
    var undo: String?
    @Option(help: ArgumentHelp("A line that names it; else the finding's title.", valueName: "text"))
    var title: String?
    @Option(help: "Which other findings it fits: of the same rule, and perhaps relation or statement.")
    var appliesTo = Runbook.Scope.relation
    @Option(help: ArgumentHelp("The tier that may apply it next time.", valueName: "tier"))
    var delegate: Runbook.Tier?
    @Option(help: ArgumentHelp("The ticket.", valueName: "id"))
    var ticket: String?
    @Option(help: ArgumentHelp("Who writes this; else $USER.", valueName: "name"))
    var by: String?
    @Option(help: ArgumentHelp("When it was applied, if not now.", valueName: "moment"))
    var at: TimePoint?
    @Option(help: ArgumentHelp("A runbook that is there already was applied: none is written.", valueName: "id"))
    var runbook: String?
    @OptionGroup var folder: RunbookOptions
    @OptionGroup var past: HistoryOptions
    @Option(help: ArgumentHelp("The project file.", valueName: "file"))
    var config: String?

    func validate() throws {
        if runbook != nil && (fix != nil || note != nil) {
            throw ValidationError("--runbook names one that is there: --fix and --note would write another")
        }
        if runbook == nil && fix == nil && note == nil {
            throw ValidationError("say what mended it: --fix, --note or --runbook")
        }
    }

    func run() async throws {
        let project = try ProjectFile.read(config)
        let history = try await HistoryAccess.open(past.orStandard(config: config))
        let (place, record) = try await finding(in: history)
        let moment = at?.date(now: Date()) ?? Date()
        guard moment <= Date().addingTimeInterval(60) else { throw Failure(.unusable, "--at lies in the future") }
        let runbook = try written(record, project)
        let applied = FixRecord.make {
            $0.appliedAt = moment
            ($0.by, $0.tier, $0.runbook, $0.what, $0.ticket) =
                (author, tier?.rawValue, runbook.id, runbook.title, ticket)
            $0.runbookText = runbook.text
        }
        try await HistoryAccess.told {
            try await history.amend(place, record.fingerprint) { $0.apply(applied) }
        }
        await history.store.close()
        Console.print("\(Visible.line(record.title)): noted; the sweeps that follow will verify it\n")
    }

    private var author: String { by ?? ProcessInfo.processInfo.environment["USER"] ?? "unknown" }

    /// The finding, and whose it is. - Throws: `Failure` where there is none, or several.
    private func finding(in history: History) async throws -> (HistoryTarget, FindingRecord) {
        let all = try await HistoryAccess.told {
            var all: [(HistoryTarget, FindingRecord)] = []
            for stored in try await history.targets() where target == nil || stored.target.name == target {
                for record in try await history.findings(of: stored.target) { all.append((stored.target, record)) }
            }
            return all
        }
        let found = all.filter { $0.1.fingerprint == fingerprint.lowercased() }
        if found.count == 1 { return found[0] }
        if found.isEmpty {
            let near = NearName.nearest(to: fingerprint.lowercased(), among: all.map(\.1.fingerprint))
            throw Failure(
                .unusable,
                "history \(history.place) has no finding \(fingerprint)" + (target.map { " of \($0)" } ?? "")
                    + (near.map { "; did you mean \($0)?" } ?? "; `pgmedic history show` lists them"))
        }
        throw Failure(
            .unusable,
            "several targets have finding \(fingerprint): say --target \(found.map(\.0.name).joined(separator: " or "))"
        )
    }

    /// The runbook that was followed; written where it is new.
    private func written(_ record: FindingRecord, _ project: ProjectFile?) throws -> Runbook {
        if let runbook {
            let known = try folder.load(project).runbooks
            guard let found = known.first(where: { $0.id == runbook }) else {
                let near = NearName.nearest(to: runbook, among: known.map(\.id))
                throw Failure(
                    .unusable,
                    "there is no runbook \(runbook)"
                        + (near.map { "; did you mean \($0)?" } ?? "; `pgmedic runbooks` lists them"))
            }
            return found
        }
        guard let path = folder.folder(project) else {
            throw Failure(.unusable, "no folder for runbooks: give --runbooks, or runbooks in pgmedic.yaml")
        }
        let runbook = try made(of: record)
        let file = try Failure.unusable { try RunbookFolder.write(runbook, into: path) }
        Console.note("wrote \(path)/\(file): add it to version control")
        return runbook
    }

    private func made(of record: FindingRecord) throws -> Runbook {
        func object(_ kind: String) -> String? {
            record.objects.first { $0.hasPrefix(kind + ":") }.map { String($0.dropFirst(kind.count + 1)) }
        }
        var runbook = Runbook()
        runbook.title = title ?? record.title
        runbook.rule = record.rule
        runbook.appliesTo = appliesTo
        switch appliesTo {
        case .rule: break
        case .relation:
            runbook.relation = record.places.first { $0.hasPrefix("relation:") }.map {
                String($0.dropFirst("relation:".count))
            }
            guard runbook.relation != nil else {
                throw Failure(.unusable, "the finding is about no relation: give --applies-to rule or statement")
            }
        case .statement:
            runbook.statement = object("statement")
            guard runbook.statement != nil else {
                throw Failure(.unusable, "the finding is about no statement: give --applies-to rule or relation")
            }
        }
        if let tier { runbook.tier = tier }
        if let delegate, delegate > runbook.tier {
            throw Failure(
                .unusable, "--delegate \(delegate.rawValue) is above --tier \(runbook.tier.rawValue): leave it out")
        }
        (runbook.delegatedTo, runbook.ticket, runbook.writtenBy) = (delegate, ticket, author)
        runbook.writtenAt = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
        runbook.fix = try fix.map(Self.sql) ?? Instruction()
        runbook.verify = try verify.map(Self.sql)
        runbook.undo = try undo.map(Self.sql)
        runbook.note = try note.map { try InputFile(path: $0).text(limit: 1 << 20) } ?? ""
        runbook.id = Runbook.identifier(
            title: runbook.title, rule: runbook.rule, by: author, at: runbook.writtenAt)
        return runbook
    }

    private static func sql(_ path: String) throws -> Instruction {
        let text = try InputFile(path: path).text(limit: 1 << 20)
        if let problem = RunbookSQL.problem(text) { throw Failure(.unusable, "\(path): \(problem)") }
        return Instruction(sql: text)
    }
}

extension Runbook.Tier: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}

extension Runbook.Scope: ExpressibleByArgument {}

/// Whether what a runbook tells people to paste is SQL.
enum RunbookSQL {
    /// nil: it parses. Placeholders count as names.
    static func problem(_ text: String) -> String? {
        let filled = Placeholder.filled(text) { _ in "a_name" }
        do throws(SQLScript.Failure) {
            for statement in try SQLScript(filled).statements {
                do throws(ParsingError) {
                    _ = try ParsedStatement(parsing: statement.text)
                } catch {
                    return "line \(statement.line): \(error)"
                }
            }
            return nil
        } catch {
            return "line \(error.line): \(error.reason)"
        }
    }
}
