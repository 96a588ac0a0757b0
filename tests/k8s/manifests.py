"""Kubernetes manifests as `kubectl kustomize` prints them, and what tests ask of them."""

import json
import pathlib
import re
import shutil
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
K8S = ROOT / "k8s"
OVERLAYS = sorted(path.parent for path in K8S.glob("overlays/*/kustomization.yaml"))
COMPONENTS = sorted(path.parent for path in K8S.glob("components/*/kustomization.yaml"))
OLDEST_KUBECTL = (1, 27)


def missing():
    """Why nothing can be built on this machine; None if it can."""
    if shutil.which("kubectl") is None:
        return "there is no kubectl on the PATH"
    said = subprocess.run(["kubectl", "version", "--client", "--output=json"], capture_output=True, timeout=60)
    try:
        version = json.loads(said.stdout)["clientVersion"]
        found = tuple(int(re.match(r"\d+", version[part])[0]) for part in ("major", "minor"))
    except (ValueError, KeyError, TypeError):
        return f"kubectl does not tell its version: {said.stderr.decode()[:200]}"
    if found < OLDEST_KUBECTL:
        return f"kubectl is {found[0]}.{found[1]}, older than {OLDEST_KUBECTL[0]}.{OLDEST_KUBECTL[1]}"
    return None


def build(folder):
    """What `kubectl apply -k` would send."""
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, timeout=120)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"kubectl kustomize {folder}: {done.stderr.decode()}")
    return Manifests([item for item in yaml.safe_load_all(done.stdout) if item])


def selects(selector, labels):
    """A label selector as the API has them; an empty one selects everything."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for term in selector.get("matchExpressions", []):
        if term["operator"] != "In":
            raise AssertionError(f"the tests do not know the operator {term['operator']}")
        if labels.get(term["key"]) not in term["values"]:
            return False
    return True


def name_of(item):
    return f"{item['kind']} {item['metadata']['name']}"


class Workload:
    """What makes pods: a Deployment, StatefulSet or CronJob of ours, or what an operator makes pods from."""

    def __init__(self, item):
        self.item = item
        self.kind = item["kind"]
        self.name = item["metadata"]["name"]
        self.namespace = item["metadata"]["namespace"]
        if self.kind == "Cluster":  # CloudNativePG's pods, as its documentation describes them
            self.labels, self.pod, self.ports = {"cnpg.io/cluster": self.name}, None, {5432, 8000, 9187, "metrics"}
            return
        spec = item["spec"]["jobTemplate"]["spec"] if self.kind == "CronJob" else item["spec"]
        self.labels = spec["template"]["metadata"]["labels"]
        self.pod = spec["template"]["spec"]
        declared = [port for container in self.containers() for port in container.get("ports", [])]
        self.ports = {port[field] for port in declared for field in ("name", "containerPort")}

    def __str__(self):
        return f"{self.kind} {self.name}"

    def containers(self):
        if self.pod is None:
            return []
        return [*self.pod.get("initContainers", []), *self.pod["containers"]]

    def port(self, container, name_or_number):
        for port in container.get("ports", []):
            if name_or_number in (port["containerPort"], port.get("name")):
                return port["containerPort"]
        return None


class Manifests:

    def __init__(self, items):
        self.items = items

    def of(self, kind):
        return [item for item in self.items if item["kind"] == kind]

    def find(self, kind, name):
        found = [item for item in self.of(kind) if item["metadata"]["name"] == name]
        return found[0] if found else None

    def workloads(self, *kinds):
        known = kinds or ("Deployment", "StatefulSet", "CronJob", "Cluster")
        return [Workload(item) for kind in known for item in self.of(kind)]

    def settings(self, container):
        """Environment of a container: literal values; those out of a Secret are None."""
        found = {}
        for source in container.get("envFrom", []):
            config = self.find("ConfigMap", source["configMapRef"]["name"])
            found.update(config["data"] if config else {})
        for variable in container.get("env", []):
            found[variable["name"]] = variable.get("value")
        return found
