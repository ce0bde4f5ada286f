import Foundation

/// pgbench: the load of tests.
package enum PgBench {
    package static let path = "/usr/lib/postgresql/15/bin/pgbench"

    /// Runs a script of one transaction with these options; to be ended from outside is a failure.
    package static func run(_ script: String, _ options: [String], on dsn: String) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("pgm-load-\(UUID().uuidString).sql")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(script.utf8).write(to: file)
        try await Command(path, ["-n", "-f", file.path] + options + [dsn]).check()
    }

    /// TPC-B as pgbench has it built in, for tables of this scale (`pgbench -i -s`).
    package static func tpcB(scale: Int) -> String {
        """
        \\set aid random(1, \(100_000 * scale))
        \\set bid random(1, \(scale))
        \\set tid random(1, \(10 * scale))
        \\set delta random(-5000, 5000)
        BEGIN;
        UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
        SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
        UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
        UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = :bid;
        INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
        END;

        """
    }
}
