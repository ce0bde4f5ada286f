import Foundation
import History
import HistorySQLite
import Model
import Testing
import Trends

/// Histories that `Scripts/record-history` recorded on real servers: what was planted is found, named, and dated.
@Suite struct RecordedHistoryTests {
    /// As the script wrote it down.
    struct Truth: Decodable {
        var cause: Attribution.Cause
        /// A part of the text of the statement that feels it.
        var statement: String
        var measure: String
        /// What must be told with it.
        var says: String
        /// It was planted after and at the latest at, seconds since 1970.
        var after: Double
        var at: Double
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Recorded")

    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()

    static func timeline(_ name: String) async throws -> Timeline {
        let copy = FileManager.default.temporaryDirectory.appending(path: "recorded-\(UUID().uuidString).db")
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy.path + end) } }
        let packed = try Data(contentsOf: folder.appending(path: name + ".db.gz"))
        try Gzip.decompress(packed, limit: 16 << 20).write(to: copy)
        let history = History(try SQLiteHistory(path: copy.path))
        let summary = try #require(try await history.summaries().first)
        let first = try #require(summary.first)
        let last = try #require(summary.last)
        // As the commands read it.
        let measures = SeriesKind.allCases.map { ($0, TrendAnalysis.measures(of: $0)) }
        let timeline = try await history.timeline(
            of: summary.stored.target,
            TimelineQuery(from: first, to: last, measures: Dictionary(uniqueKeysWithValues: measures)))
        await history.store.close()
        return timeline
    }

    @Test func theyAreThere() { #expect(Self.names.count >= 3) }

    @Test(arguments: names) func whatWasPlantedIsFoundAndNamed(_ name: String) async throws {
        let truth = try JSONDecoder().decode(
            Truth.self, from: Data(contentsOf: Self.folder.appending(path: name + ".json")))
        let timeline = try await Self.timeline(name)
        let report = TrendAnalysis(timeline).report
        let told = report.regressions.map(\.sentence)
        let found = report.regressions.first { one in
            guard case .statement(let name) = one.subject, one.measure.rawValue == truth.measure else { return false }
            return name.text?.contains(truth.statement) ?? false
        }
        let regression = try #require(found, "\(told)")
        // Between these two sweeps it was planted: two intervals before and after are near enough.
        let sweeps = timeline.moments
        let place = try #require(sweeps.lastIndex { $0 <= truth.after })
        let near = sweeps[place - 2]...sweeps[place + 3]
        #expect(near ~= regression.change.at, "\(regression.change.at - truth.at) s off: \(regression.sentence)")
        #expect(regression.isWorse && regression.attributions.first?.cause == truth.cause, "\(regression.sentence)")
        #expect(regression.sentence.contains(truth.says))
        // The load is the machine's too, which had other work at that time: `coresBusy` beside the recording.
        let early = report.regressions.filter { $0.change.at < near.lowerBound && $0.measure != .load }
        #expect(early.isEmpty, "\(early.map(\.sentence))")
    }
}
