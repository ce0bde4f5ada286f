import Foundation
import Model
import Testing

@testable import CaseFile

/// Each case is sound but for one thing, which is told by a reason of its own.
@Suite struct HostileCaseTests {
    private func reason(_ data: Data, _ limits: CaseLimits = .standard) -> CaseRefusal.Reason? {
        #expect(throws: CaseRefusal.self) { try CaseFile.open(data, path: "case.pgmedic", limits: limits) }?.reason
    }

    private func reason(_ zip: RawZip) -> CaseRefusal.Reason? { reason(zip.data) }

    @Test func theSoundOneIsOpened() throws {
        let file = try CaseFile.open(try RawZip.sound().data, path: "case.pgmedic")
        #expect(try file.data(of: "log.txt") == Data("12:00\n".utf8))
    }

    @Test(arguments: [
        "", "PK", "hello, I am a text that is long enough", "\u{1f}\u{8b}gzip or so, and long enough too",
    ])
    func whatIsNoZip(text: String) {
        #expect(reason(Data(text.utf8)) == .notAZip)
    }

    @Test func eachTruncation() throws {
        let whole = try SampleCase.packed()
        for length in stride(from: 4, to: whole.count, by: 7) + [whole.count - 1] {
            #expect(reason(whole.prefix(length)) == .truncated)
        }
    }

    @Test func whatIsAddedAroundIt() throws {
        let whole = try RawZip.sound().data
        #expect(reason(whole + Data("\n".utf8)) == .damaged("something follows its end"))
        #expect(reason(Data("#!/bin/sh\n".utf8) + whole) == .notAZip)
        #expect(reason(Data("PK\u{3}\u{4}".utf8) + whole) == .damaged("its end record"))
    }

    @Test func contentsThatAreNotTheirs() throws {
        let sound = try RawZip.sound()
        let other = sound.first { $0 = .init("summary.md", Array("# fast\n".utf8)) }
        #expect(reason(other) == .wrongChecksum(entry: "summary.md"))
        guard case .damaged(let what) = reason(sound.first { $0.crc ^= 1 }) else { return #expect(Bool(false)) }
        #expect(what.contains("summary.md") && what.contains("CRC"))
        let manifest = sound.with { zip in
            zip.items[2].packed[zip.items[2].packed.count - 3] = UInt8(ascii: " ")
            zip.items[2] = .init(CaseManifest.Name.manifest, zip.items[2].packed)
        }
        #expect(reason(manifest) == .wrongManifestChecksum)
        let sums = sound.with { zip in
            zip.items[3].packed[0] = UInt8(ascii: "x")
            zip.items[3] = .init(CaseManifest.Name.sums, zip.items[3].packed)
        }
        #expect(reason(sums) == .wrongChecksum(entry: CaseManifest.Name.sums))
    }

    @Test func whatIsNotThereOrNotNamed() throws {
        let sound = try RawZip.sound()
        #expect(reason(sound.with { $0.items.remove(at: 1) }) == .missingEntry("log.txt"))
        #expect(reason(sound.with { $0.items.remove(at: 2) }) == .missingEntry(CaseManifest.Name.manifest))
        #expect(reason(sound.with { $0.items.remove(at: 3) }) == .missingEntry(CaseManifest.Name.sums))
        #expect(reason(sound.with { $0.items.append(.init("evil.sh", [])) }) == .unnamedEntry("evil.sh"))
        #expect(reason(try RawZip.sound([("a", [1]), ("b", [2])], named: ["a"])) == .unnamedEntry("b"))
        #expect(reason(sound.with { $0.items = [] }) == .missingEntry(CaseManifest.Name.manifest))
    }

    @Test(arguments: [("a", "a"), ("a/log.txt", "a/LOG.txt"), ("runbooks", "runbooks/one.md"), ("manifest.JSON", "x")])
    func namesThatHideEachOther(one: String, other: String) throws {
        let zip = try RawZip.sound([(one, [1]), (other, [2])])
        let pair = one == "manifest.JSON" ? (one, CaseManifest.Name.manifest) : (one, other)
        #expect(reason(zip) == .sameName(pair.0, pair.1))
    }

    @Test(arguments: [
        ("../../etc/cron.d/x", "leads out"), ("a/../../x", "leads out"), ("/etc/passwd", "absolute"), ("C:x", "colon"),
        ("a\\..\\x", "backslash"), ("log.txt\0.sh", "NUL"), ("a//x", "empty or a dot"), ("./x", "empty or a dot"),
        ("", "empty"), ("CON", "device"), ("a/nul.txt", "device"), ("x.", "dot or space"), ("x ", "dot or space"),
        ("m\u{e4}rz.txt", "U+00E4"), ("ma\u{308}rz.txt", "U+0308"), ("x\u{202e}txt.exe", "U+202E"),
        ("x\u{1b}[2J", "U+001B"),
        ("x:stream", "colon"), ("~root/x", "U+007E"), (String(repeating: "a", count: 200), "longer"),
    ])
    func namesThatAreNotSafe(name: String, why: String) throws {
        // In the archive alone, and in the manifest too.
        for zip in [try RawZip.sound().renamed(name), try RawZip.sound([(name, [1])])] {
            guard case .unsafeName(name, let said) = reason(zip) else { return #expect(Bool(false), "\(name)") }
            #expect(said.contains(why))
        }
    }

    @Test func aNameThatIsNotUTF8() throws {
        guard case .unsafeName(_, let why) = reason(try RawZip.sound().first { $0.name = [0x61, 0xff] }) else {
            return #expect(Bool(false))
        }
        #expect(why.contains("U+FFFD"))
    }

    @Test(arguments: [0o120777, 0o020644, 0o060644, 0o010644, 0o140644, 0o040755] as [UInt32])
    func whatIsNoPlainFile(mode: UInt32) throws {
        #expect(reason(try RawZip.sound().first { $0.attributes = mode << 16 }) == .notARegularFile("summary.md"))
    }

    @Test func foldersAreNoEntries() throws {
        #expect(reason(try RawZip.sound().renamed("runbooks/")) == .notARegularFile("runbooks/"))
        #expect(reason(try RawZip.sound().first { $0.attributes = 0x10 }) == .notARegularFile("summary.md"))
    }

    @Test(arguments: [1, 0x41, 0x2000] as [UInt16])
    func encrypted(flags: UInt16) throws {
        #expect(reason(try RawZip.sound().first { $0.flags = flags }) == .encrypted("summary.md"))
    }

    @Test func whatTwoReadersWouldReadInTwoWays() throws {
        let sound = try RawZip.sound()
        #expect(reason(sound.first { $0.localName = Array("evil.sh".utf8) }) == .damaged("the header of summary.md"))
        let kelvin = try RawZip.sound([("K", [])]).first { $0.localName = Array("\u{212a}".utf8) }
        #expect(reason(kelvin) == .damaged("the header of K"))
        // Both entries are the same bytes: how a small file holds petabytes.
        let overlapping = sound.with { zip in
            zip.items[1] = zip.items[0]
            zip.items[1].name = Array("summary.m2".utf8)
            zip.items[1].isGhost = true
            zip.items[1].offset = 0
        }
        #expect(reason(overlapping) == .damaged("the place of summary.md"))
        #expect(reason(sound.first { $0.offset = 5 }) == .damaged("the place of summary.md"))
        #expect(reason(sound.with { $0.count = 3 }) == .damaged("its central directory"))
        #expect(reason(sound.with { $0.count = 5 }) == .damaged("its central directory"))
        func unsupported(_ zip: RawZip, _ what: String) {
            guard case .unsupported(_, let why) = reason(zip) else { return #expect(Bool(false), "\(what)") }
            #expect(why.contains(what))
        }
        // A second name, in Info-ZIP's Unicode path field.
        unsupported(sound.first { $0.extra = [0x75, 0x70, 1, 0, 1] }, "extra field")
        unsupported(sound.first { $0.method = 12 }, "method 12")
        unsupported(sound.first { $0.flags = 0x20 }, "flags")
        unsupported(sound.first { $0.comment = [65] }, "comment")
        unsupported(sound.with { $0.locator = [0x50, 0x4b, 6, 7] + [UInt8](repeating: 0, count: 16) }, "ZIP64")
    }

    @Test func tooManyEntries() throws {
        #expect(reason(try RawZip.sound().with { $0.count = 65_535 }) == .tooManyEntries(65_535, limit: 2000))
        let many = try RawZip.sound((0...2000).map { ("a/\($0)", []) })
        #expect(reason(many) == .tooManyEntries(2003, limit: 2000))
    }

    @Test func newerFormats() throws {
        #expect(reason(try RawZip.sound { $0.format = 2 }) == .newerFormat(2))
        // Whatever else it holds.
        #expect(reason(try RawZip(manifest: Data("{\"format\": 7}".utf8))) == .newerFormat(7))
    }

    @Test func manifestsThatAreNone() throws {
        let deep = Data((String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)).utf8)
        #expect(reason(try RawZip(manifest: deep)) == .manifest("it is nested more than 16 deep"))
        for text in ["", "{", "[]", "{\"format\": \"one\"}", "{\"format\": 1}", "\u{fffd}"] {
            guard case .manifest = reason(try RawZip(manifest: Data(text.utf8))) else {
                #expect(Bool(false), "\(text)")
                continue
            }
        }
        #expect(
            reason(try RawZip.sound { $0.target = "shop\u{1b}]0;x\u{7}" })
                == .manifest("a text in it holds control characters"))
        #expect(
            reason(try RawZip.sound { $0.entries[0].about = "a\u{202e}b" })
                == .manifest("a text in it holds control characters"))
        #expect(reason(try RawZip.sound { $0.entries[0].size += 1 }) == .wrongChecksum(entry: "summary.md"))
    }

    @Test func eachMessageSaysWhatAndHowToMend() throws {
        let error = #expect(throws: CaseRefusal.self) {
            try CaseFile.open(try RawZip.sound().renamed("../\u{1b}x").data, path: "case.pgmedic")
        }
        #expect(
            error?.description
                == "cannot use case.pgmedic as a case: the name of entry ../\u{fffd}x is not safe: it holds U+001B, "
                + "and names here are ASCII letters, digits and \"._-+=@, ()\"; do not open it with other tools")
    }
}
