#!/usr/bin/env python3
"""The reference of the benchmark: the Extend algorithm, with B-tree indexes, costs by HypoPG.

  extend.py --dsn DSN --workload FILE [--budget-storage BYTES|500MB|25%|none] [--max-width 3] [--columns clauses|all]

R. Schlosser, J. Kossmann, M. Boissier: Efficient Scalable Multi-Attribute Index Selection Using Recursive Strategies, ICDE 2019,
with the details of the authors' evaluation platform (J. Kossmann, S. Halfpap, M. Jankrift, R. Schlosser: Magic mirror in my hand,
which is the best in the land?, PVLDB 13(12), 2020): start with no index; each step adds a one-column index or appends a column to
an index of the set, whichever cuts most cost per byte added; end when nothing fits or cuts the cost by less than 0.3 %. A cost is
asked anew only for a statement and a set of the indexes that share a column with it.

Candidates are the columns of WHERE, JOIN, GROUP BY and ORDER BY; with `--columns all` also those that are only returned, so that
index-only scans come into reach, as in the authors' platform. Prints JSON.
"""
import argparse, json, sys, time
import needs, workload
from tuning import Database, budget, cuts, plannable, psycopg2

needs.need("pglast")
import pglast.parser  # noqa: E402

CLAUSES = {"whereClause", "groupClause", "sortClause", "havingClause", "quals", "usingClause"}


class Catalog:
    def __init__(self, database):
        self.columns, self.partitions = {}, {}
        for table, column in database.rows("""
                SELECT relname, attname FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
                WHERE relkind IN ('r', 'p', 'm') AND NOT relispartition AND attnum > 0 AND NOT attisdropped AND pg_table_is_visible(c.oid)
                ORDER BY relname, attnum"""):
            self.columns.setdefault(table, []).append(column)
        for parent, leaf in database.rows("""
                SELECT c.relname, l.relname FROM pg_class c CROSS JOIN pg_partition_tree(c.oid) t JOIN pg_class l ON l.oid = t.relid
                WHERE c.relkind = 'p' AND NOT c.relispartition AND t.isleaf"""):
            self.partitions.setdefault(parent, []).append(leaf)


def columns_of(statement, catalog, everywhere):
    """(table, column) pairs that the statement mentions: in its clauses, and anywhere."""
    tree = json.loads(pglast.parser.parse_sql_json(statement.text))
    names, found = {}, []

    def walk(node, clause):
        if isinstance(node, list):
            for item in node:
                walk(item, clause)
        if not isinstance(node, dict):
            return
        for key, value in node.items():
            if key in ("RangeVar", "relation") and isinstance(value, dict) and "relname" in value:
                alias = value.get("alias", {}).get("aliasname", value["relname"])
                names.setdefault(alias, set()).add(value["relname"])
            if key == "ColumnRef":
                parts = [field["String"].get("sval", "") for field in value["fields"] if "String" in field]
                found.append((parts, clause))
            elif key == "usingClause":
                found.extend(([item["String"]["sval"]], True) for item in value)
            elif key in CLAUSES:
                walk(value, True)
            else:
                walk(value, clause and key not in ("SelectStmt", "targetList", "fromClause"))

    walk(tree, False)
    tables = {table for alias in names.values() for table in alias if table in catalog.columns}
    in_clauses, anywhere = set(), set()
    for parts, clause in found:
        if not parts:
            continue
        owners = names.get(parts[-2], set()) if len(parts) > 1 else tables
        pairs = {(table, parts[-1]) for table in owners if parts[-1] in catalog.columns.get(table, ())}
        anywhere |= pairs
        in_clauses |= pairs if clause or everywhere else set()
    return in_clauses, anywhere


class WhatIf:
    """Costs with hypothetical indexes; an index is (table, columns). Counts the plans really asked for."""

    def __init__(self, database, catalog, statements, columns):
        self.database, self.catalog, self.statements, self.columns = database, catalog, statements, columns
        self.made, self.sizes, self.costs, self.calls = {}, {}, {}, 0

    def make(self, index):
        table, columns = index
        identifiers = []
        names = ", ".join(f'"{column}"' for column in columns)
        # HypoPG takes an index of a partitioned table, but the planner looks at those of the partitions.
        for leaf in self.catalog.partitions.get(table, [table]):
            identifiers.append(self.database.value("SELECT indexrelid FROM hypopg_create_index(%s)", f'CREATE INDEX ON "{leaf}" ({names})'))
        self.made[index] = identifiers
        if index not in self.sizes:
            self.sizes[index] = int(sum(self.database.value("SELECT hypopg_relation_size(%s)", identifier) for identifier in identifiers))

    def size(self, index):
        if index not in self.sizes:
            self.make(index)
        return self.sizes[index]

    def arrange(self, indexes):
        for index in [index for index in self.made if index not in indexes]:
            for identifier in self.made.pop(index):
                self.database.value("SELECT hypopg_drop_index(%s)", identifier)
        for index in indexes:
            if index not in self.made:
                self.make(index)

    def cost(self, statement, indexes):
        columns = self.columns[statement.name]
        relevant = frozenset(index for index in indexes if any((index[0], column) in columns for column in index[1]))
        key = (statement.name, relevant)
        if key not in self.costs:
            self.arrange(indexes)
            self.calls += 1
            self.costs[key] = self.database.cost(statement)
        return self.costs[key]

    def total(self, indexes):
        return sum(statement.weight * self.cost(statement, indexes) for statement in self.statements)


def extend(what_if, attributes, limit, width, improvement):
    chosen, current = [], what_if.total([])
    while True:
        best = (0, None, None)
        used = sum(map(what_if.size, chosen))
        attributes = [(table, column) for table, column in attributes if what_if.size((table, (column,))) + used <= limit or chosen]
        steps = [(chosen + [(table, (column,))], 0) for table, column in attributes
                 if (table, (column,)) not in chosen and what_if.size((table, (column,))) + used <= limit]
        for position, (owner, columns) in enumerate(chosen):
            for table, column in attributes:
                longer = (owner, columns + (column,))
                if table == owner and column not in columns and len(columns) < width and longer not in chosen:
                    steps.append((chosen[:position] + chosen[position + 1:] + [longer], what_if.size((owner, columns))))
        for indexes, replaced in steps:
            added = what_if.size(indexes[-1]) - replaced
            if used + added > limit:
                continue
            cost = what_if.total(indexes)
            if cost * improvement >= current:
                continue
            # A longer index may be no larger: any gain is then worth it.
            ratio = (current - cost) / max(added, 1)
            if ratio > best[0]:
                best = (ratio, indexes, cost)
        if best[1] is None:
            return chosen
        _, chosen, current = best
        print(f"  {len(chosen)} indexes, cost {current:,.0f}, {what_if.calls} what-if calls", file=sys.stderr)


def indexable(database, pairs):
    """The columns that a B-tree takes and that are worth one: HypoPG itself refuses the others."""
    kept = []
    for table, column in sorted(pairs):
        try:
            database.rows("SELECT hypopg_create_index(%s)", f'CREATE INDEX ON "{table}" ("{column}")')
            kept.append((table, column))
        except psycopg2.Error:
            pass
    database.rows("SELECT hypopg_reset()")
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--budget-storage", default="none")
    parser.add_argument("--max-width", type=int, default=3)
    parser.add_argument("--min-improvement", type=float, default=1.003, help="cost before a step ÷ after, at least")
    parser.add_argument("--columns", choices=("clauses", "all"), default="clauses")
    options = parser.parse_args()
    start = time.monotonic()
    database = Database(options.dsn)
    heap = database.heap_size()
    limit = budget(options.budget_storage, heap)
    statements = plannable(database, workload.read(options.workload))
    catalog = Catalog(database)
    columns, attributes = {}, set()
    for statement in statements:
        in_clauses, columns[statement.name] = columns_of(statement, catalog, options.columns == "all")
        attributes |= in_clauses
    what_if = WhatIf(database, catalog, statements, columns)
    chosen = extend(what_if, indexable(database, attributes), limit, options.max_width, options.min_improvement)
    before = {statement.name: what_if.cost(statement, []) for statement in statements}
    after = {statement.name: what_if.cost(statement, chosen) for statement in statements}
    calls = what_if.calls
    total, mean = cuts(statements, before, after)
    json.dump({
        "recommendations": [
            {"sql": [f'CREATE INDEX ON "{table}" ({", ".join(chr(34) + column + chr(34) for column in names)})'],
             "size": what_if.size((table, names))} for table, names in chosen
        ],
        "size": sum(map(what_if.size, chosen)), "heap": heap, "statements": len(statements), "candidateColumns": len(attributes),
        "costBefore": sum(s.weight * before[s.name] for s in statements), "costAfter": sum(s.weight * after[s.name] for s in statements),
        "totalCut": total, "meanCut": mean, "whatIfCalls": calls, "seconds": time.monotonic() - start,
    }, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
