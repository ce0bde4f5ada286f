import ArgumentParser
import Configuration
import Diagnosing
import Foundation
import Model

/// Thresholds for this run.
struct ThresholdOptions: ParsableArguments {
    @Option(
        name: .customLong("threshold"),
        help: ArgumentHelp(
            "A rule's threshold for this run, before those of pgmedic.yaml: 'locks.rollback-rate:rollbacks a day=20000'. `pgmedic rules show ID` has their names; repeatable.",
            valueName: "rule:name=value"),
        transform: { text in
            do throws(ThresholdProblem) {
                return try WrittenThreshold.option(text)
            } catch {
                throw ValidationError("\(error)")
            }
        })
    var given: [AdjustedThreshold] = []

    func validate() throws {
        var seen: Set<String> = []
        for one in given where !seen.insert("\(one.rule):\(one.name)").inserted {
            throw ValidationError("--threshold '\(one.rule):\(one.name)=' is given twice: give it once")
        }
    }

    var adjustments: ThresholdAdjustments { ThresholdAdjustments(given) }
}

extension ThresholdAdjustments {
    /// Those that a case was judged by: whoever opens it sees what its maker saw. What this pgmedic does not know is told and
    /// left out.
    init(ofCase thresholds: [AdjustedThreshold]) {
        self.init(
            thresholds.compactMap { one in
                do throws(ThresholdProblem) {
                    let rule = try RuleMetadata.adjustable(one.rule)
                    let known = try rule.threshold(named: one.name)
                    return try known.adjusted(to: one.value, in: rule.id, at: "the case, from \(one.place)")
                } catch {
                    Console.note(
                        "the case adjusts \(one.rule): \(one.name), which does not hold here: \(error.problem)")
                    return nil
                }
            })
    }

    /// As they may leave this machine: without the folders of its files.
    var withoutFolders: [AdjustedThreshold] {
        effective.map { one in
            var one = one
            one.place = (one.place as NSString).lastPathComponent
            return one
        }
    }
}
