import Foundation
import TestKit
import Testing

@testable import CaseFile

@Suite struct MutationTests {
    /// Bytes changed, taken out, put in and moved, half of them where the structure stands.
    @Test func aDamagedCaseIsRefusedOrTheSame() throws {
        let whole = try SampleCase.packed()
        let original = try CaseFile.open(whole, path: "case.pgmedic")
        let contents = try original.manifest.entries.map { try original.data(of: $0.name) }
        var random = SeededGenerator(seed: 9)
        var refused = 0
        for round in 0..<2000 {
            let damaged = damage(whole, &random)
            let file: CaseFile
            do {
                file = try CaseFile.open(damaged, path: "case.pgmedic")
            } catch is CaseRefusal {
                refused += 1
                continue
            }
            #expect(file.manifest == original.manifest, "round \(round)")
            #expect(try file.manifest.entries.map { try file.data(of: $0.name) } == contents, "round \(round)")
        }
        #expect(refused > 1500 && refused < 2000)
    }

    /// Each number of the headers a lie, with checksums that are right: what CRC and SHA-256 do not catch.
    @Test func liesAboutTheStructureAreRefusedOrTheSame() throws {
        let sound = try RawZip.sound()
        let manifest = try CaseFile.open(sound.data, path: "case.pgmedic").manifest
        var random = SeededGenerator(seed: 10)
        let numbers: [UInt32] = [0, 1, 8, 30, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]
        var refused = 0
        for round in 0..<500 {
            let number = numbers.randomElement(using: &random)!
            let lie = sound.with { zip in
                let index = Int.random(in: 0..<zip.items.count, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0: zip.items[index].offset = number
                case 1: zip.items[index].size = number
                case 2: zip.items[index].method = UInt16(truncatingIfNeeded: number)
                case 3: zip.items[index].flags = UInt16(truncatingIfNeeded: number)
                case 4: zip.items[index].attributes = number
                case 5: zip.count = UInt16(truncatingIfNeeded: number)
                case 6: zip.items[index].packed.append(contentsOf: [0, 0, 0])
                default:
                    zip.items[index].extra = [0x55, 0x54, UInt8(number & 255), UInt8(number >> 8 & 255), 1, 2, 3, 4, 5]
                }
            }
            do {
                let file = try CaseFile.open(lie.data, path: "case.pgmedic")
                #expect(file.manifest == manifest, "round \(round)")
                #expect(try file.data(of: "log.txt") == Data("12:00\n".utf8), "round \(round)")
            } catch is CaseRefusal {
                refused += 1
            }
        }
        #expect(refused > 300 && refused < 500)
    }

    /// Manifests that were changed by somebody who can compute checksums: nothing but a refusal or a case comes of them.
    @Test func aChangedManifestDoesNoHarm() throws {
        let bytes = [UInt8](try RawZip.sound().items[2].packed)
        let crumbs = ["{", "[[[[", "\"", "null", "-1", "1e999", "\\u0000", "../", "}", "\"format\" : 2,", "\u{202e}"]
        var random = SeededGenerator(seed: 11)
        var opened = 0
        for _ in 0..<500 {
            let manifest = Data(bytes.damaged(with: crumbs, &random).utf8)
            var zip = try RawZip.sound()
            zip.items[2] = .init("manifest.json", Array(manifest))
            guard let known = try? CaseManifest.decoded(manifest) else {
                #expect(throws: CaseRefusal.self) { try CaseFile.open(zip.data, path: "case.pgmedic") }
                continue
            }
            zip.items[3] = .init("SHA256SUMS", Array(known.sums(manifestSum: try SHA256.of(manifest))))
            do {
                let file = try CaseFile.open(zip.data, path: "case.pgmedic")
                #expect(Set(file.manifest.entries.map(\.name)) == ["summary.md", "log.txt"])
                opened += 1
            } catch is CaseRefusal {}
        }
        #expect(opened > 2)
    }

    private func damage(_ whole: Data, _ random: inout SeededGenerator) -> Data {
        var bytes = [UInt8](whole)
        for _ in 0..<Int.random(in: 1...3, using: &random) where bytes.count > 64 {
            let directory = Int.random(in: 0..<2, using: &random) == 0 ? max(0, bytes.count - 1200) : 0
            let place = Int.random(in: directory..<bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
            switch Int.random(in: 0..<8, using: &random) {
            case 0...2: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 3: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 4: bytes.removeSubrange(place..<end)
            case 5: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0..<bytes.count, using: &random))
            case 6: bytes.replaceSubrange(place..<end, with: repeatElement(0xff, count: end - place))
            default: bytes.removeSubrange(end...)
            }
        }
        return Data(bytes)
    }
}
