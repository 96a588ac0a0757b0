#!/usr/bin/env python3
"""Manifests held against the API's schemas and those of the operators that they are for; unknown fields are refused too."""

import copy
import json
import os
import pathlib
import shutil
import subprocess

import case
import manifests
from case import harness

CHECK = pathlib.Path(__file__).with_name("schemas") / "check.mjs"
MODULES = pathlib.Path(os.environ.get("PARLOR_K8S_SCHEMAS") or manifests.ROOT / "build" / "k8s-schemas" / "node_modules")

# Of the Barman Cloud plugin, whose schemas no package has.
WITHOUT_SCHEMA = {"ObjectStore"}


def missing():
    if shutil.which("node") is None:
        return "there is no Node.js on the PATH"
    if not (MODULES / "kubernetes-models").is_dir():
        return f"no schemas in {MODULES}: scripts/k8s-schemas fetches them"
    return None


def check(items):
    """For each object what is wrong with it; None where no schema is known."""
    done = subprocess.run(["node", CHECK, MODULES], input=json.dumps(items), capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


class SchemaTest(case.ManifestTest):

    def setUp(self):
        super().setUp()
        if (why := missing()) is not None:
            harness.skip(self, "k8s-schemas", why)

    def assertValid(self, items):
        for item, problems in zip(items, check(items)):
            if item["kind"] not in WITHOUT_SCHEMA:
                self.assertEqual([], problems, manifests.name_of(item))

    def test_overlays(self):
        for overlay in manifests.OVERLAYS:
            self.assertValid(case.built(overlay.name).items)

    def test_what_secrets_are_printed(self):
        self.assertValid(case.printed())

    def test_what_is_wrong_is_found(self):
        found = case.built("production")

        def container(item):
            return item["spec"]["template"]["spec"]["containers"][0]

        broken = (
            ("Deployment", "auth", lambda item: item["spec"].update(replica=2), "/spec/replica"),
            ("Deployment", "auth", lambda item: container(item).update(enviroment=[]), "containers/0/enviroment"),
            ("Deployment", "auth", lambda item: container(item)["readinessProbe"].update(period=5), "/period"),
            ("Deployment", "auth", lambda item: item["spec"].update(minReadySeconds="15"), "minReadySeconds"),
            ("Deployment", "auth", lambda item: item["spec"].pop("selector"), "selector"),
            ("CronJob", "key-rotation", lambda item: item["spec"].update(concurrency="x"), "/spec/concurrency"),
            ("NetworkPolicy", "dns", lambda item: item["spec"]["egress"][0].update(port=53), "egress/0/port"),
            ("HorizontalPodAutoscaler", "auth", lambda item: item["spec"].pop("maxReplicas"), "maxReplicas"),
            ("GRPCRoute", "auth", lambda item: item["spec"]["rules"][0].update(timeouts={}), "rules/0/timeouts"),
            ("Gateway", "parlor", lambda item: item["spec"]["listeners"][0].update(port="7447"), "port"),
            ("BackendTrafficPolicy", "streams", lambda item: item["spec"]["timeout"]["http"].update(x="0s"), "http/x"),
            ("ServiceMonitor", "parlor", lambda item: item["spec"]["endpoints"][0].update(every="5s"), "0/every"),
            ("Cluster", "postgres", lambda item: item["spec"].update(replicas=3), "/spec/replicas"),
            ("ScheduledBackup", "nightly", lambda item: item["spec"].pop("schedule"), "schedule"),
        )
        items = []
        for kind, name, break_it, _ in broken:
            item = copy.deepcopy(found.find(kind, name))
            break_it(item)
            items.append(item)
        for (kind, name, _, said), problems in zip(broken, check(items)):
            with self.subTest(kind=kind, said=said):
                self.assertTrue(any(said in problem for problem in problems), problems)


if __name__ == "__main__":
    harness.main()
