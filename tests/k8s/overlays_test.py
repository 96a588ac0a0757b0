#!/usr/bin/env python3
"""Every overlay, and the base with every component, is built; and each thing is said once."""

import itertools
import os
import pathlib
import re
import shutil
import tempfile
import unittest
from unittest import mock

import case
import manifests

# A component that changes what another one brings.
NEEDS = {"autoscaling-streams": ["autoscaling"]}


class OverlaysTest(case.ManifestTest):

    def own(self, *lines):
        """Somebody's own overlay."""
        with tempfile.TemporaryDirectory() as folder:
            copied = pathlib.Path(folder) / "k8s"
            shutil.copytree(manifests.K8S, copied)
            overlay = copied / "overlays" / "own"
            overlay.mkdir()
            head = ("apiVersion: kustomize.config.k8s.io/v1beta1", "kind: Kustomization")
            (overlay / "kustomization.yaml").write_text("\n".join((*head, *lines)) + "\n")
            return manifests.build(overlay)

    def combine(self, *components):
        return self.own("namespace: parlor", "resources: [../../base]", "components:",
                        *(f"  - ../../components/{name}" for name in components))

    def test_overlays_are_those_that_are_documented(self):
        self.assertEqual(["dev", "production"], [overlay.name for overlay in manifests.OVERLAYS])

    def test_every_part_is_documented(self):
        text = (manifests.ROOT / "docs" / "kubernetes.md").read_text()
        documented = re.findall(r"`(?:k8s/(?:components|overlays)/)?([a-z-]+)`", text.split("\n## ")[0])
        self.assertEqual(sorted(folder.name for folder in (*manifests.OVERLAYS, *manifests.COMPONENTS)), sorted(documented))

    def test_components_work_alone_and_in_pairs(self):
        names = [component.name for component in manifests.COMPONENTS]
        self.assertGreaterEqual(len(names), 7)
        alone = [[name] for name in names]
        for chosen in [*alone, *map(list, itertools.combinations(names, 2)), names]:
            needed = [name for first in chosen for name in NEEDS.get(first, []) if name not in chosen]
            with self.subTest(components=chosen):
                found = self.combine(*needed, *sorted(chosen))
                self.assertEqual({"auth", "presence", "rooms"},
                                 {item["metadata"]["name"] for item in found.of("Deployment")})

    def test_everything_is_in_one_namespace(self):
        for overlay in manifests.OVERLAYS:
            found = case.built(overlay.name)
            named = {item["metadata"].get("namespace") for item in found.items if item["kind"] != "Namespace"}
            self.assertEqual({"parlor"}, named)

    def test_another_namespace_takes_everything_along(self):
        for overlay in manifests.OVERLAYS:
            found = self.own("namespace: elsewhere", f"resources: [../{overlay.name}]")
            self.assertIsNotNone(found.find("Namespace", "elsewhere"))
            named = {item["metadata"].get("namespace") for item in found.items if item["kind"] != "Namespace"}
            self.assertEqual({"elsewhere"}, named)
            subjects = [subject for item in found.of("RoleBinding") for subject in item["subjects"]]
            self.assertEqual({"elsewhere"}, {subject["namespace"] for subject in subjects})

    def test_nothing_is_secret_here(self):
        for overlay in manifests.OVERLAYS:
            self.assertEqual([], case.built(overlay.name).of("Secret"))

    def test_a_changed_setting_rolls_the_pods(self):
        """A ConfigMap's name has the hash of what is in it."""
        for overlay in manifests.OVERLAYS:
            found = case.built(overlay.name)
            for workload in found.workloads("Deployment"):
                name = workload.pod["containers"][0]["envFrom"][0]["configMapRef"]["name"]
                self.assertRegex(name, r"^settings-[0-9a-z]{10}$")

    def test_images_are_of_this_version(self):
        version = re.search(r"project\(parlor VERSION (\S+)", (manifests.ROOT / "CMakeLists.txt").read_text())[1]
        for overlay in manifests.OVERLAYS:
            images = [container["image"] for workload in case.built(overlay.name).workloads()
                      for container in workload.containers()]
            ours = {image for image in images if image.startswith("parlor/")}
            self.assertEqual({f"parlor/{name}:{version}" for name in ("auth", "presence", "rooms")}, ours)

    def test_scaling_by_streams_is_added_to_scaling_by_cpu(self):
        for item in case.built("production").of("HorizontalPodAutoscaler"):
            kinds = [metric["type"] for metric in item["spec"]["metrics"]]
            self.assertEqual(["Resource"] if item["metadata"]["name"] == "auth" else ["Resource", "Pods"], kinds)


class MissingTest(unittest.TestCase):
    """Why nothing can be built, by what calls itself kubectl."""

    def why(self, prints):
        with tempfile.TemporaryDirectory() as folder:
            if prints is not None:
                program = pathlib.Path(folder) / "kubectl"
                program.write_text(f"#!/bin/sh\necho '{prints}'\n")
                program.chmod(0o755)
            with mock.patch.dict(os.environ, PATH=folder):
                return manifests.missing()

    def test_it_is_told(self):
        version = '{"clientVersion": {"major": "1", "minor": "%s"}}'
        self.assertIn("no kubectl", self.why(None))
        self.assertIn("1.20, older than 1.27", self.why(version % "20"))
        self.assertIn("does not tell its version", self.why("oops"))
        self.assertIsNone(self.why(version % "27+"))


if __name__ == "__main__":
    case.harness.main()
