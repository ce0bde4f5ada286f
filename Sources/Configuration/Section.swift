import Foundation
import Model
import Yams

/// A place in a YAML file, read strictly: a key that nobody knows is an error with the line that it stands in.
struct Section {
    let file: String
    /// `targets.shop`; empty for the whole file.
    let path: String
    let node: Node

    /// A megabyte is some ten thousand entries; what is larger is not such a file.
    static let sizeLimit = 1 << 20

    init(file: String, path: String, node: Node) {
        self.file = file
        self.path = path
        self.node = node
    }

    /// The one document of a file.
    static func root(of text: String, file: String) throws(ConfigurationError) -> Section? {
        guard text.utf8.count <= sizeLimit else {
            throw ConfigurationError(file: file, line: nil, key: "", problem: "larger than 1 MB", remedy: nil)
        }
        do {
            return try Yams.compose(yaml: text).map { Section(file: file, path: "", node: $0) }
        } catch {
            throw unreadable(error, file)
        }
    }

    /// Yams quotes the line in its description: a password may stand in it.
    private static func unreadable(_ error: any Error, _ file: String) -> ConfigurationError {
        func told(_ line: Int?, _ problem: String, _ remedy: String? = nil) -> ConfigurationError {
            ConfigurationError(file: file, line: line, key: "", problem: problem, remedy: remedy)
        }
        let remedy = "see that it is indented by blanks, and that texts with : or # in them stand in quotes"
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return told(mark.line, "no YAML: \(problem)", remedy)
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.sorted().joined(separator: ", ")
            return told(context.mark.line, "a key stands twice: \(names)", "keep one of them")
        case .reader(let problem, _, _, _): return told(nil, "no YAML: \(problem)", "write it in UTF-8")
        default: return told(nil, "no YAML", remedy)
        }
    }

    var line: Int? { node.mark?.line }

    func error(_ problem: String, _ remedy: String? = nil) -> ConfigurationError {
        ConfigurationError(file: file, line: line, key: path, problem: problem, remedy: remedy)
    }

    /// Where it is written: `pgmedic.yaml:12`.
    var place: String { file + (line.map { ":\($0)" } ?? "") }

    var isNull: Bool { node.scalar.map { $0.style == .plain && ["", "~", "null"].contains($0.string) } ?? false }

    var isList: Bool { node.sequence != nil }

    /// The value as it is written for a fact of a host.
    func fact() throws(HostFactError) -> String {
        guard let text = node.scalar?.string, !isNull else {
            throw HostFactError("is empty: write cores: 8, ram: 32GB, disk: ssd, or unknown")
        }
        return text
    }

    /// The values by their keys, all of which are known. Nothing is as good as an empty mapping.
    func values(known: [String]) throws(ConfigurationError) -> [String: Section] {
        var values: [String: Section] = [:]
        for (name, value) in try entries(of: known.joined(separator: ", ")) {
            guard known.contains(name) else {
                let near = NearName.nearest(to: name, among: known).map { "did you mean \($0)?" }
                throw ConfigurationError(
                    file: file, line: value.keyLine, key: path, problem: "there is no key \"\(name)\" here",
                    remedy: near ?? "known are \(known.joined(separator: ", "))")
            }
            values[name] = value.section
        }
        return values
    }

    /// The values in the order in which they stand, under names that the user chose.
    func entries(
        of what: String
    ) throws(ConfigurationError) -> [(name: String, value: (section: Section, keyLine: Int?))] {
        if isNull { return [] }
        guard let mapping = node.mapping else {
            throw error("is no mapping", "write keys with their values: \(what)")
        }
        var found: [(name: String, value: (section: Section, keyLine: Int?))] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else { throw error("has a key that is no text") }
            let inner = Section(file: file, path: path.isEmpty ? name : "\(path).\(name)", node: value)
            found.append((name, (inner, key.mark?.line)))
        }
        return found
    }

    /// The members of a list; nothing is as good as an empty one.
    func members(of what: String) throws(ConfigurationError) -> [Section] {
        if isNull { return [] }
        guard let sequence = node.sequence else { throw error("is no list", "write \(what) after a - each") }
        return sequence.enumerated().map { Section(file: file, path: "\(path)[\($0 + 1)]", node: $1) }
    }

    /// A text that is not empty.
    func text(_ example: String) throws(ConfigurationError) -> String {
        guard let scalar = node.scalar else { throw error("is no text", "write \(example)") }
        let text = scalar.string.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !isNull, !text.isEmpty else { throw error("is empty", "write \(example)") }
        return text
    }
}
