import Diagnosing
import Model

extension LintReport {
    /// Static Analysis Results Interchange Format 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/
    package func sarif(generator: String) -> String {
        let rules = Dictionary(grouping: results, by: \.finding.rule).sorted { $0.key < $1.key }
        let run: JSONValue = [
            "tool": [
                "driver": [
                    "name": "pgmedic", "semanticVersion": .string(generator),
                    "rules": .array(
                        rules.map { id, results in
                            ["id": .string(id), "fullDescription": ["text": .string(results[0].why)]]
                        }),
                ]
            ],
            "columnKind": "unicodeCodePoints",
            "results": .array(results.map(sarif)),
        ]
        let log: JSONValue = [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": .array([run]),
        ]
        return log.text
    }

    private func sarif(_ result: Result) -> JSONValue {
        [
            "ruleId": .string(result.finding.rule),
            "level": .string(result.finding.severity == .notice ? "note" : "warning"),
            "message": ["text": .string(result.finding.title)],
            "locations": .array([
                [
                    "physicalLocation": [
                        "artifactLocation": ["uri": .string(Self.uri(result.file))],
                        "region": [
                            "startLine": .integer(Int64(result.line)), "startColumn": .integer(Int64(result.column)),
                        ],
                    ]
                ]
            ]),
        ]
    }

    /// A relative reference with what RFC 3986 does not allow in a path percent-encoded.
    private static func uri(_ path: String) -> String {
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        return path.utf8.map { byte in
            allowed.contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + UInt32(byte).hexadecimal(digits: 2)
        }.joined()
    }
}
