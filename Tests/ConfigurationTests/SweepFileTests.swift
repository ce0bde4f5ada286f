import Diagnosing
import Foundation
import Testing

@testable import Configuration

@Suite("What pgmedic.yaml says of sweeps") struct SweepFileTests {
    static let whole = """
        targets:
          shop:
            dsn: host=db1
            tags: [production, eu]
            databases: [billing, audit]
            sweep: { deadline: 90s, queryTimeout: 500ms, failOn: warning, tell: notice, reportRoles: [bi], viewsOnly: true }
          stage:
            service: stage
            tags: [test]
            databases: all
        groups:
          nightly: [shop, "tag:test"]
          one: [stage]
        history: /var/lib/pgmedic/history.db
        timeZone: Europe/Amsterdam
        sweep:
          parallel: 8
          deadline: 30s
          jitter: 10s
          every: 5min
          retries: 0
          backoff: { first: 30s, most: 2h }
          failOn: critical
          tell: warning
          reportRoles: [reporting]
          reports: { folder: /var/lib/pgmedic/reports, keep: 90, formats: [html, markdown] }
          webhook: { url: https://example.org/hook, timeout: 5s, retries: 1 }
          textfile: /var/lib/node
          mail: { from: pgmedic@example.org, to: [dba@example.org, root], subjectPrefix: "[db]" }
        """

    private func read(_ text: String) throws(ConfigurationError) -> ProjectFile {
        try ProjectFile(text: text, file: "pgmedic.yaml", rules: ProjectFileTests.rules)
    }

    @Test func everythingIsRead() throws {
        let file = try read(Self.whole)
        let shop = try #require(file.target(named: "shop"))
        #expect(shop.tags == ["production", "eu"] && shop.databases == .named(["billing", "audit"]))
        #expect(shop.sweep.deadline == 90 && shop.sweep.queryTimeout == 0.5 && shop.sweep.failOn == .warning)
        #expect(shop.sweep.tell == .notice && shop.sweep.reportRoles == ["bi"] && shop.sweep.viewsOnly == true)
        #expect(file.target(named: "stage")?.databases == .all)
        #expect(file.history == "/var/lib/pgmedic/history.db")
        #expect(file.timeZone?.identifier == "Europe/Amsterdam")
        let sweep = file.sweep
        #expect(sweep.parallel == 8 && sweep.deadline == 30 && sweep.jitter == 10 && sweep.every == 300)
        #expect(sweep.retries == 0 && sweep.backoff == .init(first: 30, most: 7200) && sweep.failOn == .critical)
        #expect(sweep.reports?.keep == .count(90) && sweep.reports?.formats == [.html, .markdown])
        #expect(sweep.webhook?.address == .url("https://example.org/hook") && sweep.webhook?.retries == 1)
        #expect(sweep.mail?.to == ["dba@example.org", "root"] && sweep.textfile == "/var/lib/node")
    }

    @Test func targetsAreFoundByNameGroupAndTag() throws {
        let file = try read(Self.whole)
        func names(_ words: String...) throws -> [String] { try file.selected(words).map(\.name) }
        #expect(try names() == ["shop", "stage"])
        #expect(try names("stage", "shop", "stage") == ["shop", "stage"])
        #expect(try names("nightly") == ["shop", "stage"] && names("one") == ["stage"])
        #expect(try names("tag:eu") == ["shop"])
        for (word, says) in [
            ("shp", "did you mean shop?"), ("tag:tes", "did you mean test?"), ("host=db1", "stands in the file"),
        ] {
            do {
                _ = try names(word)
                Issue.record("found \(word)")
            } catch {
                #expect("\(error)".contains(says), "\(error)")
            }
        }
    }

    static let mistakes: [(text: String, says: [String])] = [
        ("sweep: {paralel: 4}", ["sweep:", "did you mean parallel?"]),
        ("sweep: {parallel: 0}", ["sweep.parallel:", "1 to 64"]),
        ("sweep: {deadline: 30}", ["is no span of time", "with its unit"]),
        ("sweep: {deadline: 2h}", ["1s to 1h"]),
        ("sweep: {every: 1min, jitter: 40s}", ["sweep.jitter:", "more than half of every"]),
        ("sweep: {backoff: {first: 2h, most: 1h}}", ["its first is more than its most"]),
        ("sweep: {failOn: fatal}", ["sweep.failOn:", "critical, warning, never"]),
        ("sweep: {viewsOnly: yes}", ["neither true nor false"]),
        ("sweep: {reports: {keep: 3d}}", ["has no folder"]),
        ("sweep: {reports: {folder: reports}}", ["sweep.reports.folder:", "no whole path"]),
        ("sweep: {reports: {folder: /r, keep: 1min}}", ["sweep.reports.keep:", "1h at least"]),
        ("sweep: {reports: {folder: /r, formats: [pdf]}}", ["formats[1]:", "html, json, markdown"]),
        ("sweep: {webhook: {timeout: 1s}}", ["needs a url or a urlFile"]),
        ("sweep: {webhook: {url: ftp://x}}", ["sweep.webhook.url: is no http"]),
        ("sweep: {mail: {to: ['a@b, c@d']}}", ["is no plain address"]),
        ("sweep: {mail: {from: \"a@b\\r\\nBcc: c\"}}", ["is no plain address"]),
        ("targets:\n  a: {dsn: x, tags: ['a b']}", ["targets.a.tags:", "cannot be a tag"]),
        ("targets:\n  a: {dsn: x, tags: [t, t]}", ["stands twice"]),
        ("targets:\n  a: {dsn: x, sweep: {parallel: 2}}", ["targets.a.sweep:", "no key \"parallel\""]),
        ("targets:\n  a: {dsn: x}\ngroups:\n  g: [b]", ["pgmedic.yaml:4: groups.g[1]:", "no target \"b\""]),
        ("targets:\n  a: {dsn: x}\ngroups:\n  a: [a]", ["a target has this name too"]),
        ("targets:\n  a: {dsn: x}\ngroups:\n  g: []", ["is empty"]),
        ("history: history.db", ["history:", "no whole path"]),
        ("timeZone: Amsterdam", ["timeZone:", "no time zone", "Europe/Amsterdam"]),
        ("timeZone: CST", ["timeZone:", "no time zone"]),
        ("timeZone: [Europe/Amsterdam]", ["timeZone:"]),
    ]

    @Test(arguments: mistakes)
    func everyMistakeIsToldWithItsPlace(_ mistake: (text: String, says: [String])) {
        do throws(ConfigurationError) {
            _ = try read(mistake.text)
            Issue.record("read: \(mistake.text)")
        } catch {
            for part in mistake.says { #expect(error.description.contains(part), "\(error)") }
            #expect(error.line != nil)
        }
    }

    @Test(arguments: ["postgresql://m:hunter2@h/x", "postgresql://h/x?password=hunter2"])
    func passwordsAreRefusedAndNotRepeated(place: String) {
        do throws(ConfigurationError) {
            _ = try read("history: \(place)")
            Issue.record("read")
        } catch {
            #expect(error.description.contains("~/.pgpass") && !error.description.contains("hunter2"))
        }
        let url = "https://u:hunter2@h/x"
        do throws(ConfigurationError) {
            _ = try read("sweep: {webhook: {url: '\(url)'}}")
            Issue.record("read")
        } catch {
            #expect(error.description.contains("holds a password") && !error.description.contains("hunter2"))
        }
    }

    @Test func theExampleIsReadAsItIsAndWithItsCommentsTakenOut() throws {
        let example = try read(ProjectFile.example)
        #expect(example.targets.count == 3 && example.sweep == SweepFileTests.defaults(of: example))
        #expect(try example.selected(["nightly"]).map(\.name) == ["warehouse", "staging"])
        let all = try read(Self.opened)
        #expect(all.sweep.reports?.formats.count == 3 && all.sweep.textfile != nil && all.history != nil)
        #expect(all.sweep.webhook?.address == .file("/etc/pgmedic/webhook.url"))
    }

    /// What the example writes out is what holds when nothing is said, but for when and whom.
    private static func defaults(of example: ProjectFile) -> SweepSettings {
        var settings = SweepSettings()
        (settings.every, settings.jitter, settings.mail) = (300, 20, example.sweep.mail)
        return settings
    }

    /// The example with the settings that it has as comments.
    static let opened = ProjectFile.example.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        let isSetting =
            line.contains(#/^ *# +(reports|folder|keep|formats|textfile|webhook|urlFile|timeout|retries):/#)
            || line.hasPrefix("# history:") || line.hasPrefix("# timeZone:")
        return isSetting ? String(line.replacing("# ", with: "", maxReplacements: 1)) : String(line)
    }.joined(separator: "\n")

    @Test func theHistoryIsLookedForWhereItIsSaid() throws {
        let project = try read("history: /a/b.db")
        func path(_ named: String?, _ project: ProjectFile?, _ environment: [String: String]) -> String? {
            HistoryPlace.path(named: named, project: project, environment: environment)
        }
        #expect(path("x", project, [:]) == "x" && path(nil, project, [:]) == "/a/b.db")
        #expect(path(nil, nil, ["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/pgmedic/history.db")
        for environment in [
            ["HOME": "/h"], ["XDG_STATE_HOME": "", "HOME": "/h"], ["XDG_STATE_HOME": "s", "HOME": "/h"],
        ] {
            #expect(path(nil, nil, environment) == "/h/.local/state/pgmedic/history.db")
        }
        #expect(path(nil, nil, [:]) == nil)
    }
}
