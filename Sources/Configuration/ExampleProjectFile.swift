extension ProjectFile {
    /// `pgmedic sweep --example-config`
    package static let example = """
        # pgmedic.yaml: the servers by their names, and how `pgmedic sweep` goes through them.
        # Found as ./pgmedic.yaml, as $XDG_CONFIG_HOME/pgmedic/pgmedic.yaml, or by --config FILE.
        # Check it: pgmedic sweep --check-config
        #
        # Passwords do not belong here. They stand in ~/.pgpass (host:port:database:role:password, mode 0600)
        # of the user that sweeps, or in the file that passfile= of a DSN names.

        targets:
          shop:                                         # stands for its DSN in every command: pgmedic diagnose shop
            dsn: postgresql://pgmedic@db1.example.org/shop
            tags: [production, eu]
            databases: [billing]                        # in depth too; or `all`
            hostFacts: { cores: 16, ram: 64GB, disk: ssd }   # what SQL cannot see of the machine
            sweep:                                      # for this target alone
              failOn: critical                          # the run ends with 1
              reportRoles: [reporting]                  # whose statements are reported apart
          warehouse:
            service: warehouse                          # a section of pg_service.conf
            tags: [production, us]
            sweep:
              deadline: 3min                            # far away, and large
              queryTimeout: 30s
            thresholds:                                 # a rule's numbers for this target: pgmedic rules show ID
              locks.rollback-rate: { "rollbacks a day": 20000, "share of the transactions": 30% }
          staging:
            dsn: host=stage.example.org dbname=shop user=pgmedic connect_timeout=5
            tags: [test]
            sweep:
              viewsOnly: true                           # no plans, no samples
              tell: critical                            # say less of it
            # suppressions:                             # what is accepted: pgmedic diagnose staging --print-suppression ID

        # thresholds:                                   # for every server; a target's own stand before them
        #   locks.long-transaction: { "age of the transaction": 30min }

        groups:                                         # pgmedic sweep nightly
          nightly: [warehouse, "tag:test"]

        # Where snapshots are kept. A file, or a PostgreSQL server that several sweepers share.
        # Unless said: $XDG_STATE_HOME/pgmedic/history.db
        # history: postgresql://pgmedic@history.example.org/pgmedic

        # Whose hours and days the reports of the history tell: trends, compare, slow. Unless said: UTC
        # timeZone: Europe/Amsterdam

        # What the team learnt, one Markdown file each: `pgmedic resolve` writes them, reports show them where they fit.
        # runbooks: /srv/runbooks

        sweep:
          parallel: 4                                   # visits at a time
          deadline: 60s                                 # for the visit of a target
          queryTimeout: 5s                              # for one query
          every: 5min                                   # as the timer has it: what was just visited is done
          jitter: 20s                                   # a random pause before, so that not all start in one instant
          retries: 1                                    # within the deadline
          backoff: { first: 1min, most: 1h }            # a target that failed is left alone, twice as long each time
          failOn: never                                 # or warning, critical
          tell: warning                                 # the least severity of a change that is told
          # reports:                                    # HTML and JSON for each target, and index.html for the fleet
          #   folder: /var/lib/pgmedic/reports
          #   keep: 30d                                 # or how many of a target
          #   formats: [html, json, markdown]
          # textfile: /var/lib/prometheus/node-exporter # metrics for node_exporter's textfile collector
          # webhook:                                    # JSON, when there is something to tell
          #   urlFile: /etc/pgmedic/webhook.url         # a URL that is a secret; else url: https://…
          #   timeout: 10s
          #   retries: 3
          mail:                                         # pgmedic sweep --mail-format | sendmail -t
            to: [dba@example.org]
            subjectPrefix: "[pgmedic]"

        """
}
