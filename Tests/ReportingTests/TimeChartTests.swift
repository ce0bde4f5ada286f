import Foundation
import Model
import History
import Testing

@testable import Reporting
@testable import Trends

@Suite struct TimeChartTests {
    private static let monday = 1_772_409_600.0  // 2026-03-02 00:00 UTC

    @Test(
        arguments: [
            // Seconds, and the first ticks: minutes, hours with the midnight by its date, days, Mondays, months.
            (1800.0, 6, "2 Mar|00:05|00:10"), (86_400 * 2, 6, "2 Mar|12:00|3 Mar"),
            (86_400 * 6, 7, "Mon 2|Tue 3|Wed 4"),
            (86_400 * 30, 5, "2 Mar|9 Mar|16 Mar"), (86_400 * 200, 8, "Apr|May|Jun"), (86_400 * 800, 4, "2027|2028"),
        ] as [(Double, Int, String)])
    func timeIsMarkedAtNaturalPlaces(_ seconds: Double, _ most: Int, _ names: String) {
        let ticks = TimeAxis(Self.monday..<Self.monday + seconds, most: most).ticks
        let wanted = names.split(separator: "|").map(String.init)
        #expect(ticks.prefix(wanted.count).map(\.text) == wanted)
        #expect(ticks.count <= most + 1 && ticks.count >= 2)
    }

    @Test(arguments: [1, 2, 3, 5, 12, 59, 365, 4000], [1.0, 60, 7200, 86_400, 2_592_000])
    func ticksAreFewAndWithinTheRange(_ most: Int, _ seconds: Double) {
        let range = 951_782_399.0..<951_782_399 + seconds
        let ticks = TimeAxis(range, most: most).ticks
        #expect(ticks.count <= most + 1)
        #expect(ticks.allSatisfy { $0.at >= range.lowerBound && $0.at <= range.upperBound })
    }

    @Test func leapDaysAndYearsFarAwayAreTold() {
        #expect(WallClock().day(951_782_400) == "2000-02-29")
        #expect(WallClock().day(-1) == "1969-12-31")
        #expect(WallClock().moment(Self.monday + 50_700) == "Mon 2 Mar 14:05")
        #expect(WallClock().day(.infinity) == "–")
        #expect(WallClock().span(Self.monday..<Self.monday + 3600) == "2026-03-02 00:00 – 01:00")
        #expect(WallClock().span(Self.monday..<Self.monday + 86_400) == "2026-03-02 00:00 – 2026-03-03 00:00")
        #expect(TimeAxis(-.infinity ..< .infinity, most: 5).ticks.isEmpty)
    }

    @Test(
        arguments: [
            (TrendUnit.bytes, 3.4e9, "GB", "0|1|2|3|4"), (.milliseconds, 412, "ms", "0|200|400|600"),
            (.milliseconds, 9000, "s", "0|5|10"), (.share, 1, "%", "0|50|100"),
            (.sessions, 0.3, "sessions", "0.0|0.1|0.2|0.3"),
            (.count, 2, "", "0|1|2"), (.perSecond, 45_000, "thousand a second", "0|20|40|60"),
            (.sessions, 0, "sessions", "0.0|0.5"),
        ] as [(TrendUnit, Double, String, String)])
    func valuesAreMarkedAtRoundNumbersOfTheirUnit(
        _ unit: TrendUnit, _ greatest: Double, _ name: String, _ texts: String
    ) {
        let axis = ValueAxis(unit, least: 0, greatest: greatest)
        #expect(axis.unit == name)
        #expect(axis.ticks.map(axis.text).joined(separator: "|") == texts)
    }

    @Test func aSizeThatHardlyGrowsIsShownWithoutItsBeginning() {
        let axis = ValueAxis(.bytes, least: 99 * 1_073_741_824, greatest: 101 * 1_073_741_824, fromZero: false)
        #expect(axis.low >= 98 * 1_073_741_824 && axis.high <= 102 * 1_073_741_824)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, -5, 1e308, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
    func noNumberBreaksAnAxis(_ value: Double) {
        for unit in TrendUnit.allCases {
            let axis = ValueAxis(unit, least: value, greatest: value, fromZero: false)
            #expect(axis.ticks.count <= 21 && axis.high > axis.low)
            #expect(!unit.written(value).isEmpty)
        }
    }

    @Test func namesAtTheEndsOfLinesNeverCover() {
        let places = LineLabels.spread([50, 52, 51, 180, 179], room: 20...180, gap: 14)
        let sorted = places.sorted()
        #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $1 - $0 >= 13.99 })
        #expect(sorted.allSatisfy { (20...180).contains($0) })
        #expect(places[0] < places[2] && places[2] < places[1], "in their order from above")
        // More than there is room for: squeezed, within.
        #expect(
            LineLabels.spread(Array(repeating: 5, count: 40), room: 0...100, gap: 14).allSatisfy {
                (0...100).contains($0)
            })
    }

    @Test func aPeakWithinAColumnIsKeptAndTheMeanStaysTheMean() {
        var series = TimeSeries()
        for place in 0..<1000 { series.append(from: Double(place), to: Double(place + 1), place == 500 ? 90 : 1) }
        let steps = PlotSteps(series, 0..<1000, columns: 100)
        #expect(steps.pieces.count == 100)
        #expect(steps.greatest == 90)
        let mean = steps.pieces.reduce(0) { $0 + $1.mean * ($1.end - $1.start) } / 1000
        #expect(abs(mean - 1.089) < 1e-6)
    }

    @Test func aHoleBreaksTheLineAndIsShaded() throws {
        var series = TimeSeries()
        for place in 0..<100 where !(40..<60).contains(place) {
            series.append(from: Double(place) * 60, to: Double(place + 1) * 60, 5)
        }
        let chart = TimeChart(title: "t", range: 0..<6000, unit: .sessions, lines: [.init(name: "a", series: series)])
        #expect(chart.svg.contains("class=\"hole\""))
        #expect(chart.svg.contains("no readings Thu 1 Jan 00:40 – Thu 1 Jan 01:00"))
        let path = try #require(try Regex("class=\"line s0\" d=\"([^\"]*)\"").firstMatch(in: chart.svg)?[1].substring)
        #expect(path.filter { $0 == "M" }.count == 2)
    }

    @Test func aLimitNearIsDrawnAndOneFarAwayIsWritten() {
        func svg(_ limit: Double) -> String {
            TimeChart(
                title: "t", range: 0..<100, unit: .count,
                lines: [.init(name: "a", series: TimeSeries(starts: [0], ends: [100], values: [50]))],
                limit: ("max_connections", limit)
            ).svg
        }
        #expect(svg(100).contains("class=\"limit\""))
        #expect(!svg(1000).contains("class=\"limit\"") && svg(1000).contains("↑ max_connections 1,000"))
    }

    @Test func everyPictureIsWellFormedAndFinite() throws {
        let drawings = Self.strange
        let complaints = try Self.complaints(drawings)
        #expect(complaints == "")
        for drawing in drawings {
            let shapes = drawing.replacing(try Regex("<(title|desc|text)[^>]*>[^<]*</"), with: "")
            let isBroken = shapes.contains(try Regex("=\"[^\"]*(nan|inf|[0-9]e[+-]?[0-9])[^\"]*\"").ignoresCase())
            #expect(!isBroken, "\(shapes.prefix(400))")
        }
        #expect(try Self.complaints(["<svg><g></svg>"]) != "", "the check finds what is broken")
    }

    @Test func aMonthOfFiveMinutesIsSmall() {
        var series = TimeSeries()
        for place in 0..<8640 {
            series.append(from: Double(place) * 300, to: Double(place + 1) * 300, abs(sin(Double(place))) * 9, peak: 12)
        }
        let chart = TimeChart(
            title: "t", range: 0..<8640 * 300, unit: .sessions, lines: [.init(name: "a", series: series)], size: .wide)
        #expect(chart.svg.utf8.count < 24_000, "\(chart.svg.utf8.count)")
    }

    @Test func partsThatAreTooManyBecomeOthersAndTheSumStays() throws {
        var chart = TimeChart(title: "t", range: 0..<400, unit: .sessions)
        chart.lines = (0..<9).map { .init(name: "\($0)", series: TimeSeries(starts: [0], ends: [400], values: [2])) }
        var other = chart
        chart.foldLines(into: "others")
        #expect(chart.lines.map(\.name) == ["0", "1", "2", "3", "4", "others"])
        #expect(chart.lines.reduce(0) { $0 + ($1.series.mean ?? 0) } == 18)
        other.foldLines(into: nil)
        #expect(other.lines.map(\.name) == ["0", "1", "2", "3", "4", "5"])
    }

    @Test func theNameOfAMarkNeverLiesAcrossAnother() {
        let marks = [10.0, 20, 30, 40, 90].map {
            TimeChart.Mark(at: $0, label: "setting", text: "work_mem 4MB → 64MB at \($0)")
        }
        let chart = TimeChart(
            title: "t", range: 0..<100, unit: .sessions,
            lines: [.init(name: "a", series: TimeSeries(starts: [0], ends: [100], values: [2]))], marks: marks)
        let places = chart.svg.matches(of: /<text x="([0-9.]+)" y="(26|40)">([^<]*)</).compactMap { match in
            Double(match.1).map { (row: match.2, from: $0, to: $0 + Double(match.3.count) * 6) }
        }
        #expect(places.count >= 3)
        for (left, right) in zip(places, places.dropFirst()) where left.row == right.row {
            #expect(left.to <= right.from, "\(left) \(right)")
        }
        // Without room for its name a mark is told on pointing at it.
        #expect(chart.svg.components(separatedBy: "<g class=\"mark\">").count == 6)
    }

    @Test func aForecastOpensFromWhatWasMeasuredToTheLimit() throws {
        var chart = TimeChart(
            title: "t", range: 0..<200, unit: .count,
            lines: [.init(name: "a", series: TimeSeries(starts: [0], ends: [100], values: [50]))])
        chart.fan = .init(from: 100, value: 50, limit: 100, reached: 150, earliest: 125, latest: .infinity)
        let plot = TimePlot(chart)
        let band = try #require(try Regex("class=\"fan\" d=\"M([0-9.]+) ([0-9.]+)l").firstMatch(in: chart.svg))
        #expect(Double(band[1].substring ?? "") == (plot.frame.x(100) * 10).rounded() / 10)
        #expect(Double(band[2].substring ?? "") == (plot.frame.y(50) * 10).rounded() / 10)
        // What is to come is not missing.
        #expect(!chart.svg.contains("class=\"hole\""))
    }

    @Test func differencesStandOnEitherSideAndKeepTheirProportion() throws {
        let bars = DifferenceBars(
            title: "t",
            bars: [
                .init(label: "a", value: 3, text: "+3"), .init(label: "b", value: -1, text: "−1"),
                .init(label: "c", value: .nan, text: "?"),
            ])
        let widths = bars.svg.matches(of: /class="(more|less)" x="[0-9.]+" y="[0-9.]+" width="([0-9.]+)"/).map {
            (side: $0.1, width: Double($0.2) ?? 0)
        }
        #expect(widths.map(\.side) == ["more", "less"])
        let (more, less) = try (#require(widths.first?.width), #require(widths.last?.width))
        #expect(abs(more / less - 3) < 0.01)
    }

    @Test func theWeekHasACellForEachHourThatWasSeen() {
        var profile = (0..<168).map { Double($0 % 24) }
        profile[3] = .nan
        let map = WeekHeatMap(profile: profile, title: "load") { "\(Int($0))" }.svg
        let cells = map.components(separatedBy: "class=\"heat h").dropFirst().reduce(0) { sum, part in
            sum + part.prefix { $0 != ">" }.count { $0 == "M" }
        }
        // Of all cells, five show the key.
        #expect(cells == 167 + 5)
    }

    @Test func aSparklineOfCharactersHasItsWidthAndItsHoles() {
        let series = TimeSeries(starts: [0, 50, 75], ends: [25, 75, 100], values: [1, 4, 2])
        #expect(TextChart.spark(series, 0..<100, width: 8) == "▃▃  ██▅▅")
        #expect(TextChart.spark(series, 0..<100, width: 8, isPlain: true).allSatisfy { $0.isASCII })
        #expect(TextChart.spark(TimeSeries(), 0..<100, width: 5) == "     ")
        let area = TextChart.area(series, 0..<100, width: 8, height: 2, top: 4)
        #expect(area == ["    ██▁▁".replacing("▁", with: " "), "▅▅··████"])
    }

    // MARK: Samples

    static let hostile = "</title><script>alert(1)</script>\"'\u{301}\u{202E}\n&amp; ]]> \u{1B}[31m\u{0}"

    static var strange: [String] {
        let none = TimeSeries()
        let one = TimeSeries(starts: [10], ends: [20], values: [3])
        let unknown = TimeSeries(starts: [0, 10], ends: [10, 20], values: [.nan, .nan])
        let wild = TimeSeries(
            starts: [0, 10, -1e300, .nan, 30], ends: [10, 20, 1e300, 5, .infinity],
            values: [.infinity, -5, 1e308, 1, -.infinity], peaks: [.nan, .infinity, 1, 1])
        var drawings: [String] = []
        for series in [none, one, unknown, wild] {
            for range in [0.0..<100, 0..<0, -1e300..<1e300] {
                for isStacked in [false, true] {
                    let lines = (0..<9).map { TimeChart.Line(name: "\(hostile) \($0)", series: series) }
                    var chart = TimeChart(
                        title: hostile, description: hostile, range: range, unit: .bytes, lines: lines)
                    chart.isStacked = isStacked
                    chart.limit = (hostile, .greatestFiniteMagnitude)
                    chart.marks = (0..<60).map { .init(at: Double($0 % 7) * 20, label: hostile, text: hostile) }
                    chart.change = .init(after: .nan, at: .infinity, before: .nan, now: 1e308)
                    chart.fan = .init(from: 20, value: .nan, limit: 5, reached: .infinity, earliest: 0, latest: .nan)
                    drawings.append(chart.svg)
                }
                drawings.append(Sparkline(series: series, range: range, unit: .milliseconds, mark: 5).svg)
            }
        }
        let values = [Double.nan, .infinity, -1e308, 1e308, 0]
        drawings.append(
            DifferenceBars(title: hostile, bars: values.map { .init(label: hostile, value: $0, text: hostile) }).svg)
        drawings.append(DifferenceBars(title: "", bars: []).svg)
        for profile in [[], [Double](repeating: .nan, count: 168), [.infinity, -1e308, 1e308], [1, 2, 3]] {
            drawings.append(WeekHeatMap(profile: profile, title: hostile) { "\(hostile) \($0)" }.svg)
        }
        return drawings
    }

    /// What Python's parser says of them; empty when all are XML.
    static func complaints(_ drawings: [String]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pgmedic-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "all.xml")
        try Data("<all>\(drawings.joined(separator: "\n"))</all>".utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c", "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])", file.path,
        ]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let output = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? output : "failed: " + output
    }
}
