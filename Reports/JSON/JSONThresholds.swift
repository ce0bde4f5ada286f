import Diagnosing
import Model
import Recommending

extension JSONReport {
    /// By which thresholds it was judged that are not the documented ones, and what is silent for that.
    var thresholds: JSONValue {
        [
            "adjusted": .array(
                diagnosis.judgement.adjusted.map { one in
                    [
                        "rule": .string(one.rule), "name": .string(one.name), "unit": .string(one.unit),
                        "documented": .number(one.documented), "value": .number(one.value),
                        "place": .string(one.place),
                    ]
                }),
            "silenced": .array(
                diagnosis.judgement.silenced.map { finding in
                    [
                        "finding": .string(finding.fingerprint), "rule": .string(finding.rule),
                        "severity": .string(finding.severity.rawValue), "title": .string(finding.title),
                    ]
                }),
        ]
    }
}
