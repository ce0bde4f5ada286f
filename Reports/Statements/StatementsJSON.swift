import Diagnosing
import Model
import Recommending

/// The statements for machines; `Schema/statements-1.schema.json` describes them.
struct StatementsJSON {
    static let schema = "urn:pgmedic:schema:statements-1"

    let report: StatementsReport

    init(_ report: StatementsReport) { self.report = report }

    var value: JSONValue {
        let content = report.content
        let json = JSONReport(content, report.diagnosis, report.options)
        return [
            "$schema": .string(Self.schema), "schemaVersion": .integer(1), "generator": .string(content.generator),
            "takenAt": .moment(content.takenAt), "redaction": .string(report.diagnosis.snapshot.redaction.rawValue),
            "target": json.target(report.diagnosis.snapshot.server),
            "window": json.window(report.diagnosis.observation),
            "sort": .string(report.selection.measure.rawValue), "matching": .integer(Int64(report.count)),
            "missing": .array(report.gaps.map { ["text": .string($0.text), "remedy": .optional($0.remedy)] }),
            "statements": .array(report.shown.map { statement($0, json) }),
        ]
    }

    private func statement(_ statement: RankedStatement, _ json: JSONReport) -> JSONValue {
        let representative = statement.load.representative
        guard case .object(var members) = json.statement(statement.load) else { return .null }
        members += [
            JSONMember("minimumTimeMs", .rounded(representative.minimumTime)),
            JSONMember("maximumTimeMs", .rounded(representative.maximumTime)),
            JSONMember("deviationMs", .rounded(representative.deviationOfTime)),
            JSONMember("rowsPerCall", .rounded(statement.load.counters.rowsPerCall)),
            JSONMember("blocksPerCall", .rounded(statement.load.counters.blocksPerCall)),
            JSONMember("temporaryBlocksRead", .integer(statement.load.counters.temporaryBlocksRead)),
            JSONMember(
                "applications",
                .array(
                    statement.applications.map { ["name": .string($0.name), "samples": .integer(Int64($0.samples))] })),
            JSONMember("insights", .array(statement.insights.map(insight))),
        ]
        return .object(members)
    }

    private func insight(_ finding: Finding) -> JSONValue {
        [
            "rule": .string(finding.rule), "fingerprint": .string(finding.fingerprint),
            "severity": .string(finding.severity.rawValue), "tier": .string(finding.tier.rawValue),
            "title": .string(finding.title), "reason": .string(finding.summary), "rewrite": .optional(finding.rewrite),
            "rewriteNote": .optional(finding.rewriteNote),
            "evidence": .evidence(finding.evidence),
        ]
    }
}
