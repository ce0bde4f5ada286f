import ArgumentParser
import Configuration
import Diagnosing
import Foundation
import Model
import Recommending

/// What was accepted and is left out of the report.
struct SuppressionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Findings that were accepted, beside those in pgmedic.yaml; repeatable.", valueName: "file"))
    var suppressions: [String] = []

    @Flag(help: "Show also what was accepted.")
    var noSuppressions = false

    @Option(
        help: ArgumentHelp(
            "Print the entry that would suppress this finding, to be completed by reason and owner, and stop.",
            valueName: "fingerprint"))
    var printSuppression: String?

    func validate() throws {
        if noSuppressions && !suppressions.isEmpty {
            throw ValidationError("give --suppressions or --no-suppressions, not both")
        }
    }

    /// Of the files that were named. Read before a server is asked: what cannot be read hides nothing, and ends the run.
    func read() throws -> [Suppression] {
        var found: [Suppression] = []
        for path in suppressions {
            let text = try InputFile(path: path).text(limit: 1 << 20)
            found += try Failure.unusable { try SuppressionFile.read(text: text, file: path) }
        }
        return found
    }

    /// - Parameters:
    ///   - given: what `read` gave.
    ///   - target: the server's name in the file.
    func applying(_ given: [Suppression], _ project: ProjectFile?, to target: String?) -> [Suppression] {
        noSuppressions ? [] : given + (project?.suppressions(of: target) ?? [])
    }

    /// The entry for a finding, as YAML.
    static func entry(for fingerprint: String, in diagnosis: Diagnosis) throws -> String {
        guard let finding = diagnosis.findings.first(where: { $0.fingerprint == fingerprint }) else {
            if let one = diagnosis.suppressions.suppressed.first(where: { $0.finding.fingerprint == fingerprint }) {
                throw Failure(.unusable, "\(fingerprint) is suppressed already, at \(one.entry.place)")
            }
            let near = NearName.nearest(to: fingerprint, among: diagnosis.findings.map(\.fingerprint))
            throw Failure(
                .unusable,
                "no finding has the fingerprint \"\(fingerprint)\"" + (near.map { "; did you mean \($0)?" } ?? ""))
        }
        return SuppressionEntry(finding, at: diagnosis.snapshot.takenAt).yaml
    }
}
