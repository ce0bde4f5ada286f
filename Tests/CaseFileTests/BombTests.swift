import Foundation
import Model
import Testing

@testable import CaseFile

/// A gigabyte in a megabyte. The peak of memory is that of a process of its own.
@Suite struct BombTests {
    /// Bytes that refusing may take.
    static let allowance = 48 << 20

    /// Runs `body`, which must be refused, and answers with the reason and how much memory it took at most.
    static func refused(_ body: () throws -> Void) throws -> CaseRefusal.Reason? {
        // Forgets the peak so far (proc(5)).
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        let before = try peakMemory()
        let error = #expect(throws: CaseRefusal.self) { try body() }
        let growth = try peakMemory() - before
        #expect(growth < allowance, "\(Quantity.bytes(Int64(growth)))")
        return error?.reason
    }

    @Test func aGigabyteTakesNoMemory() async {
        await #expect(processExitsWith: .success) {
            let zeros = Zeros.deflated(megabytes: 1024)
            func refusal(of name: String, packed: [UInt8], saying size: Int) throws -> CaseRefusal.Reason? {
                var zip = try RawZip.sound()
                let index = zip.items.firstIndex { $0.name == Array(name.utf8) }!
                (zip.items[index].packed, zip.items[index].size, zip.items[index].method) = (packed, UInt32(size), 8)
                let data = zip.data
                return try BombTests.refused { _ = try CaseFile.open(data, path: "case.pgmedic") }
            }
            // Those that say what they are, and those that lie.
            let limits = CaseLimits.standard
            #expect(
                try refusal(of: "log.txt", packed: zeros, saying: 1 << 30)
                    == .tooLarge("log.txt", size: 1 << 30, limit: limits.entry))
            let less = Zeros.deflated(megabytes: 200)
            #expect(
                try refusal(of: "log.txt", packed: less, saying: 200 << 20)
                    == .bomb(entry: "log.txt", ratio: (200 << 20) / less.count))
            for size in [0, 100, 200 << 20] {
                let reason = try refusal(of: "log.txt", packed: zeros, saying: size)
                guard case .damaged(let what) = reason else {
                    #expect(Bool(false), "\(String(describing: reason))")
                    continue
                }
                #expect(what.contains("log.txt"))
            }
            #expect(
                try refusal(of: "manifest.json", packed: zeros, saying: 1 << 30)
                    == .tooLarge("manifest.json", size: 1 << 30, limit: limits.manifest))
            guard case .damaged = try refusal(of: "manifest.json", packed: zeros, saying: limits.manifest) else {
                return #expect(Bool(false))
            }
            let gzip = try RawZip.sound([("snapshot.json.gz", Zeros.deflated(megabytes: 1024, isGzip: true))]).data
            var small = CaseLimits()
            small.unpacked = 8 << 20
            let file = try CaseFile.open(gzip, path: "case.pgmedic", limits: small)
            #expect(
                try BombTests.refused { _ = try file.unpacked("snapshot.json.gz") }
                    == .content("snapshot.json.gz", why: "it unpacks to more than 8.0 MB"))
        }
    }

    @Test func deepJSONWithinGzip() throws {
        let deep = try Gzip.compress(Data(String(repeating: "{\"a\":", count: 100_000).utf8))
        let file = try CaseFile.open(try RawZip.sound([("planner/1.json.gz", Array(deep))]).data, path: "case.pgmedic")
        let error = #expect(throws: CaseRefusal.self) { try file.unpacked("planner/1.json.gz") }
        #expect(error?.reason == .content("planner/1.json.gz", why: "it is nested more than 512 deep"))
    }

    @Test func theSumOfAll() throws {
        var limits = CaseLimits()
        limits.total = 1000
        let zip = try RawZip.sound([("a", [UInt8](repeating: 1, count: 900))])
        let error = #expect(throws: CaseRefusal.self) { try CaseFile.open(zip.data, path: "x", limits: limits) }
        guard case .tooLarge("what it holds", _, 1000) = error?.reason else { return #expect(Bool(false)) }
        limits.file = 100
        let scratch = try Scratch()
        let path = try scratch.file("x", zip.data)
        let file = #expect(throws: CaseRefusal.self) { try CaseFile.open(path: path, limits: limits) }
        #expect(file?.reason == .tooLarge("the file", size: zip.data.count, limit: 100))
    }
}
