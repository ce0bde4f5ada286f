import Diagnosing
import Model

/// Reads `thresholds`: rules, with numbers for their thresholds by their names. Any doubt is an error: what is misread could
/// keep quiet what hurts.
enum ThresholdReader {
    static func read(_ section: Section) throws(ConfigurationError) -> ThresholdAdjustments {
        var found: [AdjustedThreshold] = []
        for (id, entry) in try section.entries(of: "a rule, with numbers for its thresholds by their names") {
            let rule: RuleMetadata
            do throws(ThresholdProblem) { rule = try RuleMetadata.adjustable(id) } catch {
                throw section.error(error, at: entry.keyLine)
            }
            for (name, value) in try entry.section.entries(of: "\"\(rule.thresholds.first?.name ?? "name")\": number") {
                let threshold: Threshold
                do throws(ThresholdProblem) { threshold = try rule.threshold(named: name) } catch {
                    throw entry.section.error(error, at: value.keyLine)
                }
                found.append(try adjusted(threshold, rule, value.section))
            }
        }
        return ThresholdAdjustments(found)
    }

    private static func adjusted(
        _ threshold: Threshold, _ rule: RuleMetadata, _ section: Section
    ) throws(ConfigurationError) -> AdjustedThreshold {
        let text = try section.text("a number of \(threshold.unit)")
        do throws(ThresholdProblem) {
            let number = try WrittenThreshold.number(text, threshold.unit)
            return try threshold.adjusted(to: number, in: rule.id, at: section.place)
        } catch {
            throw section.error(error, at: section.line)
        }
    }
}

extension Section {
    fileprivate func error(_ problem: ThresholdProblem, at line: Int?) -> ConfigurationError {
        ConfigurationError(file: file, line: line, key: path, problem: problem.problem, remedy: problem.remedy)
    }
}
