#!/usr/bin/env python3
"""The tables of what scripts/bench rooms printed: table.py FILE."""

import json
import sys


def ms(value):
    return f"{value:,.3g} ms"


def headed(*names):
    print("| " + " | ".join(names) + " |")
    print("|" + " --- |" * len(names))


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def talk(figures):
    headed("people", "offered a second", "held a second", "told that it is too much", "lost, twice, out of order",
           "last receiver p50 / p99", "CPU a delivery", "half of the verifications")
    for each in figures:
        # What two processors could verify, half of it, for everybody but the author.
        goal = each["verifications_a_second"] * each["processes"] / 2 / (each["peers"] - 1)
        row(each["peers"], f"{each['offered_a_second']:g}", f"{each['held_a_second']:.0f}",
            f"{each['refused']} of {each['said']:,}", f"{each['lost']}, {each['twice']}, {each['disordered']}",
            f"{ms(each['last_p50_ms'])} / {ms(each['last_p99_ms'])}", f"{each['cpu_us_per_delivery']:.0f} µs",
            f"{goal:.0f}")


def fan_out(figures):
    headed("who", "people", "last p50 / p99", "lost", "1.5 × N × bare receive / 2")
    for each in figures:
        if "kind" in each:
            row(each["kind"] + (" over TLS" if each["tls"] else ""), each["clients"],
                f"{ms(each['p50_us'] / 1000)} / {ms(each['p99_us'] / 1000)}", each["missed"], "")
            continue
        floor = 1.5 * each["peers"] * each["bare_receive_us"] / 2 / 1000
        row("Parlor", each["peers"], f"{ms(each['last_p50_ms'])} / {ms(each['last_p99_ms'])}", each["lost"], ms(floor))


def joins(figures):
    headed("people", "entered", "linked with somebody", "the first message heard")
    for each in figures:
        row(each["peers"], *(ms(each["visits"][what]) for what in ("entered_ms", "linked_ms", "heard_ms")))


def thousand(figures):
    headed("what", "figure")
    for each in figures:
        row("lost, twice, out of order", f"{each['lost']}, {each['twice']}, {each['disordered']} of "
            f"{(each['said'] - each['refused']) * (each['peers'] - 1):,}")
        row("last receiver p50 / p99", f"{ms(each['last_p50_ms'])} / {ms(each['last_p99_ms'])}")
        row("CPU a delivery", f"{each['cpu_us_per_delivery']:.0f} µs")
        row("memory a member", f"{each['memory_a_peer'] / 1e6:.1f} MB")
        row("a member who does nothing: CPU; bytes a second, links and services together",
            f"{each['idle_cpu_percent_a_peer']:.2g} % of a core; {each['idle_bytes_a_second_a_peer']:.0f}")


def loss(figures):
    headed("packets lost, each way", "round trip", "UDP", "TCP", "ratio")
    for each in figures:
        row(f"{each['loss']:.0%}", each["name"].rsplit(" ", 1)[1], ms(each["ours"] / 1000), ms(each["floor"] / 1000),
            f"{each['ratio']:.2f}")


TABLES = {"talk": talk, "fan-out": fan_out, "far": fan_out, "joins": joins, "thousand": thousand, "loss": loss}


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        figures = [json.loads(line) for line in lines]
    for scenario, table in TABLES.items():
        own = [each for each in figures if each["scenario"] == scenario]
        if own:
            print(f"\n{scenario}\n")
            table(own)


if __name__ == "__main__":
    main()
