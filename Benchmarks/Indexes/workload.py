"""Workload files: statements, each after a line `-- name: Q01` and a line `-- weight: 120`, each ended by `;` at a line's end."""
import dataclasses, re

READING_VERBS = ("select", "with", "values", "table")


@dataclasses.dataclass
class Statement:
    name: str
    weight: float
    text: str

    @property
    def writes(self):
        return self.text.split(None, 1)[0].lower() not in READING_VERBS


def read(path):
    statements, name, weight, lines = [], None, 1.0, []
    with open(path) as file:
        for line in file:
            head = re.match(r"--\s*(name|weight):\s*(\S.*?)\s*$", line)
            if head and head[1] == "name":
                name = head[2]
            elif head:
                weight = float(head[2])
            elif lines or (line.strip() and not line.startswith("--")):
                lines.append(line)
                if line.rstrip().endswith(";"):
                    text = "".join(lines).strip().rstrip(";")
                    statements.append(Statement(name or f"S{len(statements) + 1:02}", weight, text))
                    name, weight, lines = None, 1.0, []
    return statements


def write(path, statements):
    with open(path, "w") as file:
        for statement in statements:
            file.write(f"-- name: {statement.name}\n-- weight: {statement.weight:g}\n{statement.text.strip().rstrip(';')};\n\n")
