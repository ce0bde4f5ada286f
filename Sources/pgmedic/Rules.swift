import ArgumentParser
import Diagnosing
import Foundation
import Model
import Recommending

struct Rules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the rules, or shows one with its thresholds and their sources.",
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case terminal, json
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all rules, area by area.")

        @Option(help: "Format of what is printed.")
        var format = Format.terminal

        func run() throws {
            if format == .json { return Console.print(try RulePage.json(allRules.map { $0.metadata })) }
            let insights = MeasuredPlan.insights.map { $0.metadata }
            let rules = allRules.map { $0.metadata }
            let width = (rules + insights).map(\.id.count).max() ?? 0
            var text = ""
            func add(_ heading: String, _ rules: [RuleMetadata]) {
                guard !rules.isEmpty else { return }
                text += heading + "\n"
                for rule in rules {
                    text += "  " + rule.id.padding(toLength: width + 2, withPad: " ", startingAt: 0) + rule.title + "\n"
                }
            }
            for area in Area.allCases { add(area.rawValue, rules.filter { $0.area == area }) }
            add("measured plans, by pgmedic plan", insights)
            Console.print(
                text
                    + "\(allRules.count) rules, and \(insights.count) for measured plans; pgmedic rules show ID explains one\n"
            )
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows what a rule looks at, why, its thresholds with their sources, and when it fires.")

        @Argument(help: ArgumentHelp("The rule's identifier.", valueName: "id"))
        var id: String

        @Option(help: "Format of what is printed.")
        var format = Format.terminal

        func run() throws {
            if let insight = MeasuredPlan.insights.first(where: { $0.metadata.id == id })?.metadata {
                return Console.print(
                    try format == .json ? RulePage.json([insight]) : RulePage.text(insight, width: Console.width))
            }
            let rules = try Failure.unusable { try RuleSelection(only: [id], skip: []).rules }
            if format == .json { return Console.print(try RulePage.json(rules.map { $0.metadata })) }
            Console.print(
                rules.map { RulePage.text($0.metadata, examples: $0.examples, width: Console.width) }
                    .joined(separator: "\n"))
        }
    }
}
