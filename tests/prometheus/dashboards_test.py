#!/usr/bin/env python3
"""The dashboards: what make_dashboards.py makes, complete, and found by Grafana where it is told to look."""

import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
GRAFANA = ROOT / "docker" / "grafana"
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json"))}

# Windows that mean something by themselves.
FIXED_WINDOWS = {"1h"}


def panels():
    for name, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            if panel["type"] != "row":
                yield f"{name}: {panel['title']}", dashboard, panel


class DashboardsTest(unittest.TestCase):
    maxDiff = None

    def test_the_files_are_what_the_script_makes(self):
        done = subprocess.run([sys.executable, GRAFANA / "make_dashboards.py", "--check"], capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_there_is_one_for_each_service_and_they_differ_by_name(self):
        self.assertEqual({"overview", "auth", "presence", "rooms", "postgresql"}, set(DASHBOARDS))
        for key in ("uid", "title"):
            self.assertEqual(len(DASHBOARDS), len({dashboard[key] for dashboard in DASHBOARDS.values()}))
        for name, dashboard in DASHBOARDS.items():
            self.assertTrue(dashboard["links"], name)
            ids = [panel["id"] for panel in dashboard["panels"]]
            self.assertEqual(len(ids), len(set(ids)), name)

    def test_every_panel_says_what_it_shows(self):
        for where, _, panel in panels():
            with self.subTest(where):
                self.assertGreater(len(panel["description"]), 10)
                self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])
                self.assertTrue(panel["targets"])

    def test_panels_lie_beside_each_other_and_not_on_top(self):
        for name, dashboard in DASHBOARDS.items():
            taken = {}
            for panel in dashboard["panels"]:
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
                for x in range(place["x"], place["x"] + place["w"]):
                    for y in range(place["y"], place["y"] + place["h"]):
                        other = taken.setdefault((x, y), panel["title"])
                        self.assertEqual(other, panel["title"], f"{name}: two panels at {x}, {y}")

    def test_rates_follow_the_scale_of_the_graph(self):
        for where, _, panel in panels():
            for target in panel["targets"]:
                windows = set(re.findall(r"\[([^\]]+)\]", target["expr"]))
                self.assertLessEqual(windows, {"$__rate_interval"} | FIXED_WINDOWS, where)

    def test_variables_are_declared_and_used(self):
        for name, dashboard in DASHBOARDS.items():
            declared = {variable["name"] for variable in dashboard["templating"]["list"]}
            used = set(re.findall(r"\$([a-z]+)", json.dumps([panel.get("targets") for panel in dashboard["panels"]])))
            self.assertEqual(declared, used, name)

    def test_all_read_from_the_datasource_that_is_provisioned(self):
        provisioned = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text())
        uids = {source["uid"] for source in provisioned["datasources"] if source["type"] == "prometheus"}
        for where, _, panel in panels():
            for target in [panel, *panel["targets"]]:
                self.assertIn(target["datasource"]["uid"], uids, where)
        shipped = yaml.safe_load((ROOT / "docker" / "prometheus" / "prometheus.yml").read_text())
        self.assertEqual(shipped["global"]["scrape_interval"], provisioned["datasources"][0]["jsonData"]["timeInterval"])

    def test_home_is_one_of_them_and_visitors_may_look(self):
        grafana = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["grafana"]
        folder = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "parlor.yml").read_text())["providers"][0]
        self.assertEqual(f"{folder['options']['path']}/overview.json",
                         grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
        self.assertEqual("Viewer", grafana["environment"]["GF_AUTH_ANONYMOUS_ORG_ROLE"])
        self.assertIn(f"./docker/grafana/dashboards:{folder['options']['path']}:ro", grafana["volumes"])


if __name__ == "__main__":
    unittest.main()
