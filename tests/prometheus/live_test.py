#!/usr/bin/env python3
"""Every panel and every rule against what the programs that ship really export.

While people use the services (watched.py), each query of each dashboard has data, each metric that a panel or a rule names
exists, each rule can be evaluated, and nothing fires.
"""

import json
import math
import re
import threading
import unittest
from pathlib import Path

from watched import WatchedTest  # first: it says where the others are
import harness

ROOT = Path(__file__).resolve().parents[2]
DASHBOARDS = sorted((ROOT / "docker" / "grafana" / "dashboards").glob("*.json"))

# As Grafana fills them in: everything, and four scrapes of the test's own pace.
VARIABLES = {"$__rate_interval": "10s", "$instance": ".*", "$database": ".*"}

# Whether a machine that runs other tests beside this one is slow is not for this test to say.
SLOW = {"ParlorCallsSlow", "ParlorCallsSlowing", "ParlorFanoutSlow"}

# Between rounds of what people do, so that nobody changes rooms more often than they may.
PACE = 0.7

WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
GRAMMAR = {"and", "or", "unless", "on", "ignoring", "group_left", "group_right", "by", "without", "bool", "offset", "inf",
           "nan"}


def metrics_in(expression):
    """Names of metrics in PromQL: what is left without strings, labels, ranges, functions and its own words."""
    bare = re.sub(r'"[^"]*"|\'[^\']*\'', '""', expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    return {match[0] for match in WORD.finditer(bare)
            if match[0] not in GRAMMAR and not re.match(r"\s*\(", bare[match.end():])
            and not bare[:match.start()].endswith(tuple("0123456789."))}


def filled_in(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


def panels():
    """(dashboard, panel, expression) of everything that is drawn."""
    for path in DASHBOARDS:
        dashboard = json.loads(path.read_text())
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                yield dashboard["title"], panel["title"], target["expr"]


class MetricsInTest(unittest.TestCase):

    def test_names_are_found_and_nothing_else(self):
        self.assertEqual({"a_total", "b:c:rate5m", "d"}, metrics_in(
            'histogram_quantile(0.99, sum by (job, le) (rate(a_total{x="by (y)", z=~"q"}[5m]))) > 14.4 * 0.001 '
            'and on (job) b:c:rate5m unless ignoring(e) d / 3600 or vector(0)'))


class LiveTest(WatchedTest):

    def setUp(self):
        super().setUp()
        self.alice.befriend(self.carol)  # and so watches her presence
        self.over = threading.Event()
        self.load = threading.Thread(target=self.live)
        self.trouble = None
        self.load.start()
        self.addCleanup(self.rest)

    def live(self):
        """What people do, again and again: on every service, and now and then something that is refused."""
        turn = 0
        try:
            while not self.over.wait(PACE):
                turn += 1
                self.alice.must("topic", room="den", topic=f"turn {turn}")
                self.bob.must("rooms")
                self.bob.must("lookup", user="carol")
                self.bob.must("find", prefix="car")
                self.alice.ask("kick", room="den", user="nobody-here")
                self.bob.ask("topic", room="den", topic="not for me to set")
                self.alice.must("devices")
                self.carol.must("status", status="busy" if turn % 2 else "online")
                self.carol.must("leave", room="den")
                self.carol.must("join", room="den")
                if turn % 3 == 0:
                    self.carol.kill()  # a stream that ends without a goodbye
                    harness.run("login", "carol", "--server", self.server.link, "--home", self.folder / "guesser",
                                "--password-stdin", stdin="not-her-password\n")
                    self.carol.start()
                    self.carol.must("join", room="den")
        except Exception as error:  # of a thread: told by the test
            self.trouble = error

    def rest(self):
        self.over.set()
        self.load.join(2 * harness.DEADLINE)
        if self.trouble is not None:
            raise self.trouble

    def has_data(self, expression):
        return any(not math.isnan(value) for _, value in self.prometheus.query(expression))

    def empty(self):
        """Panels that have nothing to show now, with the query."""
        return [(dashboard, panel, expression) for dashboard, panel, expression in panels()
                if not self.has_data(filled_in(expression))]

    def test_every_panel_and_every_rule(self):
        # Every kind of thing has to happen within one window; how soon is the load's affair.
        left = panels()

        def all_have_data():
            nonlocal left
            self.assertIsNone(self.trouble)
            left = self.empty()
            return not left

        try:
            harness.wait_until(all_have_data, "all panels have data", 2 * harness.DEADLINE)
        except AssertionError as error:
            self.fail(f"{error}; without data:\n" + "\n".join(" | ".join(panel) for panel in left))
        self.check_that_each_metric_exists()
        self.check_the_rules()
        self.check_the_choices()

    def check_that_each_metric_exists(self):
        named = {name for _, _, expression in panels() for name in metrics_in(expression)}
        named |= {name for rule in self.prometheus.rules() for name in metrics_in(rule["query"])}
        exported = self.prometheus.names()
        self.assertEqual(set(), named - exported, "named, and exported by nobody")

        histogram = re.compile(r"_(bucket|count|sum)$")
        own = {histogram.sub("", name) for name in exported if name.startswith(("parlor_", "grpc_server_"))}
        page = (ROOT / "docs" / "operations.md").read_text()
        documented = set(re.findall(r"`((?:parlor|grpc_server)_\w+)`", page))
        self.assertEqual(own, documented, "docs/operations.md lists what there is")

    def check_the_rules(self):
        rules = self.prometheus.rules()
        self.assertGreater(len(rules), 60)
        for rule in rules:
            self.assertEqual("ok", rule["health"], rule)
            self.prometheus.query(rule["query"])
            if rule["type"] == "recording":
                self.assertTrue(self.has_data(rule["name"]), rule["name"])
        self.assertEqual({"Watchdog"}, self.alerts("firing") - SLOW, "all is well, and alerts fire")

    def check_the_choices(self):
        """What a dashboard offers to choose from is there, and is not everything at once."""
        for path in DASHBOARDS:
            for variable in json.loads(path.read_text())["templating"]["list"]:
                series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
                found = {labels.get(label) for labels, _ in self.prometheus.query(series)}
                self.assertTrue(found - {None}, f"{path.name}: ${variable['name']}")


if __name__ == "__main__":
    harness.main()
