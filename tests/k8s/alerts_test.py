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
ADAPTER = manifests.K8S / "components" / "autoscaling-streams" / "adapter-rules.yaml"
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

    def test_streams_are_counted_for_each_pod(self):
        """What the autoscaler asks for, as prometheus-adapter fills it in."""
        rule = yaml.safe_load(ADAPTER.read_text())["rules"]["custom"][0]
        metrics = {metric["pods"]["metric"]["name"] for item in case.built("production").of("HorizontalPodAutoscaler")
                   for metric in item["spec"]["metrics"] if metric["type"] == "Pods"}
        self.assertEqual({rule["name"]["as"]}, metrics)
        query = rule["metricsQuery"].replace("<<.LabelMatchers>>", 'namespace="parlor",pod=~"presence-1|presence-2"')
        query = query.replace("<<.GroupBy>>", "pod")
        stream = ('namespace="parlor", pod="{}", grpc_service="parlor.presence.v1.Presence", grpc_method="Connect", '
                  'grpc_type="{}"')
        series = [f"grpc_server_started_total{{{stream.format(pod, kind)}}}" for pod, kind in
                  (("presence-1", "bidi_stream"), ("presence-2", "bidi_stream"), ("presence-1", "unary"))]
        ended = [f'grpc_server_handled_total{{{stream.format("presence-1", "bidi_stream")}, grpc_code="{code}"}}'
                 for code in ("OK", "Cancelled")]
        ended.append(f'grpc_server_handled_total{{{stream.format("presence-2", "bidi_stream")}, grpc_code="OK"}}')
        values = ["100", "40", "5000", "20", "10", "0"]
        scenario = {"evaluation_interval": "1m", "tests": [{
            "interval": "1m",
            "input_series": [{"series": name, "values": value} for name, value in zip(series + ended, values)],
            "promql_expr_test": [{"expr": query, "eval_time": "0m", "exp_samples": [
                {"labels": '{pod="presence-1"}', "value": 70}, {"labels": '{pod="presence-2"}', "value": 40}]}]}]}
        (self.folder / "streams.yml").write_text(yaml.safe_dump(scenario))
        self.promtool("test", "rules", "streams.yml")

    def test_each_has_something_to_do(self):
        text = (manifests.ROOT / "docs" / "kubernetes.md").read_text()
        table = re.search(r"^## Alerts of the cluster\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)[1]
        for rule in case.built("production").find("PrometheusRule", "cluster")["spec"]["groups"][0]["rules"]:
            self.assertIn(f"| `{rule['alert']}` |", table)
            self.assertEqual("docs/kubernetes.md#alerts-of-the-cluster", rule["annotations"]["runbook_url"])


if __name__ == "__main__":
    harness.main()
