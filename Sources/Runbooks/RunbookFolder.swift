import Foundation
import Model

/// A folder of runbooks, one file each, with folders within it as a team likes. It has no file that lists the others, so that two
/// branches which add runbooks merge by themselves.
package enum RunbookFolder {
    /// What bounds a folder that somebody else fills: files, bytes of all together, folders within folders.
    static let mostFiles = 2000
    static let mostBytes = 32 << 20
    static let mostDepth = 4

    package struct Contents: Sendable, Equatable {
        /// Those that can be used, by the names of their files.
        package var runbooks: [Runbook] = []
        package var problems: [RunbookProblem] = []
        /// Files that were read, usable or not.
        package var files = 0
        /// For each runbook the lines at which its sections begin.
        var sections: [String: [RunbookSection: Int]] = [:]

        package init() {}
    }

    /// Reads all of them: a bad file is told, and hides no good one.
    ///
    /// Files whose names end in `.md` are read, but README.md; hidden ones, and what links elsewhere, are not.
    ///
    /// - Throws: `RunbookProblem` where the folder itself cannot be read.
    package static func load(_ path: String) throws(RunbookProblem) -> Contents {
        var contents = Contents()
        var bytes = 0
        for file in try files(path, &contents.problems) {
            guard contents.files < mostFiles, bytes < mostBytes else {
                let reason =
                    "not read, as those after it: a folder has at most \(Quantity.count(mostFiles)) files and 32 MB"
                contents.problems.append(RunbookProblem(file, nil, reason, "move old runbooks elsewhere"))
                break
            }
            contents.files += 1
            do {
                let text = try text("\(path)/\(file)", shown: file)
                bytes += text.utf8.count
                var reader = RunbookReader(file: file)
                if let runbook = reader.read(text) {
                    contents.runbooks.append(runbook)
                    contents.sections[file] = reader.sections
                }
                contents.problems += reader.problems
            } catch {
                contents.problems.append(error)
            }
        }
        contents.problems.sort { ($0.file, $0.line ?? 0, $0.problem) < ($1.file, $1.line ?? 0, $1.problem) }
        return contents
    }

    /// Writes a runbook into a file of its own, and returns the name of that.
    ///
    /// - Throws: `RunbookProblem` when what would be written could not be read, or another one has its name and is not to be
    ///   replaced; `AtomicFile.WriteError`.
    package static func write(_ runbook: Runbook, into path: String, replacing: Bool = false) throws -> String {
        let file = runbook.file ?? runbook.fileName
        var reader = RunbookReader(file: file)
        let text = runbook.text
        guard reader.read(text) != nil else { throw reader.problems[0] }
        try AtomicFile.makeFolder(path)
        let whole = "\(path)/\(file)"
        if !replacing, FileManager.default.fileExists(atPath: whole) {
            throw RunbookProblem(
                file, nil, "is there already", "give it another identifier, or say that it is to be replaced")
        }
        // A team reads it: it is no secret of whoever wrote it.
        try AtomicFile.write(Data(text.utf8), to: whole, mode: 0o644)
        return file
    }

    // MARK: Files

    private static func files(_ path: String, _ problems: inout [RunbookProblem]) throws(RunbookProblem) -> [String] {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw RunbookProblem(path, nil, "there is no such folder", "`pgmedic resolve` makes it, or mkdir does")
        }
        guard isFolder.boolValue else {
            throw RunbookProblem(path, nil, "is no folder", "give the folder of the runbooks")
        }
        guard let top = try? manager.contentsOfDirectory(atPath: path) else {
            throw RunbookProblem(path, nil, "the folder cannot be read", "see its rights (ls -ld)")
        }
        var files: [String] = []
        var waiting = top.map { ($0, 1) }
        while let (name, depth) = waiting.popLast() {
            let last = (name as NSString).lastPathComponent
            if last.hasPrefix(".") || last.lowercased() == "readme.md" { continue }
            var status = stat()
            guard lstat("\(path)/\(name)", &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                guard depth < mostDepth, waiting.count < mostFiles,
                    let inner = try? manager.contentsOfDirectory(atPath: "\(path)/\(name)")
                else {
                    problems.append(
                        RunbookProblem(
                            name, nil, "the folder is not read",
                            "folders lie in each other three deep at most, and are readable"))
                    continue
                }
                waiting += inner.map { ("\(name)/\($0)", depth + 1) }
            case S_IFREG: if last.hasSuffix(".md") { files.append(name) }
            case S_IFLNK where last.hasSuffix(".md"):
                problems.append(
                    RunbookProblem(name, nil, "is a link, which is not followed", "put the file itself here"))
            default: break
            }
        }
        return files.sorted()
    }

    private static func text(_ path: String, shown file: String) throws(RunbookProblem) -> String {
        // Not a link or a pipe that took its place meanwhile.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw RunbookProblem(file, nil, "the file cannot be read", "see its rights (ls -l)")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard let data = try? handle.read(upToCount: RunbookReader.sizeLimit + 1) else {
            // Empty files read as nothing.
            return ""
        }
        guard let text = String(bytes: data, encoding: .utf8) else {
            let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let line = (lines.firstIndex { String(bytes: $0, encoding: .utf8) == nil } ?? 0) + 1
            throw RunbookProblem(
                file, data.count > RunbookReader.sizeLimit ? nil : line, "is not in UTF-8", "iconv -t UTF-8")
        }
        return text
    }
}
