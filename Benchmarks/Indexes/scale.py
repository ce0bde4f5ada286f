#!/usr/bin/env python3
"""A database of 500 tables and 5,000 statements with parameters: how long an adviser takes for a large workload.

  scale.py --server FOLDER --workload FILE

60 of the tables have 20,000 to 100,000 rows, the others 10,600 to 15,000, so that none is too small for an index; all have a primary key, some foreign keys that nothing
serves. The statements are ten of each table: points, ranges, joins, orders with a limit, groups and updates, with $n in place of
values as pg_stat_statements keeps them. About 1.1 GB, loaded in about a minute.
"""
import argparse
import workload
from server import Server

TABLES, LARGE = 500, 60


def rows_of(number):
    return 20_000 + 80_000 * number // LARGE if number < LARGE else 10_000 + 10 * number


def neighbour(number):
    """The table that a table's foreign key points to: a large one for large ones."""
    return (number * 7 + 1) % LARGE if number < LARGE else LARGE + (number * 7 + 1) % (TABLES - LARGE)


def schema():
    yield "SELECT setseed(0.5);"
    for number in range(TABLES):
        yield f"""
        CREATE TABLE s{number:03} (
            id integer PRIMARY KEY, owner_id integer NOT NULL, state smallint NOT NULL, kind text NOT NULL, amount integer NOT NULL,
            score real, created_at timestamp NOT NULL, closed_at timestamp, label text
        );
        INSERT INTO s{number:03} SELECT i, 1 + floor({rows_of(neighbour(number))} * random() ^ 2)::integer, floor(6 * random() ^ 3),
            'k' || floor(30 * random() ^ 2), floor(10000 * random() ^ 2), CASE WHEN i % 5 > 0 THEN random() END,
            timestamp '2025-01-01' + interval '5 minutes' * i + interval '1 day' * random(),
            CASE WHEN i % 8 > 0 THEN timestamp '2025-02-01' + interval '5 minutes' * i END, 'label-' || i % 997
        FROM generate_series(1, {rows_of(number)}) AS i;"""
        if number % 50 == 49:
            yield "COMMIT; BEGIN;"
    for number in range(0, TABLES, 5):
        yield f"ALTER TABLE s{number:03} ADD FOREIGN KEY (owner_id) REFERENCES s{neighbour(number):03};"
    for number in range(0, TABLES, 3):
        yield f"CREATE INDEX s{number:03}_created_at_idx ON s{number:03} (created_at);"


def statements():
    made = []
    for number in range(TABLES):
        table, other = f"s{number:03}", f"s{neighbour(number):03}"
        texts = [
            f"SELECT * FROM {table} WHERE id = $1",
            f"SELECT id, amount FROM {table} WHERE owner_id = $1 AND state = $2",
            f"SELECT id, label FROM {table} WHERE kind = $1 AND created_at >= $2 AND created_at < $3",
            f"SELECT id, score FROM {table} WHERE state = $1 ORDER BY created_at DESC LIMIT $2",
            f"SELECT t.id, o.label FROM {table} t JOIN {other} o ON o.id = t.owner_id WHERE t.label = $1 AND o.state = $2",
            f"SELECT o.id, count(*) FROM {other} o JOIN {table} t ON t.owner_id = o.id WHERE o.label = $1 GROUP BY o.id",
            f"SELECT kind, sum(amount) FROM {table} WHERE closed_at IS NULL AND amount > $1 GROUP BY kind",
            f"SELECT id FROM {table} WHERE lower(label) = $1 OR (state = $2 AND kind = $3)",
            f"UPDATE {table} SET state = $1, closed_at = now() WHERE owner_id = $2 AND closed_at IS NULL",
            f"SELECT id, amount FROM {table} WHERE amount BETWEEN $1 AND $2 ORDER BY amount, id LIMIT $3",
        ]
        for place, text in enumerate(texts):
            made.append(workload.Statement(f"{table}-{place}", 1 + (number * 31 + place * 17) % 500, text))
    return made


def load(server, database, path):
    server.create(database)
    server.psql(database, "BEGIN;\n" + "\n".join(schema()) + "\nCOMMIT;\nVACUUM (ANALYZE);")
    workload.write(path, statements())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--database", default="scale")
    options = parser.parse_args()
    load(Server(options.server), options.database, options.workload)
