#!/usr/bin/env python3
"""Judges sets of indexes, whoever made them: builds each on a copy of the database and looks at what the workload then does.

  judge.py --dsn DSN --workload FILE --set NAME=FILE [--set NAME=FILE …] [--run] [--format table|json]
           [--of NAME --require-total 99.3 --require-mean 56 --require-size 25% --require-used --require-no-slower]

FILE is JSON, with the SQL in `recommendations[].sql`, or SQL. Every statement of it is executed as it stands, in order, each in a
transaction of its own, so CREATE INDEX CONCURRENTLY and DROP INDEX CONCURRENTLY are proven too; a copy is `CREATE DATABASE …
TEMPLATE`, so its statistics and visibility map are the same as before, and differences of cost come from the indexes alone. Only
tables with a new index on an expression are analyzed anew, as PostgreSQL's manual advises after making one.

Cost is the planner's. An index is used when a plan has it, or when a write scans it on its way, as a foreign key's check does.
With --run each statement is timed before and after: median of 3 runs on a warm cache, writes rolled back; one that is slower by
more than 10 % and 1 ms is measured again, both ways in turn, before it is named.

Exit status 0, 1 when a requirement is not met, 2 when a set's SQL fails.
"""
import argparse, dataclasses, json, statistics, sys, time
import workload
from tuning import Database, budget, cuts, plannable, psycopg2

SLOWER, SLOWER_MS = 1.10, 1.0


def answer(path):
    """The set's SQL, the planner's answers that it took and the seconds, where the file says so."""
    with open(path) as file:
        text = file.read()
    if not text.lstrip().startswith("{"):
        return [statement.text for statement in workload.read(path)], None, None
    said = json.loads(text)
    sql = [sql for recommendation in said["recommendations"] for sql in recommendation["sql"]]
    return sql, said.get("plannerCalls", said.get("whatIfCalls")), said.get("seconds")


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


class Copy:
    """A copy of the database, to be thrown away."""

    def __init__(self, dsn, name):
        parts = psycopg2.extensions.parse_dsn(dsn)
        self.name, self.server = name, Database(psycopg2.extensions.make_dsn(**{**parts, "dbname": "postgres"}))
        self.server.rows(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        for attempt in range(20):
            try:
                self.server.rows(f'CREATE DATABASE "{name}" TEMPLATE "{parts["dbname"]}" STRATEGY file_copy')
                break
            # The server itself waits for 5 s each time for other sessions to leave.
            except psycopg2.errors.ObjectInUse:
                if attempt == 19:
                    raise
        self.database = Database(psycopg2.extensions.make_dsn(**{**parts, "dbname": name}))

    def drop(self):
        self.database.connection.close()
        self.server.rows(f'DROP DATABASE "{self.name}" WITH (FORCE)')
        self.server.connection.close()


@dataclasses.dataclass
class Index:
    oid: int
    name: str
    # The name that a reader knows it by: for a partition's index that of the parent.
    title: str
    size: int
    table: str
    has_expression: bool
    valid: bool
    definition: str


def indexes_of(database):
    return {row[0]: Index(*row) for row in database.rows("""
        SELECT c.oid, c.relname, coalesce((SELECT r.relname FROM pg_partition_ancestors(c.oid) a JOIN pg_class r ON r.oid = a.relid
            WHERE NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = r.oid)), c.relname),
            pg_relation_size(c.oid), indrelid::regclass::text, indexprs IS NOT NULL, indisvalid, pg_get_indexdef(c.oid)
        FROM pg_index JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname NOT LIKE 'pg\\_%'""")}


def shape(plan):
    """What a plan does, without what it costs."""
    kept = {key: value for key, value in plan.items() if not key.endswith((" Cost", " Rows", " Width")) and key != "Plans"}
    return kept, [shape(child) for child in plan.get("Plans", ())]


def timed(database, statement, limit):
    """ms of one run, rolled back when it writes; None when it ran into the limit."""
    database.connection.autocommit = False
    try:
        database.cursor.execute(f"SET LOCAL statement_timeout = {int(limit * 1000)}")
        start = time.perf_counter()
        database.cursor.execute(statement.text)
        if database.cursor.description:
            database.cursor.fetchall()
        return (time.perf_counter() - start) * 1000
    except psycopg2.errors.QueryCanceled:
        return None
    finally:
        database.connection.rollback()
        database.connection.autocommit = True


def median(database, statement, limit, runs=3):
    first = timed(database, statement, limit)
    if first is None:
        return None
    # The first run warms the cache; where it alone takes long, what the cache gives does not matter.
    times = [first] if first > 5000 else [timed(database, statement, limit) for _ in range(runs)]
    return None if None in times else statistics.median(times)


def scanned(database, statement, indexes):
    """The indexes among those given that a write scans on its way: what its triggers do is in no plan."""
    database.connection.autocommit = False
    try:
        counted = "SELECT oid, pg_stat_get_xact_numscans(oid) FROM unnest(%s::oid[]) oid"
        # The counters run on from one transaction of a session to the next until they are sent.
        database.cursor.execute(counted, (list(indexes),))
        before = dict(database.cursor.fetchall())
        database.cursor.execute(statement.text)
        database.cursor.execute(counted, (list(indexes),))
        return {indexes[oid] for oid, scans in database.cursor.fetchall() if scans > before[oid]}
    finally:
        database.connection.rollback()
        database.connection.autocommit = True


def build(database, name, statements):
    """Executes a set's SQL; returns the seconds that it took."""
    start = time.monotonic()
    for sql in statements:
        try:
            database.rows(sql)
        except psycopg2.Error as error:
            print(f"{name}: {sql}: {error}", file=sys.stderr)
            sys.exit(2)
    return time.monotonic() - start


def use(database, statements, new):
    """Each statement's plan, and for each new index the statements that use it."""
    plans, used = {}, {index.title: [] for index in new}
    titles = {index.name: index.title for index in new}
    for statement in statements:
        plan = plans[statement.name] = database.plan(statement)
        found = {titles[node["Index Name"]] for node in nodes(plan) if node.get("Index Name") in titles}
        if statement.writes:
            found |= scanned(database, statement, {index.oid: index.title for index in new})
        for title in found:
            used[title].append(statement.name)
    return plans, used


def judge(dsn, statements, name, path, base, options):
    sql, calls, seconds = answer(path)
    copy = Copy(dsn, f"judge_{name}".replace("-", "_"))
    database = copy.database
    try:
        old = indexes_of(database)
        built = build(database, name, sql)
        present = indexes_of(database)
        new = [index for oid, index in present.items() if oid not in old]
        dropped = [index for oid, index in old.items() if oid not in present]
        for table in sorted({index.table for index in new if index.has_expression}):
            database.rows(f"ANALYZE {table}")
        plans, used = use(database, statements, new)
        after = {name: plan["Total Cost"] for name, plan in plans.items()}
        total, mean = cuts(statements, base["cost"], after)
        size = sum(index.size for index in new)
        roots = {index.name: index for index in new}
        result = {
            "set": name, "indexes": len(used), "dropped": [index.name for index in dropped],
            "invalid": [index.name for index in new if not index.valid], "size": size, "sizeOfHeap": 100 * size / base["heap"],
            "freed": sum(index.size for index in dropped), "secondsToBuild": built, "totalCut": total, "meanCut": mean,
            "unused": [title for title in used if not used[title]],
            "of": [{"name": title, "definition": roots[title].definition, "usedBy": used[title],
                    "size": sum(index.size for index in new if index.title == title)} for title in used],
            "costs": {s.name: [base["cost"][s.name], after[s.name]] for s in statements},
            # 1 % and a page: below it is rounding, such as an index one level less high.
            "costlier": [s.name for s in statements if after[s.name] > base["cost"][s.name] * 1.01 + 1],
            "whatIfCalls": calls, "seconds": seconds,
        }
        if options.run:
            result["times"] = {s.name: [base["time"][s.name], median(database, s, options.timeout)] for s in statements}
            # A read with the plan that it had is not slower but by chance.
            changed = [s for s in statements if s.writes or shape(plans[s.name]) != base["shape"][s.name]]
            result["slower"] = slower(changed, result["times"], base["database"], database, options.timeout)
            result["totalTimeCut"], result["meanTimeCut"] = time_cuts(statements, result["times"])
        return result
    finally:
        copy.drop()


def slower(statements, times, before, after, limit):
    """Names the statements that are slower with the set, in a second, longer measurement with both databases in turn."""
    named = []
    for statement in statements:
        first, second = times[statement.name]
        if first is None or (second is not None and not (second > first * SLOWER and second > first + SLOWER_MS)):
            continue
        if second is not None:
            pairs = [(timed(before, statement, limit), timed(after, statement, limit)) for _ in range(9)]
            first, second = (statistics.median(pair[index] for pair in pairs) for index in (0, 1))
            times[statement.name] = [first, second]
        if second is None or (second > first * SLOWER and second > first + SLOWER_MS):
            named.append(statement.name)
    return named


def table(results, run):
    rows = [
        ("indexes", lambda r: f"{r['indexes']}"),
        ("size, MB", lambda r: f"{r['size'] / 1e6:.1f}"),
        ("size, % of heap", lambda r: f"{r['sizeOfHeap']:.1f}"),
        ("dropped indexes", lambda r: f"{len(r['dropped'])}"),
        ("freed, MB", lambda r: f"{r['freed'] / 1e6:.1f}"),
        ("total cost cut, %", lambda r: f"{r['totalCut']:.3f}"),
        ("mean cost cut, %", lambda r: f"{r['meanCut']:.2f}"),
        ("unused indexes", lambda r: f"{len(r['unused'])}"),
        ("costlier statements", lambda r: f"{len(r['costlier'])}"),
        ("what-if calls", lambda r: f"{r['whatIfCalls'] if r['whatIfCalls'] is not None else '-'}"),
        ("advised in, s", lambda r: f"{r['seconds']:.1f}" if r["seconds"] is not None else "-"),
        ("built in, s", lambda r: f"{r['secondsToBuild']:.1f}"),
    ]
    if run:
        rows += [
            ("total time cut, %", lambda r: f"{r['totalTimeCut']:.2f}"), ("mean time cut, %", lambda r: f"{r['meanTimeCut']:.2f}"),
            ("slower statements", lambda r: f"{len(r['slower'])}"),
        ]
    lines = [f"{'':22}" + "".join(f"{r['set']:>14}" for r in results)]
    lines += [f"{title:22}" + "".join(f"{value(r):>14}" for r in results) for title, value in rows]
    for result in results:
        for key in ("unused", "costlier", "slower", "invalid"):
            if result.get(key):
                lines.append(f"{result['set']}: {key}: {', '.join(result[key])}")
    return "\n".join(lines)


def time_cuts(statements, times):
    """Total time cut by weight, of all that ended in time; and the mean of those that took 1 ms or more before."""
    pairs = [(s.weight, *times[s.name]) for s in statements if None not in times[s.name]]
    total = 1 - sum(weight * second for weight, _, second in pairs) / sum(weight * first for weight, first, _ in pairs)
    slow = [1 - second / first for _, first, second in pairs if first >= SLOWER_MS]
    return 100 * total, 100 * statistics.mean(slow or [0])


def details(results, run):
    for result in results:
        print(f"\n{result['set']}: indexes")
        for index in result["of"]:
            print(f"  {index['size'] / 1e6:8.2f} MB  {index['definition']}\n{'':15}{', '.join(index['usedBy']) or 'UNUSED'}")
        print(f"{result['set']}: statements, cost before and after" + (", ms before and after" if run else ""))
        for name, (first, second) in result["costs"].items():
            line = f"  {name:34}{first:16,.1f}{second:16,.1f}"
            if run:
                line += "".join(f"{f'{value:,.2f}' if value is not None else 'too long':>14}" for value in result["times"][name])
            print(line)


def prepare(dsn, statements, options):
    """The state without a set: costs, and times on the database itself."""
    database = Database(dsn)
    plans = {s.name: database.plan(s) for s in statements}
    base = {
        "heap": database.heap_size(), "cost": {name: plan["Total Cost"] for name, plan in plans.items()},
        "shape": {name: shape(plan) for name, plan in plans.items()},
    }
    # A database that is to be copied must have no session.
    database.connection.close()
    if options.run:
        # On a copy too, so that neither side has what the other lacks, such as hint bits or a file's place on disk.
        base["copy"] = Copy(dsn, "judge_before")
        base["database"] = base["copy"].database
        base["time"] = {s.name: median(base["database"], s, options.timeout) for s in statements}
    return base


def unmet(result, options, heap):
    """What the set named by --of does not hold."""
    checks = [
        (options.require_total, lambda bar: result["totalCut"] >= bar, "total cut"),
        (options.require_mean, lambda bar: result["meanCut"] >= bar, "mean cut"),
        (options.require_size, lambda bar: result["size"] <= budget(bar, heap), "size"),
        (options.require_used or None, lambda _: not result["unused"], "every index used"),
        (options.require_no_slower or None, lambda _: not result.get("slower") and not result["costlier"], "no statement slower"),
    ]
    return [title for bar, holds, title in checks if bar is not None and not holds(bar)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--set", action="append", required=True, metavar="NAME=FILE", dest="sets")
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--timeout", type=float, default=60, help="seconds that a statement may run")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--json-to", metavar="FILE", help="the verdicts as JSON too; - prints them first, in one line, before an empty one")
    parser.add_argument("--details", action="store_true", help="each index with what uses it, each statement with its costs")
    parser.add_argument("--of", help="the set that is to meet the requirements; the last one by default")
    parser.add_argument("--require-total", type=float)
    parser.add_argument("--require-mean", type=float)
    parser.add_argument("--require-size")
    parser.add_argument("--require-used", action="store_true")
    parser.add_argument("--require-no-slower", action="store_true")
    options = parser.parse_args()
    database = Database(options.dsn)
    statements = plannable(database, workload.read(options.workload))
    database.connection.close()
    base = prepare(options.dsn, statements, options)
    try:
        results = [judge(options.dsn, statements, *item.split("=", 1), base, options) for item in options.sets]
    finally:
        if "copy" in base:
            base["copy"].drop()
    if options.json_to == "-":
        print(f"{json.dumps(results)}\n")
    elif options.json_to:
        with open(options.json_to, "w") as file:
            json.dump(results, file)
    if options.format == "json":
        json.dump(results, sys.stdout, indent=1)
        print()
    else:
        print(table(results, options.run))
        if options.details:
            details(results, options.run)
    judged = next((result for result in results if result["set"] == options.of), results[-1])
    missed = unmet(judged, options, base["heap"])
    for title in missed:
        print(f"{judged['set']}: MISSED: {title}", file=sys.stderr)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
