import Foundation
import Model
import Testing

@testable import CaseFile

@Suite struct ExtractionTests {
    private func sample(_ scratch: borrowing Scratch) throws -> CaseFile {
        let path = scratch.path + "/case.pgmedic"
        try SampleCase.filled().write(to: path)
        return try CaseFile.open(path: path)
    }

    private func inside(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    @Test func intoAFreshOrEmptyFolder() throws {
        let scratch = try Scratch()
        let file = try sample(scratch)
        let target = scratch.path + "/x"
        try AtomicFile.makeFolder(target)
        for folder in [target, scratch.path + "/fresh/"] {
            #expect(try file.extract(to: folder) == nil)
            #expect(try mode(folder) == 0o700)
            #expect(try mode(folder + "/runbooks") == 0o700)
            #expect(try mode(folder + "/log.txt") == 0o600)
            let again = try CaseFile.open(path: folder)
            #expect(CaseFile.looksLikeOne(folder) && again.manifest == file.manifest && again.checksum == file.checksum)
            for entry in file.manifest.entries { #expect(try again.data(of: entry.name) == file.data(of: entry.name)) }
            // An extracted case is a case.
            try again.extract(to: scratch.path + "/again")
            try FileManager.default.removeItem(atPath: scratch.path + "/again")
        }
        #expect(try inside(scratch.path) == ["case.pgmedic", "fresh", "x"])
    }

    @Test func neverOverWhatIsThere() throws {
        let scratch = try Scratch()
        let file = try sample(scratch)
        let target = scratch.path + "/x"
        try AtomicFile.makeFolder(target)
        try AtomicFile.write(Data("mine".utf8), to: target + "/notes.txt")
        let refused = #expect(throws: CaseFile.ExtractionError.self) { try file.extract(to: target) }
        #expect(refused?.description.contains("not empty") == true)
        #expect(try inside(target) == ["notes.txt"])
        let former = try file.extract(to: target, isForced: true)
        #expect(former == target + ".before-1")
        #expect(try inside(target + ".before-1") == ["notes.txt"])
        #expect(try CaseFile.open(path: target).manifest == file.manifest)
        #expect(try file.extract(to: target, isForced: true) == target + ".before-2")
        #expect(try inside(scratch.path) == ["case.pgmedic", "x", "x.before-1", "x.before-2"])
    }

    @Test func neverThroughASymlink() throws {
        let scratch = try Scratch()
        let file = try sample(scratch)
        let elsewhere = scratch.path + "/elsewhere"
        try AtomicFile.makeFolder(elsewhere)
        let link = scratch.path + "/link"
        symlink(elsewhere, link)
        for path in [
            link, link + "/", scratch.path + "/case.pgmedic", "/", scratch.path + "/none/x", scratch.path + "/.",
        ] {
            for isForced in [false, true] {
                #expect(throws: CaseFile.ExtractionError.self) { try file.extract(to: path, isForced: isForced) }
            }
        }
        #expect(try inside(elsewhere).isEmpty)
        #expect(try inside(scratch.path) == ["case.pgmedic", "elsewhere", "link"])
    }

    @Test func allOrNothing() throws {
        let scratch = try Scratch()
        let folder = scratch.path + "/one"
        try sample(scratch).extract(to: folder)
        let opened = try CaseFile.open(path: folder)
        // Between opening and extracting somebody changes the last entry.
        try AtomicFile.write(Data("12:00:01 changed\n".utf8), to: folder + "/snapshots/before.json")
        let error = #expect(throws: CaseRefusal.self) { try opened.extract(to: scratch.path + "/two") }
        #expect(error?.reason == .wrongChecksum(entry: "snapshots/before.json"))
        #expect(try inside(scratch.path) == ["case.pgmedic", "one"])
    }

    @Test func aFolderIsHeldToTheSameRules() throws {
        let scratch = try Scratch()
        let file = try sample(scratch)
        func reason(_ change: (String) throws -> Void) throws -> CaseRefusal.Reason? {
            let folder = scratch.path + "/x"
            try file.extract(to: folder)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try change(folder)
            return #expect(throws: CaseRefusal.self) { try CaseFile.open(path: folder) }?.reason
        }
        let log = "log.txt"
        #expect(try reason { unlink("\($0)/\(log)") } == .missingEntry(log))
        #expect(try reason { try AtomicFile.write(Data("x".utf8), to: "\($0)/\(log)") } == .wrongChecksum(entry: log))
        #expect(
            try reason {
                unlink("\($0)/\(log)"); symlink("/etc/passwd", "\($0)/\(log)")
            } == .notARegularFile(log))
        #expect(
            try reason {
                unlink("\($0)/\(log)"); mkfifo("\($0)/\(log)", 0o600)
            } == .notARegularFile(log))
        #expect(
            try reason {
                rename("\($0)/runbooks", "\($0)/y"); symlink("y", "\($0)/runbooks")
            } == .notARegularFile("runbooks/index.missing.md"))
        #expect(try reason { unlink("\($0)/manifest.json") } == .missingEntry("manifest.json"))
        #expect(
            try reason { try AtomicFile.write(Data("{}".utf8), to: "\($0)/manifest.json") } == .wrongManifestChecksum)
        #expect(
            try reason { truncate("\($0)/manifest.json", 1 << 30) }
                == .tooLarge("manifest.json", size: 1 << 30, limit: 4 << 20))
        // What L3 writes beside it is not the case's.
        try file.extract(to: scratch.path + "/z")
        try AtomicFile.write(Data("try an index".utf8), to: scratch.path + "/z/notes.txt")
        #expect(throws: Never.self) { try CaseFile.open(path: scratch.path + "/z") }
    }

    @Test func aManifestInAFolderCannotLeadOutOfIt() throws {
        let scratch = try Scratch()
        let secret = Data("secret".utf8)
        _ = try scratch.file("secret", secret)
        let folder = scratch.path + "/x"
        try AtomicFile.makeFolder(folder)
        var manifest = SampleCase.writer().facts
        manifest.entries = [.init(name: "../secret", size: 6, sha256: try SHA256.of(secret), kind: .log, about: "-")]
        let raw = try manifest.encoded()
        try AtomicFile.write(raw, to: folder + "/manifest.json")
        try AtomicFile.write(manifest.sums(manifestSum: try SHA256.of(raw)), to: folder + "/SHA256SUMS")
        let error = #expect(throws: CaseRefusal.self) { try CaseFile.open(path: folder) }
        #expect(error?.reason == .unsafeName("../secret", why: "it leads out of the folder"))
    }

    @Test(arguments: ["/dev/zero", "/nowhere/case.pgmedic", "/dev/null"])
    func pathsThatAreNoFiles(path: String) {
        let error = #expect(throws: CaseRefusal.self) { try CaseFile.open(path: path) }
        guard case .unreadable = error?.reason else { return #expect(Bool(false)) }
        #expect(!CaseFile.looksLikeOne(path))
    }
}
