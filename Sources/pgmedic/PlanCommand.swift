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
        let input = InputFile(path: file)
        // Never more of it in memory than a plan can have.
        let text = try input.text(limit: ExplainLimits.bytes)
        var plans: [ExplainedPlan]
        do {
            plans = try ExplainReader.read(text)
        } catch {
            throw Failure(.unusable, "\(input.name): \(error)")
        }
        if !showLiterals {
            for place in plans.indices {
                plans[place].replaceExpressions { Redactor.expression($0)?.text ?? "…" }
            }
        }
        try output.write(plans.map { MeasuredPlan($0) })
    }
}
