import Foundation
import Imaging
import Model
import Plans
import TestKit
import Testing

@testable import Lab

@Suite("Labs", .serialized)
struct LabTests {
    @Test("statements are planned as at the source", arguments: [TestServer.Version.v15, .v18])
    func sameShapes(version: TestServer.Version) async throws {
        let source = try await Source.shared(version)
        try await Lab.withLab(source.image, version) { lab in
            let failures = await lab.failures
            #expect(failures.filter { !$0.reason.contains("composite") } == [])
            let likeness = try await lab.likeness(source)
            let share = try #require(likeness.share)
            print("PostgreSQL \(version.rawValue): \(likeness.same.count) of \(likeness.count) plans are alike")
            for (statement, difference) in likeness.different { print("  \(difference): \(statement)") }
            for (statement, reason) in likeness.unplanned { print("  \(reason): \(statement)") }
            #expect(share >= 0.9)
            #expect(likeness.count >= 25)

            let tables = source.image.relations.filter { ["r", "m"].contains($0.kind) }
            for table in tables where table.kind == "r" {
                let rows = try await lab.run("SELECT FROM \(table.name.quoted) LIMIT 1")
                #expect(rows.isEmpty, "\(table.name)")
            }
            let (long, taken) = try Self.bytes(of: lab.folder)
            #expect(long >= tables.reduce(0) { $0 + ($1.filePages ?? 0) } * 8192)
            print("  files of \(long >> 20) MB take \(taken >> 20) MB")
            #expect(taken < 60 << 20)

            // The indexes' made-up pages are those of an empty index.
            try await lab.run("SET enable_seqscan = off")
            for order in ["id", "id DESC", "placed", "customer DESC"] {
                let rows = try await lab.run("SELECT * FROM shop.orders ORDER BY \(order) LIMIT 1")
                #expect(rows.isEmpty, "\(order)")
            }
        }
    }

    @Test("an index that is made there changes the plan, and an index is as large as it would be")
    func whatIf() async throws {
        let source = try await Source.shared(.v15)
        try await Lab.withLab(source.ownersImage, .v15) { lab in
            let extended = try await lab.run("SELECT n_distinct, dependencies FROM pg_stats_ext")
            #expect(extended == [[#"{"6, 7": 6}"#, #"{"6 => 7": 1.000000, "7 => 6": 1.000000}"#]])
            let statement = "SELECT * FROM shop.orders WHERE total = $1"
            let before = try PlanShape(json: try await lab.explain(statement))
            let refused = try await lab.change([
                "CREATE INDEX by_total ON shop.orders (total)", "CREATE INDEX broken ON shop.orders (nothing)",
                "CREATE INDEX unpaid ON shop.orders (customer) WHERE status = 'new'",
            ])
            #expect(refused.map(\.name) == ["CREATE INDEX broken ON shop.orders (nothing)"])
            let plan = try Plan(json: try await lab.explain(statement))
            #expect(plan.root.all { $0.index == "by_total" }.count == 1)
            #expect(before.difference(from: PlanShape(plan.root)) != nil)
            // 60,000 entries of 20 bytes, on leaves filled to 90 %.
            let size = try await lab.run("SELECT pg_relation_size('shop.by_total') / 8192")
            let pages = try #require(size.first?[0].flatMap { Int($0) })
            #expect((160...220).contains(pages))
            let part = try await lab.run("SELECT reltuples FROM pg_class WHERE relname = 'unpaid'")
            #expect((1_500...2_100).contains(try #require(part.first?[0].flatMap { Double($0) })))
            // The others are planned as before.
            let share = try #require(try await lab.likeness(source).share)
            #expect(share >= 0.9)
            if await lab.hasHypoPG {
                try await lab.run("SELECT hypopg.hypopg_create_index('CREATE INDEX ON shop.items (quantity, line)')")
                let json = try await lab.explain("SELECT * FROM shop.items WHERE quantity = $1 AND line = 3")
                #expect(json.contains("<"), "a hypothetical index's name holds <")
            }
            try await lab.run("SET enable_hashjoin = off")
            let merged = try await lab.explain(Workload.statements[16])
            #expect(!merged.contains("Hash Join"))
        }
    }

    @Test("what a hostile image says does not reach the machine, and what fails is told")
    func hostile() async throws {
        let mark = "/tmp/pgm-lab-hostile-\(UUID().uuidString.prefix(8))"
        var image = PlannerImage()
        image.serverVersion = 150_000
        image.settings = ["work_mem": "1MB", "session_preload_libraries": "evil", "no_such": "1"]
        func define(_ kind: PlannerImage.Definition.Kind, _ name: String, _ sql: String) {
            image.definitions.append(
                .make {
                    $0.kind = kind
                    $0.name = QualifiedName("public", name)
                    $0.sql = sql
                })
        }
        define(.table, "t", "CREATE TABLE public.t (id int, note public.missing)")
        define(.table, "u", "CREATE TABLE public.u (id int)")
        define(.function, "copy", "COPY public.u FROM PROGRAM 'touch \(mark)'")
        define(
            .function, "f",
            """
            CREATE FUNCTION public.f(text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
            $$ BEGIN EXECUTE 'COPY public.u FROM PROGRAM ''touch \(mark)'''; RETURN true; END $$
            """)
        define(.domain, "d", "CREATE DOMAIN public.d AS text CHECK (public.f(VALUE))")
        define(.table, "v", "CREATE TABLE public.v (x public.d)")
        define(
            .function, "c",
            "CREATE FUNCTION public.c() RETURNS int LANGUAGE c AS '/lib/x86_64-linux-gnu/libc.so.6', 'abs'")
        image.relations = [
            .make {
                $0.name = QualifiedName("public", "u")
                $0.pages = 2_000_000
                $0.tuples = 1e12
            }
        ]
        image.columns = [
            .make {
                $0.relation = QualifiedName("public", "v")
                $0.column = "x"
                $0.distinct = -1
                $0.slots = [
                    .make {
                        $0.kind = 2; $0.values = ["a", "b"]; $0.operator = "<(text,text)"
                    },
                    .make {
                        $0.kind = 1; $0.numbers = [0.5]; $0.isWithoutValues = true; $0.operator = "=(text,text)"
                    },
                ]
            }
        ]
        try await Lab.withLab(image, .v15) { lab in
            let failures = await lab.failures.map(\.name)
            #expect(
                failures == [
                    "setting no_such", "setting session_preload_libraries", "table t", "function copy", "function c",
                ])
            _ = try? await lab.explain("SELECT public.f('x')")
            _ = try? await lab.explain("SELECT 1; DROP TABLE public.u")
            let statistics = try await lab.run("SELECT count(*) FROM pg_stats WHERE tablename = 'v'")
            #expect(statistics == [["1"]])
            let table = try await lab.run("SELECT to_regclass('public.u')")
            #expect(table == [["u"]])

            // Left running it is there without us, until somebody stops it.
            await lab.leave()
            try await Command.psql("SELECT 1", on: lab.dsn)
            try await Command.asServerUser(
                "/usr/lib/postgresql/15/bin/pg_ctl", ["-D", "\(lab.folder)/data", "-m", "immediate", "-w", "stop"]
            ).check()
        }
        #expect(!FileManager.default.fileExists(atPath: mark))
    }

    @Test("a lab that nobody holds any more ends, and leaves nothing")
    func abandoned() async throws {
        let programs = try await LabPrograms.find(.v15)
        let path = "/tmp/pgm-lab-" + UUID().uuidString.prefix(8)
        let folder = try LabFolder(making: path)
        try await LabCluster.initialise(programs, folder)
        let server = try await LabServer.start(programs, folder)
        #expect(throws: LabError.self) { try LabFolder(making: path) }
        await server.abandon()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    /// Bytes that the files are long, and bytes on the disk.
    private static func bytes(of folder: String) throws -> (long: Int64, taken: Int64) {
        var (long, taken): (Int64, Int64) = (0, 0)
        let files = FileManager.default.enumerator(atPath: folder + "/data/base")
        while let name = files?.nextObject() as? String {
            var status = stat()
            guard lstat("\(folder)/data/base/\(name)", &status) == 0 else { continue }
            long += Int64(status.st_size)
            taken += Int64(status.st_blocks) * 512
        }
        return (long, taken)
    }
}
