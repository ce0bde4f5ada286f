import ArgumentParser
import Diagnosing
import Recommending

/// Which rules are asked.
struct SelectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only this rule or area; repeatable, or separated by commas.", valueName: "rule|area"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Not this rule or area; repeatable, or separated by commas.", valueName: "rule|area"))
    var skip: [String] = []

    /// - Parameter measures: what judging takes is told.
    func engine(measures: Bool = false) throws -> Engine {
        func names(_ values: [String]) -> [String] {
            values.flatMap { $0.split(separator: ",").map(String.init) }
        }
        return try Failure.unusable {
            Engine(try RuleSelection(only: names(only), skip: names(skip)).rules, measures: measures)
        }
    }
}
