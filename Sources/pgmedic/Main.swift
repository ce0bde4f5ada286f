import ArgumentParser
import Foundation

/// The entry: parses, runs, and maps every way to end to the documented exit codes.
@main
enum Main {
    static func main() async {
        Interruption.install()
        do {
            var command = try await Pgmedic.asyncParseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    private static func end(with error: any Error) -> Never {
        if let failure = error as? Failure {
            Console.error(failure.message)
            exit(failure.code.rawValue)
        }
        if let code = error as? ExitCode { exit(code.rawValue) }
        let text = Pgmedic.fullMessage(for: error)
        switch Pgmedic.exitCode(for: error) {
        case .success:
            Console.print(text + "\n")
            exit(Ending.done.rawValue)
        case .validationFailure:
            Console.write(text + "\n", to: .standardError)
            exit(Ending.unusable.rawValue)
        default:
            Console.error(String(describing: error))
            exit(Ending.failed.rawValue)
        }
    }
}

struct Pgmedic: AsyncParsableCommand {
    static let version = "0.1.0"
    /// What snapshots and reports are said to be made by.
    static let generator = "pgmedic \(version)"

    static let configuration = CommandConfiguration(
        commandName: "pgmedic",
        abstract: "Finds out why a PostgreSQL server is slow and says what to do about it, tier by tier.",
        discussion: """
            pgmedic reads statistics, locks and plans through one read-only session, judges them by rules that say \
            their evidence and thresholds, and prints causes above their symptoms, each with what contains it (L1), \
            what fixes it (L2) and what cures it (L3). It changes nothing on the server.

            Exit codes: 0 done; 1 --fail-on was reached; 2 usage, or an input that cannot be used; \
            3 the server could not be reached; 4 incomplete, or a failure of pgmedic itself; 130 interrupted.

            Completions: pgmedic --generate-completion-script bash|zsh|fish
            """,
        version: generator,
        subcommands: [
            Diagnose.self, Escalate.self, OpenCase.self, LabCommand.self, RedactCommand.self, Resolve.self,
            RunbooksCommand.self, Sweep.self, TrendsCommand.self, Compare.self, Slow.self, Locks.self, Statements.self,
            Indexes.self, Lint.self, PlanCommand.self, Collect.self, HistoryCommand.self, Rules.self, Grant.self,
            Doctor.self,
        ]
    )
}

/// How a run ends (DESIGN §6).
enum Ending: Int32 {
    case done = 0
    case severityReached = 1
    case unusable = 2
    case unreachable = 3
    case failed = 4
    case interrupted = 130
}

/// An end with a message for people.
struct Failure: Error {
    var code: Ending
    var message: String

    init(_ code: Ending, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What goes wrong in `work` is about what the user gave: its description is for them.
    static func unusable<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.unusable, String(describing: error))
        }
    }
}
