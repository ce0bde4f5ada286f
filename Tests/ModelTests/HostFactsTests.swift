import Foundation
import Model
import Testing

@Suite struct HostFactsTests {
    @Test func factsAreReadAsTheyAreWritten() throws {
        #expect(try HostFacts("cores=8,ram=32GB,disk=ssd") == HostFacts(cores: 8, memory: 0x8_0000_0000, disk: .ssd))
        #expect(try HostFacts("ram = 512 MiB, disk=HDD") == HostFacts(memory: 0x2000_0000, disk: .hdd))
        #expect(try HostFacts("cores=unknown,disk=unknown") == HostFacts())
    }

    @Test(arguments: [
        ("", "cores=8,ram=32GB"), ("8", "no fact"), ("cores", "no fact"), ("cores=8,", "no fact"),
        ("cores=0", "1 to 4096"),
        ("cores=8.5", "1 to 4096"), ("cores=5000", "1 to 4096"), ("ram=32", "its unit"), ("ram=-1GB", "its unit"),
        ("ram=1MB", "no machine"), ("ram=900TB", "no machine"), ("ram=25%", "its unit"), ("disk=nvme", "one of ssd"),
        ("core=8", "did you mean cores?"), ("cores=8,cores=8", "told twice"), ("gpu=1", "known are cores"),
    ])
    func nonsenseIsRefused(text: String, says: String) {
        do throws(HostFactError) {
            let facts = try HostFacts(text)
            Issue.record("\(text) was read as \(facts)")
        } catch {
            #expect(error.description.contains(says), "\(error)")
        }
    }

    @Test func whatIsNotToldStays() {
        var server = Server.make {
            $0.cores = 2
            $0.memory = 0x4000_0000
        }
        server.take(HostFacts(cores: 8))
        #expect(server.cores == 8 && server.memory == 0x4000_0000 && server.disk == nil)
    }

    @Test func lessMemoryThanTheServerUsesCannotBe() throws {
        let snapshot = Snapshot.make {
            $0.settings = [
                .make {
                    $0.name = "shared_buffers"
                    $0.value = "1048576"
                    $0.unit = "8kB"
                }
            ]
        }
        let found = try #require(snapshot.contradiction(to: HostFacts(memory: 0x1_0000_0000)))
        #expect(found.description.contains("shared_buffers"))
        #expect(snapshot.contradiction(to: HostFacts(memory: 0x4_0000_0000)) == nil)
        #expect(snapshot.contradiction(to: HostFacts(cores: 1)) == nil)
    }

    @Test func aSnapshotKeepsThemAndOlderOnesHaveNone() throws {
        let path = "/tmp/pgmedic-facts-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let snapshot = Snapshot.make {
            $0.server.disk = .network
            $0.server.target = "shop"
        }
        try SnapshotFile.write(snapshot, to: path)
        #expect(try SnapshotFile.read(path).server == snapshot.server)
        let older = try String(contentsOfFile: path, encoding: .utf8)
            .replacing(#""disk":"network","#, with: "").replacing(#","target":"shop""#, with: "")
        try Data(older.utf8).write(to: URL(fileURLWithPath: path))
        let read = try SnapshotFile.read(path).server
        #expect(read.disk == nil && read.target == nil)
    }
}
