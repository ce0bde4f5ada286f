import ArgumentParser
import Collecting
import Diagnosing
import Foundation
import Model
import Recommending
import Reporting

struct Diagnose: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Looks at a server once and says what is wrong, why, and what to do.",
        discussion: """
            Counters are judged since pg_stat_statements was reset, over a window with --sample 30s, or since an earlier \
            snapshot with --since. Literals are redacted unless --show-literals is given.

            Examples:
              pgmedic diagnose shop
              pgmedic diagnose service=prod --sample 30s -o report.html -o report.json
              pgmedic diagnose postgresql://monitor@db1/shop --only locks --fail-on critical --quiet
              pgmedic diagnose --from case.json.gz --format markdown
            """)

    @OptionGroup var target: TargetOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var selection: SelectionOptions

    @Option(help: ArgumentHelp("Read twice with this pause between, and judge the difference.", valueName: "span"))
    var sample: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "Judge a snapshot of `pgmedic collect` instead of a server; - reads stdin.", valueName: "file"))
    var from: String?

    @Option(help: ArgumentHelp("Judge the difference to this earlier snapshot of the same server.", valueName: "file"))
    var since: String?

    @Option(help: "Exit with 1 when a finding is at least this severe.")
    var failOn = FailOn.never

    func validate() throws {
        if from != nil && target.dsn != nil { throw ValidationError("give a DSN or --from, not both") }
        if from != nil && sample != nil { throw ValidationError("--sample needs a server: it does not go with --from") }
        if sample != nil && since != nil { throw ValidationError("give --sample or --since, not both") }
        if let sample, sample.seconds < 1 { throw ValidationError("--sample must be 1s or more") }
    }

    func run() async throws {
        let engine = try selection.engine()
        try output.check()
        if target.printSql { return Console.print(SentStatements.text) }
        let earlier = try since.map(Self.read)
        let reading: (snapshot: Snapshot, earlier: Snapshot?)
        if let from {
            reading = (try Self.read(from), earlier)
        } else {
            let visit = try Visit(target, quiet: output.quiet)
            reading = try await sample == nil ? (visit.snapshot(), earlier) : visit.sampled(over: sample!.seconds)
        }
        if let earlier { try Self.check(reading.snapshot, against: earlier) }
        let observation = Observation(
            reading.snapshot, since: reading.earlier, basis: sample == nil ? .earlierSnapshot : .sample)
        let diagnosis = Diagnosis(judging: observation, engine: engine)
        try output.write(diagnosis)
        if let severity = failOn.severity, diagnosis.reaches(failOn: severity) {
            throw ExitCode(Ending.severityReached.rawValue)
        }
        if reading.snapshot.isIncomplete { throw ExitCode(Ending.failed.rawValue) }
    }

    private static func read(_ path: String) throws -> Snapshot {
        do {
            return try SnapshotFile.read(path)
        } catch {
            throw Failure(.unusable, String(describing: error))
        }
    }

    /// A difference between two servers would be a false number.
    private static func check(_ snapshot: Snapshot, against earlier: Snapshot) throws {
        guard snapshot.takenAt > earlier.takenAt else {
            throw Failure(.unusable, "--since holds a snapshot that is not older than the one to judge")
        }
        let now = snapshot.server
        let then = earlier.server
        let isSame =
            now.systemIdentifier == nil || then.systemIdentifier == nil
            ? now.host == then.host && now.port == then.port : now.systemIdentifier == then.systemIdentifier
        guard isSame, now.database == then.database else {
            throw Failure(
                .unusable, "--since holds a snapshot of another server or database (\(then.database) @ \(then.host))")
        }
    }
}

enum FailOn: String, ExpressibleByArgument, CaseIterable {
    case critical, warning, never

    var severity: Severity? {
        switch self {
        case .critical: .critical
        case .warning: .warning
        case .never: nil
        }
    }
}

extension Snapshot {
    /// The visit broke off: what is here was judged, but it is not all.
    var isIncomplete: Bool { notes.contains { $0.reason == .connectionLost } }
}
