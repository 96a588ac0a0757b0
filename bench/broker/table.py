#!/usr/bin/env python3
"""The table of what scripts/bench brokers printed: table.py FILE."""

import json
import sys


def milliseconds(micros):
    return f"{micros / 1000:,.3g} ms"


def row(figure):
    kind = figure["kind"] + ("-tls" if figure["tls"] else "")
    owed = figure["messages"] * (figure["clients"] - 1)
    times = " | ".join(milliseconds(figure[name]) for name in ("p50_us", "p99_us", "max_us"))
    cpu = " | ".join(f"{figure[name]:,.0f} µs" for name in ("broker_cpu_us_per_message", "client_cpu_us_per_message"))
    return f"| `{kind}` | {figure['clients']} | {times} | {figure['missed']} of {owed:,} | {cpu} |"


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        figures = [json.loads(line) for line in lines]
    if not figures:
        return  # somebody asked for --help
    print("| kind | clients | p50 | p99 | max | missed | broker's CPU a message | all clients' |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for figure in figures:
        print(row(figure))
    first = figures[0]
    print(f"\n{first['messages']} messages of 100 B each, one every {first['interval_ms']:g} ms, delay {first['delay_ms']:g} ms "
          f"each way, loss {first['loss']:.0%}; from the sender's write until the last of the others had read it.")


if __name__ == "__main__":
    main()
