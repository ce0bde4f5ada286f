#!/usr/bin/env python3
"""A throw-away PostgreSQL 15 for the benchmark, with HypoPG and pg_stat_statements, planner settings as shipped.

  server.py up FOLDER     start it and leave it running; prints its DSN
  server.py down FOLDER   stop it and remove the folder
"""
import os, shutil, subprocess, sys, tempfile

BIN = os.environ.get("PGMEDIC_DEMO_BIN", "/usr/lib/postgresql/15/bin")
PORT = "54396"
# None of them changes a plan's cost: the planner's own settings stay at their defaults.
SETTINGS = {
    "port": PORT, "listen_addresses": "''", "fsync": "off", "shared_preload_libraries": "'pg_stat_statements,hypopg'",
    # The statistics stay those of the loading VACUUM (ANALYZE), so that two runs of an adviser see the same costs.
    "autovacuum": "off", "shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "1h", "logging_collector": "off",
}


class Server:
    def __init__(self, folder=None):
        self.folder = folder or tempfile.mkdtemp(prefix="pgmedic-bench-indexes-", dir="/tmp")

    @property
    def data(self):
        return f"{self.folder}/data"

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o755)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        # In a locale that is not plain C, so that LIKE 'x%' needs text_pattern_ops, as on most servers.
        self.run(f"{BIN}/initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8")
        settings = {**SETTINGS, "unix_socket_directories": f"'{self.folder}'"}
        self.run("tee", "-a", f"{self.data}/postgresql.conf", input="".join(f"{name} = {value}\n" for name, value in settings.items()))
        self.run(f"{BIN}/pg_ctl", "-D", self.data, "-w", "-l", f"{self.folder}/log", "start")
        return self

    def stop(self):
        self.run(f"{BIN}/pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    def run(self, *command, input=None):
        """Runs a command as the server's user: PostgreSQL refuses to run as root."""
        prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*prefix, *command], input=input, text=True, check=True, stdout=subprocess.DEVNULL, cwd="/tmp")

    def dsn(self, database):
        return f"host={self.folder} port={PORT} user=postgres dbname={database}"

    def psql(self, database, sql=None, file=None):
        command = [f"{BIN}/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.dsn(database), "-f", file or "-"]
        subprocess.run(command, input=sql, text=True, check=True, stdout=subprocess.DEVNULL)

    def create(self, database):
        self.psql("postgres", f"SET client_min_messages = warning; DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database}")
        self.psql(database, "CREATE EXTENSION hypopg; CREATE EXTENSION pg_stat_statements")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("up", "down"):
        sys.exit(__doc__)
    server = Server(sys.argv[2])
    if sys.argv[1] == "up":
        server.start()
        print(server.dsn("postgres"))
    else:
        server.stop()
