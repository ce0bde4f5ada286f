import Diagnosing
import Foundation
import Model
import Recommending
import Testing

@testable import Configuration

@Suite("pgmedic.yaml") struct ProjectFileTests {
    static let rules = ["index.unused", "locks.blocking-session", "vacuum.dead-rows-pile-up"]

    static let whole = """
        targets:
          shop:
            dsn: postgresql://monitor@db1:5432/shop
            hostFacts: { cores: 8, ram: 32GB, disk: ssd }
            suppressions:
              - fingerprint: "4f2a91c0"
                rule: index.unused
                severity: notice
                reason: kept for the yearly audit
                owner: dba@example.org
                until: 2027-01-31
          billing:
            service: it's prod
            hostFacts:
              cores: unknown
        hostFacts:
          cores: 4
        suppressions:
          - rule: vacuum.dead-rows-pile-up
            object: public.queue
            database: shop
            severity: warning
            reason: emptied each night
            owner: ann
        """

    private func read(_ text: String) throws(ConfigurationError) -> ProjectFile {
        try ProjectFile(text: text, file: "pgmedic.yaml", rules: Self.rules)
    }

    @Test func everySectionIsRead() throws {
        let file = try read(Self.whole)
        #expect(file.targets.map(\.name) == ["shop", "billing"])
        #expect(file.target(named: "shop")?.dsn == "postgresql://monitor@db1:5432/shop")
        #expect(file.target(named: "billing")?.dsn == #"service='it\'s prod'"#)
        #expect(file.hostFacts(of: "shop") == HostFacts(cores: 8, memory: 34_359_738_368, disk: .ssd))
        #expect(file.hostFacts(of: nil) == HostFacts(cores: 4))
        let entries = file.suppressions(of: "shop")
        #expect(entries.map(\.place) == ["pgmedic.yaml:6", "pgmedic.yaml:19"])
        #expect(entries[0].subject == .fingerprint("4f2a91c0", rule: "index.unused"))
        #expect(entries[0].until == "2027-01-31" && !entries[0].isShared && entries[1].isShared)
        #expect(
            entries[1].subject == .object("public.queue", rule: "vacuum.dead-rows-pile-up", database: "shop"))
        #expect(file.suppressions(of: nil).count == 1, "what was accepted of shop is not accepted elsewhere")
    }

    @Test func nothingIsNoError() throws {
        for text in ["", "# nothing yet\n", "targets:\nsuppressions:\n", "{}"] {
            #expect(try read(text) == ProjectFile(path: "pgmedic.yaml"), "\(text)")
        }
    }

    /// What is wrong, and what the message must hold of it.
    static let mistakes: [(text: String, says: [String])] = [
        ("tagets:\n  a: {dsn: x}", ["pgmedic.yaml:1:", "\"tagets\"", "did you mean targets?"]),
        ("- a", ["is no mapping"]),
        ("targets:\n  shop:\n    dns: x", ["pgmedic.yaml:3: targets.shop:", "did you mean dsn?"]),
        ("targets:\n  shop: {}", ["targets.shop:", "how to reach it"]),
        ("targets:\n  shop: {dsn: a, service: b}", ["keep one"]),
        ("targets:\n  'a b': {dsn: a}", ["cannot be the name"]),
        ("targets:\n  a: {dsn: }", ["targets.a.dsn: is empty"]),
        ("targets:\n  a:\n    dsn: x\n    dsn: y", ["stands twice: dsn"]),
        ("hostFacts: {cores: -2}", ["hostFacts.cores:", "1 to 4096"]),
        ("hostFacts: {ram: 32}", ["its unit"]),
        ("hostFacts: {ram: 1kB}", ["no machine"]),
        ("hostFacts: {disk: floppy}", ["one of ssd, hdd, network"]),
        ("hostFacts: {core: 8}", ["did you mean cores?"]),
        ("hostFacts: {cores: }", ["hostFacts.cores: is empty"]),
        ("a: [", ["no YAML"]),
        ("targets:\n\t- a", ["pgmedic.yaml:2", "no YAML"]),
        ("suppressions: {}", ["is no list"]),
        ("suppressions:\n  - reason: x", ["suppressions[1]:", "does not say which finding"]),
        (entry("fingerprint: 4F2A91C0"), ["is no fingerprint"]),
        (entry("fingerprint: 4f2a91c0\n    object: x\n    rule: index.unused"), ["a fingerprint and an object"]),
        (entry("rule: index.unused"), ["does not say which finding"]),
        (entry("rule: unused\n    object: public.x"), ["did you mean index.unused?"]),
        (entry("rule: index.unusd\n    object: public.x"), ["did you mean index.unused?"]),
        (entry("fingerprint: '4f2a91c0'\n    until: soon"), [".until:", "is no day"]),
        (entry("fingerprint: '4f2a91c0'\n    until: 2026-02-30"), ["is no day"]),
        (entry("fingerprint: '4f2a91c0'").replacing("owner: ann", with: "owner:"), ["owner: is empty"]),
        (entry("fingerprint: '4f2a91c0'").replacing("\n    owner: ann", with: ""), ["has no owner"]),
        (entry("fingerprint: '4f2a91c0'").replacing("reason: known", with: "reason: ''"), ["reason: is empty"]),
        (entry("fingerprint: '4f2a91c0'").replacing("\n    severity: notice", with: ""), ["has no severity"]),
        (entry("fingerprint: '4f2a91c0'").replacing("notice", with: "info"), ["\"info\" is no severity"]),
        (
            entry("fingerprint: '4f2a91c0'") + entry("fingerprint: '4f2a91c0'").dropFirst("suppressions:\n".count),
            ["the same finding as pgmedic.yaml:2"]
        ),
    ]

    private static func entry(_ subject: String) -> String {
        "suppressions:\n  - \(subject)\n    severity: notice\n    reason: known\n    owner: ann\n"
    }

    @Test(arguments: mistakes)
    func everyMistakeIsToldWithItsPlace(_ mistake: (text: String, says: [String])) {
        do throws(ConfigurationError) {
            _ = try read(mistake.text)
            Issue.record("read: \(mistake.text)")
        } catch {
            for part in mistake.says { #expect(error.description.contains(part), "\(error)") }
        }
    }

    /// Passwords, in every way that libpq takes them.
    static let secrets = [
        "postgresql://monitor:hunter2@db1/shop", "postgres://m:hunt/er2@db1/shop", "postgresql://m:hun?er2@db1/shop",
        "postgresql://db1/shop?user=m&password=hunter2", "host=db1 password=hunter2", "password = 'hunter2' host=db1",
        "host=db1 sslpassword=hunter2", "postgresql://db1/shop?pass%77ord=hunter2",
    ]

    @Test(arguments: secrets)
    func passwordsAreRefusedAndNotRepeated(dsn: String) {
        do throws(ConfigurationError) {
            _ = try read("targets:\n  shop:\n    dsn: \"\(dsn)\"")
            Issue.record("read: \(dsn)")
        } catch {
            #expect(error.description.hasPrefix("pgmedic.yaml:3: targets.shop.dsn: holds a "))
            #expect(error.description.contains("~/.pgpass") && !error.description.contains("hun"))
        }
    }

    @Test(arguments: [
        "postgresql://monitor@db1:5432/shop", "postgresql://db1:5432/shop?user=a@b", "host=db1 passfile=/x/y", "shop",
        "postgresql://[::1]:5432/shop", "host=db1 dbname=password_store",
    ])
    func othersAreNotTakenForSecrets(dsn: String) throws {
        #expect(try read("targets:\n  shop:\n    dsn: \"\(dsn)\"").targets.count == 1)
    }

    @Test func brokenYAMLDoesNotRepeatItsLines() {
        do throws(ConfigurationError) {
            _ = try read("targets:\n  a:\n    dsn: \"postgresql://m:hunter2@db1\n")
            Issue.record("read")
        } catch {
            #expect(!error.description.contains("hunter2"))
        }
    }

    @Test func aFileOfSuppressionsIsAListOrHasTheOneKey() throws {
        let list = "- fingerprint: '4f2a91c0'\n  severity: notice\n  reason: r\n  owner: o\n"
        let read = { (text: String) in try SuppressionFile.read(text: text, file: "s.yaml", rules: Self.rules) }
        #expect(try read(list).count == 1)
        #expect(try read("suppressions:\n" + list).count == 1)
        #expect(try read("").isEmpty)
        #expect(throws: ConfigurationError.self) { try read("targets: {}") }
    }

    @Test func aPrintedEntryWantsReasonAndOwnerAndIsThenRead() throws {
        let metadata = RuleMetadata(
            id: "index.unused", title: "", area: .index, needs: [], looksAt: "", why: "", limits: "", references: [])
        let finding = Finding(
            metadata, severity: .warning, tier: .fix, title: "public.\"x\ny\" is # never read",
            objects: [.relation(QualifiedName("public", "x"), in: "shop")], impact: .none, confidence: .high,
            summary: "", evidence: [], actions: [])
        let moment = try #require(CalendarDay.end(of: "2026-10-02"))
        let printed = SuppressionEntry(finding, at: moment).yaml
        let read = { (text: String) in try SuppressionFile.read(text: text, file: "s.yaml", rules: Self.rules) }
        #expect(throws: ConfigurationError.self) { try read(printed) }
        let complete = printed.replacing("reason: ", with: "reason: known").replacing("owner: ", with: "owner: ann")
        let entry = try #require(try read(complete).first)
        #expect(entry.subject == .fingerprint(finding.fingerprint, rule: "index.unused"))
        #expect(entry.severity == .warning && entry.until == "2027-01-01" && entry.reason == "known")
    }

    @Test func theFileIsLookedForWhereItIsSaid() throws {
        let folder = "/tmp/pgmedic-config-\(UUID().uuidString)"
        let home = folder + "/home", here = folder + "/here"
        for path in [home + "/.config/pgmedic", here] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func path(_ environment: [String: String], named: String? = nil) -> String? {
            ProjectFile.path(named: named, environment: environment, directory: here)
        }
        #expect(path(["HOME": home]) == nil)
        try Data().write(to: URL(fileURLWithPath: home + "/.config/pgmedic/pgmedic.yaml"))
        #expect(path(["HOME": home]) == home + "/.config/pgmedic/pgmedic.yaml")
        #expect(path(["HOME": home, "XDG_CONFIG_HOME": folder + "/none"]) == nil)
        try Data().write(to: URL(fileURLWithPath: here + "/pgmedic.yaml"))
        #expect(path(["HOME": home]) == here + "/pgmedic.yaml")
        #expect(path(["HOME": home], named: "/not/there") == "/not/there", "what was named is not looked for elsewhere")
    }
}
