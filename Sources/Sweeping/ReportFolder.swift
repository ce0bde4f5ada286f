import Configuration
import Diagnosing
import Foundation
import Model
import Recommending
import Reporting

/// Reports on disk: one for the fleet (`index.html`, `fleet.json`), and in `targets/NAME/` one for each target, `latest.html`,
/// and a dated one each time that there was something new to say. Each file is whole or not there.
package struct ReportFolder: Sendable {
    package let settings: SweepSettings.Reports
    package var options: ReportOptions

    package init(_ settings: SweepSettings.Reports, options: ReportOptions) {
        self.settings = settings
        self.options = options
    }

    /// Files of a format: their extension.
    private static func ending(_ format: SweepSettings.Reports.Format) -> String {
        switch format {
        case .html: "html"
        case .json: "json"
        case .markdown: "md"
        }
    }

    private static func text(_ report: some WrittenReport, _ format: SweepSettings.Reports.Format) -> String {
        switch format {
        case .html: report.html()
        case .json: report.json()
        case .markdown: report.markdown()
        }
    }

    /// Makes the folders, for their owner alone.
    package func prepare() throws {
        try AtomicFile.makeFolder("\(settings.folder)/targets")
    }

    /// Another report of a target, the newest only: `slow.html`.
    package func write(_ report: some WrittenReport, of target: String, as name: String) throws {
        let folder = "\(settings.folder)/targets/\(target)"
        try AtomicFile.makeFolder(folder)
        for format in settings.formats {
            try AtomicFile.write(
                Data(Self.text(report, format).utf8), to: "\(folder)/\(name).\(Self.ending(format))")
        }
    }

    /// - Returns: where the newest report is, from the index.
    package func write(_ report: some WrittenReport, of target: String, at moment: Date, isNews: Bool) throws -> String?
    {
        let folder = "\(settings.folder)/targets/\(target)"
        try AtomicFile.makeFolder(folder)
        for format in settings.formats {
            let data = Data(Self.text(report, format).utf8)
            let latest = "\(folder)/latest.\(Self.ending(format))"
            try AtomicFile.write(data, to: latest)
            guard isNews else { continue }
            // The same file under a second name: it takes no room, and the next `latest` is another file.
            let dated = "\(folder)/\(Self.name(moment)).\(Self.ending(format))"
            unlink(dated)
            if link(latest, dated) != 0 { try AtomicFile.write(data, to: dated) }
        }
        prune(folder, now: moment)
        let shown = settings.formats.contains(.html) ? .html : settings.formats[0]
        return "targets/\(target)/latest.\(Self.ending(shown))"
    }

    /// The fleet's report, with what earlier sweeps said of targets that this one did not visit.
    package func writeIndex(_ report: FleetReport) throws {
        for format in settings.formats {
            let name = format == .html ? "index.html" : "fleet.\(Self.ending(format))"
            try AtomicFile.write(Data(Self.text(report, format).utf8), to: "\(settings.folder)/\(name)")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: settings.folder)
        prunePartial(settings.folder, names, report.sweptAt)
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        try AtomicFile.write(try encoder.encode(report.entries), to: "\(settings.folder)/.entries.json")
    }

    /// What the last sweep knew; nothing when there is none, or when it cannot be read.
    package func earlierEntries() -> [FleetEntry] {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        guard let data = FileManager.default.contents(atPath: "\(settings.folder)/.entries.json") else { return [] }
        return (try? decoder.decode([FleetEntry].self, from: data)) ?? []
    }

    /// `2026-11-26T131400Z`: in the order of time, and a name on every file system.
    private static func name(_ moment: Date) -> String {
        moment.formatted(.iso8601).replacing(":", with: "")
    }

    /// Takes out dated reports that are too old or too many, and what a killed sweep left half-written.
    private func prune(_ folder: String, now: Date) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        prunePartial(folder, names, now)
        let reports = names.filter { name in Self.isDated(name) }.sorted(by: >)
        let moments = reports.map { String($0.prefix { $0 != "." }) }
        let kept: Set<String>
        switch settings.keep {
        case .count(let count):
            var distinct: [String] = []
            for moment in moments where distinct.last != moment { distinct.append(moment) }
            kept = Set(distinct.prefix(count))
        case .age(let seconds):
            let oldest = Self.name(now.addingTimeInterval(-seconds))
            kept = Set(moments.filter { $0 >= oldest })
        }
        for (report, moment) in zip(reports, moments) where !kept.contains(moment) { unlink("\(folder)/\(report)") }
    }

    private func prunePartial(_ folder: String, _ names: [String], _ now: Date) {
        for name in names where name.hasSuffix(".partial") && Self.age("\(folder)/\(name)", now) > 3600 {
            unlink("\(folder)/\(name)")
        }
    }

    /// Only what we wrote is ever deleted.
    private static func isDated(_ name: String) -> Bool {
        name.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z\.(html|json|md)/) != nil
    }

    private static func age(_ path: String, _ now: Date) -> Double {
        let changed = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        return changed.map { now.timeIntervalSince($0) } ?? 0
    }
}
