"""What an adviser and its judge share: a connection, a workload that can be planned, costs, and hypothetical indexes."""
import json, re, sys
import needs

psycopg2, = needs.need("psycopg2")


class Database:
    def __init__(self, dsn):
        self.connection = psycopg2.connect(dsn)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()

    def rows(self, sql, *values):
        self.cursor.execute(sql, values or None)
        return self.cursor.fetchall() if self.cursor.description else []

    def value(self, sql, *values):
        return self.rows(sql, *values)[0][0]

    def plan(self, statement):
        return self.value("EXPLAIN (FORMAT JSON) " + statement.text)[0]["Plan"]

    def cost(self, statement):
        return self.plan(statement)["Total Cost"]

    def heap_size(self):
        """Bytes of all tables' heaps: what a budget in percent is a share of."""
        return int(self.value("""
            SELECT coalesce(sum(pg_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
            WHERE relkind IN ('r', 'm') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"""))


def plannable(database, statements):
    """The statements that EXPLAIN takes; the others are named on standard error."""
    taken = []
    for statement in statements:
        try:
            database.plan(statement)
            taken.append(statement)
        except psycopg2.Error as error:
            print(f"{statement.name}: cannot be planned, left out: {str(error).splitlines()[0]}", file=sys.stderr)
    return taken


def budget(text, heap):
    """Bytes of a budget like `none`, `25%`, `500MB` or `1000000`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%|[kMGT]?B)?", text)
    if text == "none":
        return float("inf")
    if not match:
        sys.exit(f"not a budget: {text}")
    factor = {"%": heap / 100, None: 1, "B": 1, "kB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}[match[2]]
    return float(match[1]) * factor


def cuts(statements, before, after):
    """Total cut by weight, and the plain mean of the statements' cuts, both in percent."""
    total = sum(statement.weight * before[statement.name] for statement in statements)
    left = sum(statement.weight * after[statement.name] for statement in statements)
    mean = sum(1 - after[s.name] / before[s.name] for s in statements if before[s.name] > 0) / len(statements)
    return 100 * (1 - left / total), 100 * mean
