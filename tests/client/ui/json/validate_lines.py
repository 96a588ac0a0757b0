#!/usr/bin/python3
"""Validates JSON lines against a JSON Schema of docs/schema.

  validate_lines.py SCHEMA < LINES
  validate_lines.py SCHEMA [--complete] -- COMMAND...

--complete: every kind of the schema, and every property of it, must occur in the lines, so that the schema names
nothing that there is not. Exit 1: something is wrong. Exit 77: python3-jsonschema is not installed, and
PARLOR_REQUIRE does not name "jsonschema".
"""
import json
import os
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("SKIPPED: python3-jsonschema is not installed (apt-get install python3-jsonschema)")
    sys.exit(1 if "jsonschema" in os.environ.get("PARLOR_REQUIRE", "").split(",") else 77)


def kind_key(schema):
    """"event" or "command": the property that names the kind."""
    first = schema["oneOf"][0]["$ref"].rsplit("/", 1)[1]
    return first.split("_", 1)[0]


def validator_of(schema, line):
    """For the one kind that the line says it is: its errors are readable, those of oneOf are not."""
    key = kind_key(schema)
    name = f"{key}_{line.get(key)}"
    if name not in schema["definitions"]:
        return None
    kind = dict(schema["definitions"][name], definitions=schema["definitions"])
    return jsonschema.Draft7Validator(kind)


def properties_in(schema, value, definition, path, found):
    """Collects the paths of properties that occur in `value`."""
    if "$ref" in definition:
        definition = schema["definitions"][definition["$ref"].rsplit("/", 1)[1]]
    for name, sub in definition.get("properties", {}).items():
        if isinstance(value, dict) and name in value:
            found.add(f"{path}.{name}")
            properties_in(schema, value[name], sub, f"{path}.{name}", found)
    for item in value if isinstance(value, list) else []:
        properties_in(schema, item, definition.get("items", {}), path, found)


def all_properties(schema, definition, path, found):
    for name, sub in definition.get("properties", {}).items():
        found.add(f"{path}.{name}")
        all_properties(schema, sub, f"{path}.{name}", found)
    if isinstance(definition.get("items"), dict):
        all_properties(schema, definition["items"], path, found)


def main():
    schema = json.load(open(sys.argv[1], encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    if "--" in sys.argv:
        command = sys.argv[sys.argv.index("--") + 1:]
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")
    else:
        text = sys.stdin.buffer.read().decode("utf-8")
    wrong, lines, found = 0, 0, set()
    for number, row in enumerate(filter(None, text.split("\n")), 1):
        line = json.loads(row)
        lines += 1
        validator = validator_of(schema, line)
        if validator is None:
            print(f"line {number}: of no kind that the schema knows: {row[:200]}")
            wrong += 1
            continue
        for error in validator.iter_errors(line):
            print(f"line {number}: {error.message}: {row[:200]}")
            wrong += 1
        key = kind_key(schema)
        name = f"{key}_{line[key]}"
        properties_in(schema, line, schema["definitions"][name], name, found)
    if "--complete" in sys.argv:
        wanted = set()
        for kind in schema["oneOf"]:
            name = kind["$ref"].rsplit("/", 1)[1]
            all_properties(schema, schema["definitions"][name], name, wanted)
        for missing in sorted(wanted - found):
            print(f"the schema has {missing}, the lines never do")
            wrong += 1
    if lines == 0:
        print("there are no lines")
        wrong += 1
    print(f"{lines} lines, {wrong} wrong")
    sys.exit(1 if wrong else 0)


main()
