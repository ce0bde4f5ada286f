"""Checks JSON reports against the published schema, strictly: a key that the schema does not describe is an error."""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit("python3 has no module jsonschema: apt-get install python3-jsonschema, or pip install jsonschema")


def strict(node):
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for value in node.values():
            strict(value)
    elif isinstance(node, list):
        for value in node:
            strict(value)


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key comes twice: {keys}")
    return dict(pairs)


schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
strict(schema)
validator = jsonschema.Draft202012Validator(schema)
failures = []
for path in sys.argv[2:]:
    report = json.load(open(path, encoding="utf-8"), object_pairs_hook=no_duplicates)
    failures += [f"{path}: {error.json_path}: {error.message[:300]}" for error in validator.iter_errors(report)]
sys.exit("\n".join(failures) or 0)
