import Foundation
import TestKit
import Testing

/// The shipped crontab under a real cron, in a mount namespace: nothing of the machine is changed.
@Suite struct CronTests {
    private static let cron = "/usr/sbin/cron"
    /// cron's clock goes by minutes, of which this takes up to three.
    private static let isAsked =
        ProcessInfo.processInfo.environment["PGMEDIC_LONG_TESTS"] != nil && getuid() == 0
        && FileManager.default.isExecutableFile(atPath: cron)

    /// $0 the program, $1 a folder with the crontab, the project file and the passwords. Prints what cron has mailed: of a sweep of
    /// an unchanged server, then of one that it may no longer enter.
    private static let script = """
        set -e
        mail=$1/mail home=/var/lib/pgmedic
        mkdir -m 1777 "$mail"
        cp -a /etc "$1/etc" && mount --bind "$1/etc" /etc
        for place in /var/lib /usr/local/bin /run; do mount -t tmpfs tmpfs $place; done
        useradd --system --home-dir $home pgmedic
        install -d -m 0700 -o pgmedic $home && install -m 0600 -o pgmedic "$1/pgpass" $home/.pgpass
        mkdir /etc/pgmedic && cp "$1/pgmedic.yaml" /etc/pgmedic
        rm -rf /etc/cron.*/* /etc/crontab && install -m 0644 "$1/crontab" /etc/cron.d/pgmedic
        install -m 0755 "$0" /usr/local/bin/pgmedic
        cp \(cron) "$1/cron" && mount -t tmpfs tmpfs /usr/sbin && cp "$1/cron" /usr/sbin
        printf '#!/bin/sh\\ncat >> %s/letter\\n' "$mail" > /usr/sbin/sendmail && chmod 755 /usr/sbin/sendmail

        # The sweep before: what is there already is told once.
        as="setpriv --reuid pgmedic --regid pgmedic --clear-groups env -i HOME=$home PATH=/usr/local/bin:/usr/bin:/bin"
        history="--config /etc/pgmedic/pgmedic.yaml --history $home/history.db"
        $as pgmedic sweep $history > /dev/null
        counted() { $as pgmedic history list --history $home/history.db --format json | sed -n 's/.*"snapshots" : \\([0-9]*\\).*/\\1/p'; }
        cron -f & cron=$!
        trap 'kill $cron' EXIT
        for second in $(seq 75); do [ "$(counted)" != 1 ] || sleep 1; done
        echo "snapshots: $(counted)"
        while pgrep -u pgmedic > /dev/null; do sleep 0.1; done
        echo "mailed: $(cat "$mail"/letter 2> /dev/null)"
        echo '*:*:*:*:wrong' > $home/.pgpass
        for second in $(seq 75); do [ -s "$mail/letter" ] || sleep 1; done
        while pgrep -u pgmedic > /dev/null; do sleep 0.1; done
        cat "$mail/letter"
        """

    @Test(.enabled(if: isAsked)) func theShippedLineSweepsAndIsQuietUntilThereIsNews() async throws {
        let server = try await TestServer.start(
            extensions: ["pg_stat_statements"], authentication: .scram(password: "of the shop"))
        defer { server.stop() }
        let scratch = try Scratch()
        _ = try scratch.file("pgmedic.yaml", "targets: {shop: {dsn: \"\(server.dsn())\"}}\n")
        _ = try scratch.file("pgpass", "127.0.0.1:*:*:*:of the shop\n")
        let crontab = try String(contentsOfFile: "\(Program.root)/Examples/pgmedic.crontab", encoding: .utf8)
        _ = try scratch.file("crontab", crontab.replacing("\n*/5 * * * *", with: "\n* * * * *"))
        let run = try await Command(
            "/usr/bin/unshare", ["--mount", "/bin/bash", "-c", Self.script, Program.path, scratch.path]
        ).run()
        #expect(run.status == 0, "\(run.out)\(run.error)")
        #expect(run.out.hasPrefix("snapshots: 2\nmailed: \n"), "\(run.out)\(run.error)")
        #expect(run.out.contains("To: dba@example.org") && run.out.contains("shop"), "\(run.out)")
    }
}
