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
            let width = allRules.map { $0.metadata.id.count }.max() ?? 0
            var text = ""
            for area in Area.allCases {
                let rules = allRules.filter { $0.metadata.area == area }
                guard !rules.isEmpty else { continue }
                text += "\(area.rawValue)\n"
                for rule in rules {
                    let gap = String(repeating: " ", count: width - rule.metadata.id.count + 2)
                    text += "  \(rule.metadata.id)\(gap)\(rule.metadata.title)\n"
                }
            }
            text += "measured plans, by pgmedic plan\n"
            for insight in MeasuredPlan.insights.map({ $0.metadata }) {
                let gap = String(repeating: " ", count: max(2, width - insight.id.count + 2))
                text += "  \(insight.id)\(gap)\(insight.title)\n"
            }
            Console.print(
                text
                    + "\(allRules.count) rules, and \(MeasuredPlan.insights.count) for measured plans; pgmedic rules show ID explains one\n"
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
            let rules: [any Rule.Type]
            do {
                rules = try RuleSelection(only: [id], skip: []).rules
            } catch {
                throw Failure(.unusable, String(describing: error))
            }
            if format == .json { return Console.print(try RulePage.json(rules.map { $0.metadata })) }
            Console.print(
                rules.map { RulePage.text($0.metadata, examples: $0.examples, width: Console.width) }
                    .joined(separator: "\n"))
        }
    }
}
