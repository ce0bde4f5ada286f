import Foundation
import TestKit
import Testing

/// `pgmedic sweep` as a user types it, where no server is needed.
@Suite struct SweepCommandTests {
    @Test func theExamplePassesItsOwnCheck() async throws {
        let scratch = try Scratch()
        let example = try await Program.medic("sweep", "--example-config")
        #expect(example.status == 0)
        let config = try scratch.file("pgmedic.yaml", example.out)
        let checked = try await Program.medic("sweep", "--check-config", "--config", config)
        #expect(checked.status == 0, "\(checked.error)")
        #expect(checked.out.contains("3 targets, 1 group") && checked.out.contains("no problem found"))
    }

    @Test func everyMistakeEndsWith2AndSaysWhereAndWhat() async throws {
        let scratch = try Scratch()
        for (yaml, says) in [
            (
                "targets:\n  a:\n    dsn: host=x\nsweep:\n  paralel: 4\n",
                "pgmedic.yaml:5: sweep: there is no key \"paralel\""
            ),
            ("targets:\n  a: {dsn: \"hots=x\"}", "targets.a.dsn: the DSN cannot be read"),
            ("targets: {}", "targets: there is none"),
            ("targets: {a: {dsn: x}}\nsweep: {textfile: /nonexistent/x}", "sweep.textfile: there is no folder"),
            ("targets: {a: {dsn: x}}\nsweep: {reports: {folder: /etc/passwd/x}}", "sweep.reports.folder: "),
            ("targets: {a: {dsn: x}}\nsweep: {webhook: {urlFile: /nonexistent}}", "sweep.webhook: "),
            ("targets: {a: {dsn: x}}\nhistory: /etc/passwd/x.db", "history: "),
        ] {
            let config = try scratch.file("pgmedic.yaml", yaml)
            let ended = try await Program.medic("sweep", "--check-config", "--config", config)
            #expect(ended.status == 2 && ended.out.isEmpty)
            #expect(ended.error.contains(says), "\(ended.error)")
        }
    }

    @Test(arguments: [
        (["sweep", "--check-config", "--example-config"], "--example-config"),
        (["sweep", "--mail-format", "--verbose"], "--mail-format"), (["sweep", "--parallel", "0"], "1 to 64"),
        (["sweep", "--webhook", "ftp://s3cret"], "--webhook"), (["sweep", "--config", "/nonexistent"], "/nonexistent"),
    ])
    func wrongOptionsEndWith2(arguments: [String], says: String) async throws {
        let ended = try await Program.medic(arguments)
        #expect(ended.status == 2 && ended.error.contains(says) && !ended.error.contains("s3cret"), "\(ended.error)")
    }

    @Test func aNameThatNobodyHasIsTold() async throws {
        let scratch = try Scratch()
        let config = try scratch.file("pgmedic.yaml", "targets: {shop: {dsn: x}}")
        let ended = try await Program.medic("sweep", "shp", "--config", config)
        #expect(ended.status == 2 && ended.error.contains("did you mean shop?"))
    }

    @Test func theSecondOfTwoSaysSoAndEndsWith0() async throws {
        let scratch = try Scratch()
        let config = try scratch.file("pgmedic.yaml", "targets: {shop: {dsn: x}}")
        let history = scratch.path + "/history.db"
        // Its own name for the lock, from a run that is refused for want of one that can be taken.
        let held = try await Command(
            "/bin/sh",
            [
                "-c",
                """
                "$0" sweep --config "$1" --history "$2" > /dev/null 2>&1
                lock=$(echo "$2".sweep-*.lock); [ -f "$lock" ] || exit 9
                exec flock "$lock" "$0" sweep --config "$1" --history "$2"
                """, Program.path, config, history,
            ]
        ).run()
        #expect(held.status == 0 && held.out.isEmpty, "\(held.status) \(held.error)")
        #expect(held.error.contains("another sweep of these targets is running"))
    }

    /// With the built program in place of the installed one, which is not there.
    @Test func theUnitsAreWhatSystemdTakes() async throws {
        let scratch = try Scratch()
        for name in ["pgmedic-sweep.service", "pgmedic-sweep.timer"] {
            let unit = try String(contentsOfFile: "\(Program.root)/Examples/\(name)", encoding: .utf8)
            _ = try scratch.file(name, unit.replacing("/usr/local/bin/pgmedic", with: Program.path))
        }
        let verified = try await Command(
            "/usr/bin/env",
            [
                "systemd-analyze", "verify", scratch.path + "/pgmedic-sweep.service",
                scratch.path + "/pgmedic-sweep.timer",
            ]
        ).run()
        // Not every machine has systemd.
        guard verified.status != 127 else { return }
        #expect(verified.status == 0, "\(verified.error)")
    }

    /// The commands of the crontab are parsed by pgmedic, each as cron would run it.
    @Test func theCrontabsLinesAreOptionsThatThereAre() async throws {
        let scratch = try Scratch()
        let config = try scratch.file("pgmedic.yaml", "targets: {shop: {dsn: x}}\ngroups: {nightly: [shop]}")
        let crontab = try String(contentsOfFile: "\(Program.root)/Examples/pgmedic.crontab", encoding: .utf8)
        let calls = crontab.matches(of: /pgmedic (sweep[^>;\n]*)/).map { String($0.output.1) }
        #expect(calls.count == 3)
        for call in calls {
            let words = call.replacing("/etc/pgmedic/pgmedic.yaml", with: config)
                .replacing("/var/lib/pgmedic/history.db", with: scratch.path + "/history.db")
                .split(separator: " ").map(String.init)
            let ended = try await Program.medic(words + ["--check-config"])
            #expect(ended.status == 0, "\(call): \(ended.error)")
        }
    }
}
