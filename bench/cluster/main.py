#!/usr/bin/env python3
"""scripts/bench cluster [SCENARIO…]: what many people, two replicas and a gateway cost, and survive."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parents[2] / "tests/e2e"))

import nginx  # noqa: E402
import postgres  # noqa: E402
import scenarios  # noqa: E402


def main():
    wanted = sys.argv[1:] or list(scenarios.ALL)
    unknown = [name for name in wanted if name not in scenarios.ALL]
    if unknown:
        print(f"scripts/bench cluster: no scenario {', '.join(unknown)}; there are {', '.join(scenarios.ALL)}", file=sys.stderr)
        return 2
    missing = postgres.missing() or nginx.missing()
    if missing:
        print(f"scripts/bench cluster: {missing}", file=sys.stderr)
        return 1
    for name in wanted:
        print(f"scripts/bench cluster: {name}", file=sys.stderr)
        for figure in scenarios.ALL[name]():
            print(figure.json(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
