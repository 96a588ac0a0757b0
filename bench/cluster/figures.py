"""Figures as bench/figure.h has them, for bench/table.py."""

import json
import statistics


class Figure:

    def __init__(self, name, unit, at_most=None, ratio=None):
        """`at_most`: goal of ours; `ratio`: goal of ours to the floor."""
        self._name, self._unit, self._at_most, self._ratio = name, unit, at_most, ratio
        self._runs = []
        self._detail = []

    def add(self, ours, floor=0, **detail):
        self._runs.append([ours, floor])
        self._detail.append(detail)

    def json(self):
        ours, floor = (statistics.median(run[i] for run in self._runs) for i in (0, 1))
        ratio = statistics.median(run[0] / run[1] for run in self._runs) if floor else 0
        goal = self._ratio if self._ratio is not None else self._at_most
        measured = ratio if self._ratio is not None else ours
        return json.dumps({"benchmark": "cluster", "name": self._name, "unit": self._unit, "ours": ours, "floor": floor,
                           "ratio": ratio, "goal": "" if goal is None else f"≤ {goal:g}",
                           "held": goal is None or measured <= goal, "runs": self._runs, "detail": self._detail},
                          ensure_ascii=False)
