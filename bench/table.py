#!/usr/bin/env python3
"""The table of docs/performance.md from what parlor-bench printed: table.py FILE."""

import json
import sys


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def row(figure):
    ratios = sorted(ours / floor for ours, floor in figure["runs"] if floor > 0)
    spread = f"{figure['ratio']:.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})" if ratios else "–"
    floor = f"{number(figure['floor'])} {figure['unit']}" if ratios else "–"
    verdict = {True: "held", False: "**missed**"}[figure["held"]] if figure["goal"] else "–"
    return (f"| `{figure['benchmark']}` | {figure['name']} | {number(figure['ours'])} {figure['unit']} | {floor} | {spread} "
            f"| {figure['goal'] or '–'} | {verdict} |")


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        figures = [json.loads(line) for line in lines]
    print("| benchmark | figure | ours | floor | ratio (runs from–to) | goal | |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for figure in figures:
        print(row(figure))


if __name__ == "__main__":
    main()
