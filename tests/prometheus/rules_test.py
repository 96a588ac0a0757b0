#!/usr/bin/env python3
"""The rules of docker/prometheus: valid, tested when they fire and when they are silent, and explained in docs/alerts.md.

Needs promtool and amtool (Debian's prometheus, prometheus-alertmanager).
"""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import harness  # noqa: E402
import monitoring  # noqa: E402

RULES = sorted((ROOT / "docker" / "prometheus" / "rules").glob("*.yml"))
TESTS = sorted(Path(__file__).parent.glob("*_rules_test.yml"))
ALERTMANAGER = ROOT / "docker" / "alertmanager" / "alertmanager.yml"
SEVERITIES = {"page", "ticket", "none"}
ALWAYS_FIRES = {"Watchdog"}
ALERTNAME = re.compile(r'alertname="(\w+)"')


def read(path):
    return yaml.safe_load(path.read_text())


ALERTS = [rule for path in RULES for group in read(path)["groups"] for rule in group["rules"] if "alert" in rule]
NAMES = {alert["alert"] for alert in ALERTS}


def anchor(heading):
    """As GitHub and most others make it of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def chapters():
    """The headings of docs/alerts.md, each with its text."""
    parts = re.split(r"^#+ (.+)$", (ROOT / "docs" / "alerts.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def alerts_in(path):
    """The alerts that a test file has loaded: `ALERTS` without a name is about all of them."""
    files = [(path.parent / name).resolve() for name in read(path)["rule_files"]]
    return {rule["alert"] for file in files for group in read(file)["groups"] for rule in group["rules"]
            if "alert" in rule}


class ToolsTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        if (why := monitoring.missing()) is not None:
            harness.skip(self, "prometheus", why)

    def run_tool(self, *command):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=240)
        self.assertEqual(0, done.returncode, f"{done.stdout}\n{done.stderr}")

    def test_prometheus_takes_its_configuration(self):
        self.run_tool("promtool", "check", "config", ROOT / "docker" / "prometheus" / "prometheus.yml")
        self.run_tool("promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULES)

    def test_alertmanager_takes_its_configuration(self):
        self.run_tool("amtool", "check-config", ALERTMANAGER)

    def test_rules_fire_and_are_silent(self):
        self.assertGreaterEqual(len(TESTS), 6)
        for path in TESTS:
            with self.subTest(path.name):
                self.run_tool("promtool", "test", "rules", path)


class AlertmanagerTest(unittest.TestCase):
    """Who hears of what."""
    maxDiff = None

    def setUp(self):
        if (why := monitoring.missing()) is not None:
            harness.skip(self, "prometheus", why)

    def receiver(self, *labels):
        done = subprocess.run(["amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout.strip()

    def test_severity_decides(self):
        self.assertEqual("pages", self.receiver("alertname=ParlorCallsFailing", "severity=page", "job=auth"))
        self.assertEqual("tickets", self.receiver("alertname=ParlorRestarting", "severity=ticket", "job=auth"))
        self.assertEqual("dead-mans-switch", self.receiver("alertname=Watchdog", "severity=none"))

    def test_what_follows_from_something_told_is_not_told_again(self):
        folder = Path(tempfile.mkdtemp(prefix="parlor-alertmanager-"))
        self.addCleanup(shutil.rmtree, folder)
        alertmanager = monitoring.Alertmanager(folder).wait_until_ready()
        self.addCleanup(alertmanager.end)
        alertmanager.post({"alertname": "ParlorServiceDown", "job": "auth"}, {"alertname": "ParlorReplicaMissing", "job": "auth"},
                          {"alertname": "ParlorReplicaMissing", "job": "rooms"},
                          {"alertname": "ParlorKeysStale", "job": "presence", "from": "auth"},
                          {"alertname": "ParlorKeysStale", "job": "rooms", "from": "rooms"},
                          {"alertname": "PostgresDown", "job": "postgres"}, {"alertname": "ParlorLiveStale", "job": "presence"},
                          {"alertname": "ParlorCallsFailing", "job": "rooms"},
                          {"alertname": "ParlorCallsFailingSlowly", "job": "rooms"},
                          {"alertname": "ParlorRefreshReuse", "job": "auth"})
        expected = {"ParlorServiceDown auth": "active", "ParlorReplicaMissing auth": "suppressed",
                    "ParlorReplicaMissing rooms": "active", "ParlorKeysStale presence": "suppressed",
                    "ParlorKeysStale rooms": "active", "PostgresDown postgres": "active",
                    "ParlorLiveStale presence": "suppressed", "ParlorCallsFailing rooms": "suppressed",
                    "ParlorCallsFailingSlowly rooms": "suppressed", "ParlorRefreshReuse auth": "active"}
        try:
            harness.wait_until(lambda: alertmanager.states() == expected, "who inhibits whom is settled")
        except AssertionError:
            self.assertEqual(expected, alertmanager.states())


class CoverageTest(unittest.TestCase):
    maxDiff = None

    def test_every_alert_has_a_time_when_it_fires_and_one_when_it_is_silent(self):
        fires, silent = set(), set()
        for path in TESTS:
            for test in read(path)["tests"]:
                for check in test.get("promql_expr_test", ()):
                    asked = ALERTNAME.search(check["expr"])
                    told = {ALERTNAME.search(sample["labels"])[1] for sample in check["exp_samples"]
                            if sample["labels"].startswith("ALERTS")}
                    fires |= told
                    if not check["exp_samples"] and check["expr"].startswith("ALERTS"):
                        silent |= {asked[1]} if asked else alerts_in(path)
        self.assertEqual(NAMES, fires)
        self.assertEqual(NAMES - ALWAYS_FIRES, silent & NAMES - ALWAYS_FIRES)

    def test_what_alerts_say_is_filled_in(self):
        """A label that an expression aggregates away would leave a hole in the sentence."""
        fired = {}
        for path in TESTS:
            for test in read(path)["tests"]:
                for check in test.get("promql_expr_test", ()):
                    for sample in check["exp_samples"]:
                        if (name := ALERTNAME.search(sample["labels"])) and "firing" in sample["labels"]:
                            fired.setdefault(name[1], []).append(set(re.findall(r"(\w+)=", sample["labels"])))
        for alert in ALERTS:
            wanted = set(re.findall(r"\$labels\.(\w+)", " ".join(alert["annotations"].values())))
            for labels in fired[alert["alert"]]:
                self.assertLessEqual(wanted, labels, alert["alert"])

    def test_every_alert_says_what_it_is(self):
        for alert in ALERTS:
            with self.subTest(alert["alert"]):
                self.assertIn(alert["labels"]["severity"], SEVERITIES)
                notes = alert["annotations"]
                self.assertEqual({"summary", "description", "runbook_url"}, set(notes))
                self.assertEqual(f"docs/alerts.md#{anchor(alert['alert'])}", notes["runbook_url"])
        self.assertEqual(len(NAMES), len(ALERTS), "a name is used once")

    def test_every_alert_has_its_chapter_and_the_other_way_round(self):
        explained = {heading: text for heading, text in chapters().items()
                     if any(word in text for word in ("**Means.**", "**People notice**", "**Do.**"))}
        self.assertEqual(NAMES, set(explained))
        for heading, text in explained.items():
            for word in ("**Means.**", "**People notice**", "**Do.**"):
                self.assertEqual(1, text.count(word), f"{heading}: {word}")

    def test_links_of_the_page_lead_somewhere(self):
        page = (ROOT / "docs" / "alerts.md").read_text()
        anchors = {anchor(heading) for heading in chapters()}
        for target in re.findall(r"\]\(#([^)]+)\)", page):
            self.assertIn(target, anchors)
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page):
            self.assertTrue((ROOT / "docs" / target).exists(), target)

    def test_alertmanager_knows_only_alerts_that_exist(self):
        config = read(ALERTMANAGER)
        matchers = [matcher for rule in config["inhibit_rules"]
                    for matcher in rule["source_matchers"] + rule["target_matchers"]]
        matchers += [matcher for route in config["route"]["routes"] for matcher in route["matchers"]]
        named = {name for matcher in matchers if matcher.startswith("alertname")
                 for name in re.search(r'"(.*)"', matcher)[1].split("|")}
        self.assertLessEqual(named, NAMES)
        severities = set(re.findall(r'severity="(\w+)"', " ".join(matchers)))
        self.assertLessEqual(severities, SEVERITIES)


if __name__ == "__main__":
    harness.main()
