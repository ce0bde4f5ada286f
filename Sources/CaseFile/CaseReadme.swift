import Foundation
import Model

/// The text that a person without pgmedic opens first.
enum CaseReadme {
    static func text(_ manifest: CaseManifest) -> String {
        var lines = [
            "Case of \(manifest.target), \(manifest.madeAt.formatted(.iso8601))",
            "",
            "This is what pgmedic \(manifest.version) found out about a PostgreSQL server in trouble, and the evidence.",
            "Begin with summary.html, or summary.md.",
            "",
            "With pgmedic:",
            "    pgmedic open FILE              verifies it and lists what it holds",
            "    pgmedic diagnose --from FILE   the same diagnosis, without the server",
            "    pgmedic lab FILE               a local PostgreSQL with the same plans and no data",
            "",
            "With ordinary tools: it is a ZIP file, whatever its name ends in.",
            "    unzip FILE -d case && cd case && sha256sum -c \(CaseManifest.Name.sums)",
            "Names that end in .gz are gzip: `gzip -dc snapshot.json.gz | less`.",
            "Who sent you the file can tell you the checksum of \(CaseManifest.Name.manifest), which holds those of all the rest:",
            "    sha256sum \(CaseManifest.Name.manifest)",
            "",
            "Redaction: \(manifest.redaction)",
        ]
        if let ticket = manifest.ticket { lines.append("Ticket: \(ticket)") }
        lines += ["", "What it holds", ""]
        lines += manifest.entries.map { "    \($0.name): \($0.about)" }
        if !manifest.leftOut.isEmpty {
            lines += ["", "What was left out", ""]
            lines += manifest.leftOut.map {
                "    \($0.name) (\(Quantity.bytes(Int64($0.size)))): \($0.about); \($0.why)"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
