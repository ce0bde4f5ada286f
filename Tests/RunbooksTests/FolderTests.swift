import Foundation
import Testing

@testable import Runbooks

@Suite struct FolderTests {
    @Test func badFilesHideNoGoodOnes() throws {
        let folder = try Folder()
        try folder.add("index.missing--orders-status-3f2a.md", Sample.runbook().text)
        try folder.add("shop/index.missing--other.md", Sample.runbook { $0.id = "other" }.text)
        try folder.add("bad.md", "nothing")
        try folder.add("latin.md", "")
        try Data([0x2D, 0x2D, 0x2D, 0x0A, 0xE9, 0x0A]).write(to: URL(fileURLWithPath: folder.path + "/latin.md"))
        try folder.add("README.md", "# Our runbooks")
        try folder.add(".git/x.md", "no")
        try folder.add("notes.txt", "no")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link.md", withDestinationPath: "/etc/passwd")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/loop", withDestinationPath: folder.path)
        #expect(mkfifo(folder.path + "/pipe.md", 0o600) == 0)
        let contents = try RunbookFolder.load(folder.path)
        #expect(contents.runbooks.map(\.id) == ["orders-status-3f2a", "other"])
        #expect(
            contents.runbooks.map(\.file) == ["index.missing--orders-status-3f2a.md", "shop/index.missing--other.md"])
        #expect(
            contents.problems.map(\.description) == [
                "bad.md:1: does not begin with a front matter; "
                    + "begin it with a line of ---, keys such as id: …, and --- again",
                "latin.md:2: is not in UTF-8; iconv -t UTF-8",
                "link.md: is a link, which is not followed; put the file itself here",
            ])
    }

    @Test func aFolderThatIsNoneIsSaid() throws {
        let folder = try Folder()
        try folder.add("file", "")
        #expect(throws: RunbookProblem.self) { try RunbookFolder.load(folder.path + "/nowhere") }
        #expect(throws: RunbookProblem.self) { try RunbookFolder.load(folder.path + "/file") }
        #expect(try RunbookFolder.load(folder.path) == RunbookFolder.Contents())
    }

    @Test func foldersAreBounded() throws {
        let folder = try Folder()
        try folder.add("a/b/c/fits.md", Sample.text)
        try folder.add("a/b/c/d/deep.md", Sample.text)
        let contents = try RunbookFolder.load(folder.path)
        #expect(contents.runbooks.map(\.file) == ["a/b/c/fits.md"])
        #expect(contents.problems.map(\.file) == ["a/b/c/d"])
        try folder.add("z.md", "")
        for number in 0..<RunbookFolder.mostFiles {
            #expect(link(folder.path + "/z.md", folder.path + "/z\(number).md") == 0)
        }
        let many = try RunbookFolder.load(folder.path)
        #expect(many.files == RunbookFolder.mostFiles && many.problems.count == RunbookFolder.mostFiles + 1)
        #expect(many.problems.contains { $0.problem.hasPrefix("not read, as those after it") })
    }

    @Test func writingMakesOneFileThatIsReadAgain() throws {
        let folder = try Folder()
        let runbook = Sample.runbook()
        let inner = folder.path + "/ours"
        let file = try RunbookFolder.write(runbook, into: inner)
        #expect(file == "index.missing--orders-status-3f2a.md")
        var read = try RunbookFolder.load(inner).runbooks
        #expect(read.count == 1)
        read[0].file = nil
        #expect(read[0] == runbook)
        #expect(throws: RunbookProblem.self) { try RunbookFolder.write(runbook, into: inner) }
        _ = try RunbookFolder.write(Sample.runbook { $0.title = "new" }, into: inner, replacing: true)
        #expect(try RunbookFolder.load(inner).runbooks.map(\.title) == ["new"])
        // What could not be read is not written.
        for bad in [
            Sample.runbook { $0.id = "../x" }, Sample.runbook { $0.fix = Instruction() },
            Sample.runbook { $0.title = "a\nb" },
            Sample.runbook { $0.relation = nil }, Sample.runbook { $0.note = "<<<<<<< HEAD" },
        ] {
            #expect(throws: RunbookProblem.self) { try RunbookFolder.write(bad, into: inner, replacing: true) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: inner).count == 1)
    }

    private static let check = RunbookCheck(rules: ["index.missing", "index.unused"]) { sql in
        sql.contains("CREAT ") ? "syntax error at \"CREAT\"" : nil
    }

    private func problems(_ runbooks: [Runbook]) throws -> [String] {
        let folder = try Folder()
        for runbook in runbooks { try folder.add(runbook.file ?? runbook.fileName, runbook.text) }
        return Self.check.problems(of: try RunbookFolder.load(folder.path)).map(\.description)
    }

    @Test func doubtsAreTold() throws {
        #expect(try problems([Sample.runbook()]).isEmpty)
        #expect(
            try problems([Sample.runbook { $0.fix = Instruction(markdown: "So:\n\n```sql\nCREAT x;\n```") }]) == [
                "index.missing--orders-status-3f2a.md:23: the SQL of ## Fix does not parse: syntax error at \"CREAT\"; "
                    + "mend it, or call the block text"
            ])
        #expect(
            try problems([Sample.runbook(), Sample.runbook { $0.file = "b/index.missing--orders-status-3f2a.md" }]) == [
                "index.missing--orders-status-3f2a.md: the identifier orders-status-3f2a is that of "
                    + "b/index.missing--orders-status-3f2a.md too; their records are counted as one: rename this one"
            ])
        #expect(
            try problems([Sample.runbook { $0.file = "mine.md" }]) == [
                "mine.md: is not named after its rule and identifier; git mv it to index.missing--orders-status-3f2a.md"
            ])
        #expect(
            try problems([Sample.runbook { ($0.tier, $0.delegatedTo) = (.fix, .cure) }])[0].hasSuffix(
                "delegated to L3, above L2 who wrote it; leave delegated-to out: who wrote it may apply it"))
        #expect(
            try problems([Sample.runbook { $0.rule = "index.mising" }])[0].hasSuffix(
                "no rule is named index.mising; did you mean index.missing?"))
        #expect(
            try problems([Sample.runbook { ($0.delegatedTo, $0.undo) = (.containment, nil) }])[0].hasSuffix(
                "L1 does what can be taken back, and nothing says how; write it below ## Undo"))
        #expect(
            try problems([Sample.runbook { $0.fix = Instruction(sql: "ANALYZE {{table}};") }])[0].hasSuffix(
                "there is nothing to put in for {{table}}; known are {{relation}}, {{column}}, {{index}}, {{database}}")
        )
        #expect(try problems([Sample.runbook { $0.fix = Instruction(sql: "ANALYZE {{relation}};") }]).isEmpty)
    }

    @Test func whatCannotBeReadIsAmongTheProblems() throws {
        let folder = try Folder()
        try folder.add("x.md", "<<<<<<< HEAD\n")
        let problems = Self.check.problems(of: try RunbookFolder.load(folder.path))
        #expect(problems.map(\.isFatal) == [true])
    }
}
