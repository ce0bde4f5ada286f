import TestKit
import Testing

@Suite(.serialized) struct TestKitTests {
    @Test(arguments: TestServer.Version.allCases)
    func aServerOfEachVersionAnswers(version: TestServer.Version) async throws {
        let server = try await TestServer.shared(version)
        let answer = try await server.withDatabase("CREATE TABLE t AS SELECT 7 AS a;") { database async throws in
            try await database.psql("SELECT a, current_setting('server_version_num')::int / 10000 FROM t")
        }
        #expect(answer == "7|\(version.rawValue)")
    }

    @Test func aLiveSessionHoldsALockAndAnotherWaitsForIt() async throws {
        try await TestServer.shared().withDatabase("CREATE TABLE t (a int);") { database async throws in
            let holder = try await database.session()
            let waiter = try await database.session()
            try await holder.run("BEGIN; LOCK TABLE t;")
            try await waiter.start("SELECT count(*) FROM t;")
            let pid = await waiter.pid
            try await database.wait(until: "EXISTS (SELECT FROM pg_locks WHERE pid = \(pid) AND NOT granted)")
            try await holder.run("ROLLBACK;")
            #expect(try await waiter.finish() == "0")
            await holder.close()
            await waiter.close()
        }
    }

    @Test func aLiveSessionWhoseBackendWasTerminatedFailsAndHarmsNobody() async throws {
        try await TestServer.shared().withDatabase { database async throws in
            let session = try await database.session()
            let pid = await session.pid
            try await database.psql("SELECT pg_terminate_backend(\(pid), 10000)")
            await #expect(throws: Command.Failure.self) { try await session.run("SELECT 1;") }
            await #expect(throws: Command.Failure.self) { try await session.run("SELECT 1;") }
            await session.close()
            await session.close()
        }
    }

    @Test func aFailingScriptIsAnError() async throws {
        let server = try await TestServer.shared()
        await #expect(throws: Command.Failure.self) { try await server.psql("SELECT 1/0; SELECT 2;") }
    }
}
