#!/usr/bin/env python3
"""TPC-H in PostgreSQL, with no key and no index, and its 22 queries as a workload file.

  tpch.py --server FOLDER --workload FILE [--scale 0.2]

FOLDER is that of a running server (server.py up FOLDER). Data and queries are those of DuckDB's extension, unchanged: all 22
queries are valid in PostgreSQL as they are.
"""
import argparse, glob, os, sys, tempfile
import needs, workload
from server import Server

duckdb, duckdb_ext, psycopg2 = needs.need("duckdb", "duckdb_ext", "psycopg2")


def open_duck():
    extension = glob.glob(f"{list(duckdb_ext.__path__)[0]}/extensions/*/*/tpch.duckdb_extension")[0]
    duck = duckdb.connect()
    duck.execute(f"LOAD '{extension}'")
    return duck


def queries():
    rows = open_duck().execute("SELECT query_nr, query FROM tpch_queries() ORDER BY 1").fetchall()
    return [workload.Statement(f"Q{number:02}", 1, text) for number, text in rows]


def load(server, database, path, scale=0.2):
    duck = open_duck()
    duck.execute(f"CALL dbgen(sf={scale})")
    tables = duck.execute("SELECT table_name, sql FROM duckdb_tables() ORDER BY 1").fetchall()
    server.create(database)
    with psycopg2.connect(server.dsn(database)) as connection, connection.cursor() as cursor, tempfile.TemporaryDirectory() as folder:
        for table, definition in tables:
            file = f"{folder}/{table}.csv"
            duck.execute(f"COPY {table} TO '{file}' (FORMAT csv, HEADER false)")
            cursor.execute(definition)
            with open(file) as rows:
                cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv)", rows)
            os.remove(file)
    connection.close()
    server.psql(database, "VACUUM (ANALYZE)")
    workload.write(path, queries())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--scale", type=float, default=0.2)
    parser.add_argument("--database", default="tpch")
    parser.add_argument("--only-queries", action="store_true", help="write the workload, load nothing")
    options = parser.parse_args()
    if options.only_queries:
        workload.write(options.workload, queries())
        sys.exit()
    load(Server(options.server), options.database, options.workload, options.scale)
