/// What pgmedic.yaml says of many targets at once.
extension ProjectFile {
    static func tags(_ section: Section) throws(ConfigurationError) -> [String] {
        let tags = try section.texts(of: "a tag: production")
        if let bad = tags.first(where: { !Section.isName($0) }) {
            throw section.error("\"\(bad)\" cannot be a tag", "write letters, digits, and . _ - between them")
        }
        return tags
    }

    static func databases(_ section: Section) throws(ConfigurationError) -> OtherDatabases {
        if !section.isList, !section.isNull, try section.text("all, or a list of names") == "all" { return .all }
        return .named(try section.texts(of: "a database"))
    }

    static func groups(_ section: Section, _ targets: [Target]) throws(ConfigurationError) -> [Group] {
        var groups: [Group] = []
        for (name, value) in try section.entries(of: "a name for each group, with a list of targets and tags") {
            guard Section.isName(name) else {
                throw value.section.error(
                    "\"\(name)\" cannot be the name of a group", "write letters, digits, and . _ - between them")
            }
            guard !targets.contains(where: { $0.name == name }) else {
                throw value.section.error("a target has this name too", "give the group another one")
            }
            var members: [String] = []
            for member in try value.section.members(of: "a target, or tag:NAME") {
                members.append(try self.member(member, targets))
            }
            guard !members.isEmpty else {
                throw value.section.error("is empty", "write targets, or tag:NAME, after a - each")
            }
            groups.append(Group(name: name, members: members))
        }
        return groups
    }

    private static func member(_ section: Section, _ targets: [Target]) throws(ConfigurationError) -> String {
        let word = try section.text("a target, or tag:NAME")
        var file = ProjectFile(path: section.file)
        file.targets = targets
        do throws(SelectionError) {
            _ = try file.selected([word])
        } catch {
            let problem = tag(word) == nil ? "there is no target \"\(word)\"" : "no target has the tag of \"\(word)\""
            let names = targets.map(\.name).joined(separator: ", ")
            throw section.error(problem, "write one of \(names), or tag: and a tag of theirs; groups hold no groups")
        }
        return word
    }

    static func history(_ section: Section) throws(ConfigurationError) -> String {
        let place = try section.text("a whole path, or postgresql://role@host/database")
        if HistoryPlace.isServer(place) {
            return try withoutSecret(section, place)
        }
        return try section.absolutePath()
    }
}

/// Where the history is.
package enum HistoryPlace {
    /// The place that was named, or the project file's, or `$XDG_STATE_HOME/pgmedic/history.db` (`~/.local/state` where that is
    /// not set). nil: there is no home either.
    package static func path(named: String?, project: ProjectFile?, environment: [String: String]) -> String? {
        if let place = named ?? project?.history { return place }
        return folder(environment: environment).map { $0 + "/history.db" }
    }

    /// Where what outlives a run is kept; nil: there is no home.
    package static func folder(environment: [String: String]) -> String? {
        // https://specifications.freedesktop.org/basedir-spec/latest/: a relative path is to be ignored.
        let set = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return (set ?? environment["HOME"].map { $0 + "/.local/state" }).map { $0 + "/pgmedic" }
    }

    package static func isServer(_ place: String) -> Bool {
        place.hasPrefix("postgresql://") || place.hasPrefix("postgres://")
    }
}
