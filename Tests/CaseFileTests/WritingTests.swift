import Foundation
import Model
import TestKit
import Testing

@testable import CaseFile

@Suite struct WritingTests {
    @Test func whatIsWrittenIsReadBack() throws {
        let scratch = try Scratch()
        let path = scratch.path + "/case.pgmedic"
        let written = try SampleCase.filled().write(to: path)
        #expect(try mode(path) == 0o600)
        #expect(CaseFile.looksLikeOne(path))
        let file = try CaseFile.open(path: path)
        #expect(file.manifest == written.manifest)
        #expect(file.checksum == written.checksum)
        #expect(file.checksum.hasPrefix(file.shortChecksum.replacing(" ", with: "")) && file.shortChecksum.count == 24)
        #expect(file.manifest.target == "shop" && file.manifest.ticket == "OPS-17" && file.manifest.leftOut.isEmpty)
        #expect(file.manifest.madeAt == Date(timeIntervalSince1970: 1_772_615_647))
        for (name, kind, text) in SampleCase.contents {
            #expect(try file.data(of: name) == Data(text.utf8))
            #expect(file.manifest.entries(of: kind).contains { $0.name == name })
        }
        #expect(try file.unpacked("snapshot.json.gz") == Data("{\"format\": 1, \"server\": {}}".utf8))
        let readme = String(decoding: try file.data(of: "README.txt"), as: UTF8.self)
        #expect(readme.contains("pgmedic diagnose --from FILE") && readme.contains("log.txt: the log"))
        let missing = #expect(throws: CaseRefusal.self) { try file.data(of: "nothing.txt") }
        #expect(missing?.reason == .noEntry("nothing.txt"))
    }

    @Test func ordinaryToolsOpenIt() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/case.pgmedic"
        try SampleCase.filled().write(to: path)
        let tested = try await Command("/usr/bin/unzip", ["-t", path]).check()
        #expect(tested.contains("No errors detected"))
        let script = """
            import sys, zipfile
            file = zipfile.ZipFile(sys.argv[1])
            assert file.testzip() is None
            print(file.namelist()[0], file.getinfo("log.txt").date_time, file.read("log.txt").decode().strip())
            """
        let read = try await Command("/usr/bin/env", ["python3", "-c", script, path]).check()
        #expect(read == "README.txt (2026, 3, 4, 9, 14, 6) 12:00:01 collected\n")
        let sums = "cd '\(scratch.path)' && mkdir x && cd x && unzip -q ../case.pgmedic && sha256sum -c SHA256SUMS"
        let checked = try await Command("/bin/sh", ["-c", sums]).check()
        #expect(checked.split(separator: "\n").count == SampleCase.contents.count + 3)
        // Whoever unpacked it so can go on with pgmedic.
        #expect(try CaseFile.open(path: scratch.path + "/x").manifest.target == "shop")
    }

    @Test func theSameContentGivesTheSameBytes() async throws {
        #expect(try SampleCase.filled().packed().data == SampleCase.filled(reversed: true).packed().data)
        await #expect(processExitsWith: .success) {
            let here = try SampleCase.packed()
            setenv("TZ", "Asia/Tokyo", 1)
            tzset()
            #expect(try SampleCase.packed() == here)
        }
    }

    @Test func whatDoesNotFitIsLeftOutByPriority() throws {
        var random = SeededGenerator(seed: 1)
        func noise(_ count: Int) -> Data { Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }) }
        var writer = try SampleCase.filled()
        try writer.add(noise(50_000), as: "history.jsonl.gz", kind: .history, about: "30 days", priority: .low)
        try writer.add(noise(40_000), as: "planner/1.json.gz", kind: .plannerImage, about: "of shop", priority: .high)
        // It fits beside the one of high priority, where the larger one before it does not.
        try writer.add(noise(9_000), as: "attachments/a", kind: .attachment, about: "a trace", priority: .low)
        writer.bound = 70_000
        let packed = try writer.packed()
        #expect(packed.data.count <= 70_000)
        #expect(packed.manifest.leftOut.map(\.name) == ["history.jsonl.gz"])
        #expect(packed.manifest.leftOut[0].why.contains("of the 68 kB that the case may have"))
        let file = try CaseFile.open(packed.data, path: "case.pgmedic")
        #expect(
            Set(file.manifest.entries.map(\.name)).isSuperset(of: [
                "planner/1.json.gz", "attachments/a", "summary.html",
            ]))
        #expect(String(decoding: try file.data(of: "README.txt"), as: UTF8.self).contains("history.jsonl.gz (49 kB)"))
        writer.bound = 2000
        let error = #expect(throws: CaseFileWriter.Failure.self) { try writer.packed() }
        #expect(error?.description.contains("the summary, report and snapshot alone take") == true)
        writer.bound = 1 << 30
        #expect(throws: CaseFileWriter.Failure.self) { try writer.packed() }
    }

    @Test func anEverydayBoundIsFilledToTheBrim() throws {
        var random = SeededGenerator(seed: 2)
        for bound in stride(from: 30_000, to: 60_000, by: 7_400) {
            var writer = try SampleCase.filled()
            for number in 0..<60 {
                let text = (0..<1500).map { _ in UInt8.random(in: 97...100, using: &random) }
                try writer.add(Data(text), as: "attachments/\(number)", kind: .attachment, about: "-", priority: .low)
            }
            writer.bound = bound
            let packed = try writer.packed()
            #expect(packed.data.count <= bound)
            #expect(packed.manifest.leftOut.count + packed.manifest.entries.count == SampleCase.contents.count + 62)
            _ = try CaseFile.open(packed.data, path: "case.pgmedic")
        }
    }

    @Test func mediaAreStoredAndTheRestIsDeflated() throws {
        var writer = try SampleCase.filled()
        let zeros = Data(count: 3 << 20)
        try writer.add(zeros, as: "attachments/zeros", kind: .attachment, about: "-", priority: .low)
        let packed = try writer.packed()
        let directory = try ZipDirectory(packed.data, limits: .standard)
        let stored = directory.entries.filter(\.isStored).map(\.name)
        // 3 MB of nothing would be a bomb to whoever opens it.
        #expect(stored.sorted() == ["attachments/zeros", "snapshot.json.gz"])
        _ = try CaseFile.open(packed.data, path: "case.pgmedic")
    }

    @Test func attachmentsGetNamesThatAreSafe() throws {
        let scratch = try Scratch()
        var writer = try SampleCase.filled()
        let names = ["top of M\u{e4}rz.txt", "top of Marz.txt", "a\u{202e}b", "CON.txt", "-rf", "\u{6570}\u{636e}.log"]
        let safe = try names.map { try writer.attach(file: scratch.file($0, Data($0.utf8))) }
        #expect(
            safe == [
                "attachments/top of Marz.txt", "attachments/top of Marz-2.txt", "attachments/a_b",
                "attachments/_CON.txt",
                "attachments/-rf", "attachments/__.log",
            ])
        let called = try writer.add(
            Data("x".utf8), called: "../../Slow.MD", in: "runbooks", kind: .runbook, about: "-", priority: .high)
        #expect(called == "runbooks/Slow.MD")
        let file = try CaseFile.open(try writer.packed().data, path: "case.pgmedic")
        #expect(try safe.map { String(decoding: try file.data(of: $0), as: UTF8.self) } == names)
        #expect(file.manifest.entries.first { $0.name == safe[0] }?.origin == names[0])
        #expect(file.manifest.entries.first { $0.name == safe[2] }?.origin == "a\u{fffd}b")
    }

    @Test func whatCannotBeReadIsToldWithItsPath() throws {
        let scratch = try Scratch()
        var writer = try SampleCase.filled()
        for (path, why) in [
            (scratch.path + "/gone", "No such file"), (scratch.path, "not a plain file"),
            ("/dev/zero", "not a plain file"),
        ] {
            let error = #expect(throws: CaseFileWriter.Failure.self) { try writer.attach(file: path) }
            #expect(error?.description.hasPrefix("cannot attach \(path): ") == true)
            #expect(error?.description.contains(why) == true)
        }
        let pipe = scratch.path + "/pipe"
        mkfifo(pipe, 0o600)
        #expect(throws: CaseFileWriter.Failure.self) { try writer.attach(file: pipe) }
        let large = try scratch.file("large", Data())
        truncate(large, 300 << 20)
        #expect(try writer.attach(file: large) == "attachments/large")
        #expect(try writer.packed().manifest.leftOut.map(\.size) == [300 << 20])
    }

    @Test func namesOfEntriesAreHeldToTheRules() throws {
        var writer = try SampleCase.filled()
        for name in ["../x", "log.txt", "LOG.txt", "README.txt", "manifest.json", "runbooks", "log.txt/x"] {
            #expect(throws: CaseFileWriter.Failure.self) {
                try writer.add(Data(), as: name, kind: .other, about: "-", priority: .low)
            }
        }
    }

    @Test func textsThatWouldNotBeShownAreMended() throws {
        let writer = CaseFileWriter(
            version: "0.1.0", madeAt: SampleCase.date, target: "shop\u{1b}[2J", redaction: "none", ticket: "a\nb")
        let file = try CaseFile.open(try writer.packed().data, path: "case.pgmedic")
        #expect(file.manifest.target == "shop\u{fffd}[2J" && file.manifest.ticket == "a b")
    }
}
