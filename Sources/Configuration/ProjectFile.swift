import Diagnosing
import Foundation
import Model
import Recommending

/// `pgmedic.yaml`: the servers by their names, what SQL cannot see of their machines, the thresholds that hold for them, and
/// what was accepted.
package struct ProjectFile: Sendable, Equatable {
    /// A server by its name.
    package struct Target: Sendable, Equatable {
        package var name: String
        /// What psql takes; a service stands here as `service='prod'`.
        package var dsn: String
        package var hostFacts = HostFacts()
        package var suppressions: [Suppression] = []
        package var thresholds = ThresholdAdjustments()
        package var tags: [String] = []
        /// What is looked at in depth beside the DSN's database.
        package var databases = OtherDatabases.named([])
        package var sweep = TargetSweepSettings()
    }

    /// Targets by a name of their own: names of targets, `tag:NAME`.
    package struct Group: Sendable, Equatable {
        package var name: String
        package var members: [String]
    }

    package var path: String
    /// In the file's order.
    package var targets: [Target] = []
    /// Of a machine that no target tells more of.
    package var hostFacts = HostFacts()
    /// Of every server.
    package var suppressions: [Suppression] = []
    /// Of every server.
    package var thresholds = ThresholdAdjustments()
    /// In the file's order.
    package var groups: [Group] = []
    /// A path or a URI without a password; nil: not said.
    package var history: String?
    /// The folder of the team's runbooks, a whole path; nil: not said.
    package var runbooks: String?
    package var sweep = SweepSettings()
    /// In which reports of the history tell moments and hours; nil: not said.
    package var timeZone: TimeZone?

    package init(path: String) { self.path = path }

    package func target(named name: String) -> Target? { targets.first { $0.name == name } }

    /// What holds for a server: of the target's name where it has one.
    package func suppressions(of target: String?) -> [Suppression] {
        (target.flatMap(self.target)?.suppressions ?? []) + suppressions
    }

    /// What holds for a server: its own, then the file's.
    package func thresholds(of target: String?) -> ThresholdAdjustments {
        (target.flatMap(self.target)?.thresholds ?? ThresholdAdjustments()).filled(from: thresholds)
    }

    package func hostFacts(of target: String?) -> HostFacts {
        (target.flatMap(self.target)?.hostFacts ?? HostFacts()).filled(from: hostFacts)
    }
}

extension ProjectFile {
    static let keys = [
        "targets", "groups", "history", "runbooks", "timeZone", "sweep", "hostFacts", "suppressions", "thresholds",
    ]
    static let targetKeys = [
        "dsn", "service", "tags", "databases", "sweep", "hostFacts", "suppressions", "thresholds",
    ]

    /// - Parameters:
    ///   - file: its name, for messages.
    ///   - rules: identifiers of all rules.
    package init(
        text: String, file: String, rules: [String] = allRules.map { $0.metadata.id }
    ) throws(ConfigurationError) {
        self.init(path: file)
        guard let root = try Section.root(of: text, file: file) else { return }
        let values = try root.values(known: Self.keys)
        if let section = values["targets"] { targets = try Self.targets(section, rules) }
        if let section = values["hostFacts"] { hostFacts = try Self.hostFacts(section) }
        if let section = values["suppressions"] {
            suppressions = try SuppressionReader(rules: rules, isShared: !targets.isEmpty).read(section)
        }
        if let section = values["thresholds"] { thresholds = try ThresholdReader.read(section) }
        if let section = values["groups"] { groups = try Self.groups(section, targets) }
        if let section = values["history"] { history = try Self.history(section) }
        if let section = values["runbooks"] { runbooks = try section.absolutePath() }
        if let section = values["timeZone"] { timeZone = try section.timeZone() }
        if let section = values["sweep"] { sweep = try SweepReader.settings(section) }
    }

    private static func targets(_ section: Section, _ rules: [String]) throws(ConfigurationError) -> [Target] {
        var targets: [Target] = []
        for (name, value) in try section.entries(of: "a name for each server, with dsn or service") {
            try check(name, value.section)
            let values = try value.section.values(known: targetKeys)
            var target = Target(name: name, dsn: try dsn(value.section, values))
            if let tags = values["tags"] { target.tags = try self.tags(tags) }
            if let databases = values["databases"] { target.databases = try self.databases(databases) }
            if let sweep = values["sweep"] { target.sweep = try SweepReader.target(sweep) }
            if let facts = values["hostFacts"] { target.hostFacts = try hostFacts(facts) }
            if let entries = values["suppressions"] {
                target.suppressions = try SuppressionReader(rules: rules, isShared: false).read(entries)
            }
            if let entries = values["thresholds"] { target.thresholds = try ThresholdReader.read(entries) }
            targets.append(target)
        }
        return targets
    }

    /// A name must not be taken for a DSN.
    private static func check(_ name: String, _ section: Section) throws(ConfigurationError) {
        guard Section.isName(name) else {
            throw section.error(
                "\"\(name)\" cannot be the name of a target", "write letters, digits, and . _ - between them")
        }
    }

    private static func dsn(_ target: Section, _ values: [String: Section]) throws(ConfigurationError) -> String {
        switch (values["dsn"], values["service"]) {
        case (nil, nil):
            throw target.error(
                "does not say how to reach it", "give dsn (what psql takes) or service (of pg_service.conf)")
        case (_?, _?): throw target.error("has a dsn and a service", "keep one of them")
        case (nil, let service?):
            let name = try service.text("a section of pg_service.conf: prod")
            let quoted = name.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
            return "service='\(quoted)'"
        case (let section?, nil):
            return try withoutSecret(section, try section.text("what psql takes: postgresql://monitor@db1/shop"))
        }
    }

    static func withoutSecret(_ section: Section, _ dsn: String) throws(ConfigurationError) -> String {
        if let keyword = DSNSecrets.found(in: dsn) {
            throw section.error(
                "holds a \(keyword)",
                "take it out and put it into ~/.pgpass (host:port:database:role:password, mode 0600) or the service file"
            )
        }
        return dsn
    }

    private static func hostFacts(_ section: Section) throws(ConfigurationError) -> HostFacts {
        var facts = HostFacts()
        for (name, value) in try section.values(known: HostFacts.names).sorted(by: { $0.key < $1.key }) {
            do throws(HostFactError) {
                try facts.set(name, to: try value.fact())
            } catch {
                throw value.error(error.description)
            }
        }
        return facts
    }
}

/// A file of suppressions alone: the list, or a mapping with the one key `suppressions`.
package enum SuppressionFile {
    package static func read(
        text: String, file: String, rules: [String] = allRules.map { $0.metadata.id }
    ) throws(ConfigurationError) -> [Suppression] {
        guard let root = try Section.root(of: text, file: file) else { return [] }
        let reader = SuppressionReader(rules: rules, isShared: false)
        if root.isList { return try reader.read(root) }
        guard let section = try root.values(known: ["suppressions"])["suppressions"] else { return [] }
        return try reader.read(section)
    }
}
