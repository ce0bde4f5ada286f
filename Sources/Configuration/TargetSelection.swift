import Model

/// Names of targets, of groups and of tags that stand for targets.
package struct SelectionError: Error, CustomStringConvertible, Equatable {
    package let description: String
}

extension ProjectFile {
    /// The targets that are meant, in the file's order, each once.
    ///
    /// - Parameter words: names of targets and groups, `tag:NAME`; none: all targets.
    package func selected(_ words: [String]) throws(SelectionError) -> [Target] {
        guard !words.isEmpty else { return targets }
        var names: Set<String> = []
        for word in words { names.formUnion(try meant(by: word)) }
        return targets.filter { names.contains($0.name) }
    }

    private func meant(by word: String) throws(SelectionError) -> [String] {
        if let tag = Self.tag(word) {
            let tagged = targets.filter { $0.tags.contains(tag) }.map(\.name)
            guard !tagged.isEmpty else {
                let known = Array(Set(targets.flatMap(\.tags))).sorted()
                throw SelectionError(description: "no target has the tag \"\(tag)\"" + Self.near(tag, known))
            }
            return tagged
        }
        if target(named: word) != nil { return [word] }
        guard let group = groups.first(where: { $0.name == word }) else {
            let known = targets.map(\.name) + groups.map(\.name)
            throw SelectionError(
                description: "\(path) has no target or group \"\(word)\"" + Self.near(word, known)
                    + "; a sweep goes by names: a DSN stands in the file")
        }
        var names: [String] = []
        for member in group.members { names += try meant(by: member) }
        return names
    }

    static func tag(_ word: String) -> String? { word.hasPrefix("tag:") ? String(word.dropFirst(4)) : nil }

    private static func near(_ word: String, _ known: [String]) -> String {
        NearName.nearest(to: word, among: known).map { "; did you mean \($0)?" } ?? ""
    }
}
