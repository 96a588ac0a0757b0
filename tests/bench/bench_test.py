#!/usr/bin/env python3
"""Every benchmark runs, with little to do, and prints whole figures: bench_test.py PARLOR_BENCH."""

import json
import re
import subprocess
import sys

# CPU is counted in ticks of 10 ms: 40 heartbeats may cost none, 400 do.
LITTLE = ["--runs", "1", "--seconds", "0.1", "--connections", "200", "--people", "10", "--idle-people",
          "200"]
FIELDS = {"benchmark": str, "name": str, "unit": str, "ours": float, "floor": float, "ratio": float, "goal": str,
          "held": bool, "runs": list, "detail": dict}


def names(program):
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True, timeout=30).stdout
    listed = re.findall(r"^  ([a-z][\w-]*) ", text.split("Subcommands:")[1], re.MULTILINE)
    return [name for name in listed if name != "all"]


def check(figure):
    for field, kind in FIELDS.items():
        value = figure[field]
        if not isinstance(value, (int, float) if kind is float else kind):
            sys.exit(f"{field} is {value!r}: {figure}")
    if figure["ours"] <= 0:
        sys.exit(f"nothing was measured: {figure}")
    if figure["floor"] > 0 and figure["ratio"] <= 0:
        sys.exit(f"no ratio to the floor: {figure}")


def main():
    program = sys.argv[1]
    run = subprocess.run([program, *LITTLE, "all"], stdout=subprocess.PIPE, text=True, check=True)
    figures = [json.loads(line) for line in run.stdout.splitlines()]
    for figure in figures:
        check(figure)
    silent = set(names(program)) - {figure["benchmark"] for figure in figures}
    if silent:
        sys.exit(f"no figure came from {', '.join(sorted(silent))}")
    print(f"{len(figures)} figures")


if __name__ == "__main__":
    main()
