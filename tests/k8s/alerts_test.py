#!/usr/bin/env python3
"""Rules for a cluster's Prometheus: copies of those that compose has, and the cluster's own, which fire when they should."""

import importlib.machinery
import importlib.util
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

import case
import manifests
from case import harness

FOLDER = manifests.K8S / "components" / "alerts"
SCENARIOS = pathlib.Path(__file__).with_name("cluster_alerts.yml")


def load_generator():
    loader = importlib.machinery.SourceFileLoader("generate", str(FOLDER / "generate"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("generate", loader))
    loader.exec_module(module)
    return module


class CopiesTest(unittest.TestCase):

    def setUp(self):
        self.generate = load_generator()

    def test_they_are_what_the_generator_writes(self):
        written = dict(self.generate.manifests())
        found = {path.name: path.read_text() for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml"}
        self.assertEqual(written, found, "run k8s/components/alerts/generate")
        self.assertEqual(sorted(written), yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"])

    def test_nothing_is_left_out_but_what_operators_bring(self):
        source = [group for path in self.generate.RULES.glob("*.yml")
                  for group in yaml.safe_load(path.read_text())["groups"]]
        here = [group for text in dict(self.generate.manifests()).values()
                for group in yaml.safe_load(text)["spec"]["groups"]]
        self.assertLessEqual(self.generate.NOT_HERE, {group["name"] for group in source})
        for group in source:
            self.assertEqual(group["name"] not in self.generate.NOT_HERE, group in here, group["name"])


class ClusterAlertsTest(case.ManifestTest):

    def setUp(self):
        super().setUp()
        if shutil.which("promtool") is None:
            harness.skip(self, "prometheus", "there is no promtool on the PATH")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parlor-k8s-"))
        self.addCleanup(shutil.rmtree, self.folder)
        for rule in case.built("production").of("PrometheusRule"):
            (self.folder / f"{rule['metadata']['name']}.yml").write_text(yaml.safe_dump(rule["spec"]))

    def promtool(self, *arguments):
        done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=120, cwd=self.folder)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_prometheus_takes_all_rules(self):
        files = sorted(path.name for path in self.folder.iterdir())
        self.assertIn("cluster.yml", files)
        self.promtool("check", "rules", "--lint=all", "--lint-fatal", *files)

    def test_the_clusters_own_fire_and_are_silent(self):
        shutil.copy(SCENARIOS, self.folder)
        self.promtool("test", "rules", SCENARIOS.name)
        rules = case.built("production").find("PrometheusRule", "cluster")["spec"]["groups"][0]["rules"]
        cases = yaml.safe_load(SCENARIOS.read_text())["tests"]
        expected = [entry for scenario in cases for entry in scenario["alert_rule_test"]]
        for rule in rules:
            fires = {bool(entry["exp_alerts"]) for entry in expected if entry["alertname"] == rule["alert"]}
            self.assertEqual({True, False}, fires, f"{rule['alert']} has to be seen firing and silent")

    def test_each_has_something_to_do(self):
        text = (manifests.ROOT / "docs" / "kubernetes.md").read_text()
        table = re.search(r"^## Alerts of the cluster\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)[1]
        for rule in case.built("production").find("PrometheusRule", "cluster")["spec"]["groups"][0]["rules"]:
            self.assertIn(f"| `{rule['alert']}` |", table)
            self.assertEqual("docs/kubernetes.md#alerts-of-the-cluster", rule["annotations"]["runbook_url"])


if __name__ == "__main__":
    harness.main()
