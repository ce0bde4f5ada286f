import ArgumentParser
import CaseFile
import Foundation
import Lab
import Model
import Reporting
import Statements

struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "Builds an empty twin of a case's database, whose planner plans as at the source.",
        discussion: """
            A throw-away PostgreSQL of this machine's programs gets the definitions, statistics, sizes and settings of the \
            case, and no row. Plans of the case's statements are compared with those of the source, and how alike they \
            are is said first. Then try: --try explains again after SQL (CREATE INDEX, SET, hypopg_create_index), --explain \
            another text of the query. --keep leaves the server running, for psql.

            EXPLAIN alone means anything there: the tables are empty, and EXPLAIN ANALYZE finds nothing.

            Examples:
              pgmedic lab case.pgmedic
              pgmedic lab case.pgmedic --try "CREATE INDEX ON orders (status)" --explain "SELECT * FROM orders WHERE status = $1"
              pgmedic lab case.pgmedic --keep
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case terminal, json
    }

    @Argument(help: ArgumentHelp("The case.", valueName: "file"))
    var path: String
    @Option(help: ArgumentHelp("Another of its databases than the target's own.", valueName: "name"))
    var database: String?
    @Option(
        name: .customLong("try"),
        help: ArgumentHelp("SQL that changes the lab; repeatable, in order.", valueName: "sql"))
    var tries: [String] = []
    @Option(help: ArgumentHelp("A statement to be planned there; $1, $2 for parameters; repeatable.", valueName: "sql"))
    var explain: [String] = []
    @Option(
        help: ArgumentHelp(
            "The folder of postgres and initdb; else the machine's own, of the source's version or the next.",
            valueName: "folder"))
    var programs: String?
    @Option(
        help: ArgumentHelp("Where it is built; else a folder of its own among temporary files.", valueName: "folder"))
    var folder: String?
    @Flag(help: "Leave the server running, and say how to reach and to end it.")
    var keep = false
    @Flag(help: "Name each statement whose plan differs.")
    var verbose = false
    @Option(help: "Format of what is printed.")
    var format = Format.terminal

    func run() async throws {
        let file = try CaseReading.open(path)
        let image = try CaseReading.image(file, database: database)
        let snapshot = try CaseReading.snapshots(of: file).snapshot
        let path = folder ?? Self.freeFolder()
        let (report, found) = try await guarded {
            let found: LabPrograms
            if let programs {
                found = try await LabPrograms(folder: programs)
            } else {
                found = try await LabPrograms.find(major: image.serverVersion / 10_000)
            }
            let progress = ProgressLine(quiet: false)
            progress.show("building the lab")
            let lab = try await Lab.build(image, programs: found, at: path)
            progress.clear()
            do {
                let report = try await LabReport(lab, image, snapshot, tries: tries, explain: explain)
                if keep {
                    await lab.leave()
                } else {
                    try await lab.remove()
                }
                return (report, found)
            } catch {
                try? await lab.remove()
                throw error
            }
        }
        Console.print(try format == .json ? report.json() : report.text(verbose: verbose, width: Console.width))
        guard keep else { return }
        let end = "\(geteuid() == 0 ? "runuser -u postgres -- " : "")\(found.folder)/pg_ctl -D \(path)/data stop"
        Console.note("it runs on: psql \"\(report.dsn)\"")
        Console.note("to end it: \(end) && rm -r \(path)")
    }

    private static func freeFolder() -> String {
        NSTemporaryDirectory() + (NSTemporaryDirectory().hasSuffix("/") ? "" : "/")
            + "pgmedic-lab-\(UUID().uuidString.prefix(8))"
    }

    private func guarded<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        do {
            return try await Interruption.cancellable(work)
        } catch let error as LabError {
            throw Failure(.failed, error.description)
        } catch let error as LabRefusal {
            throw Failure(.failed, error.description)
        }
    }
}
