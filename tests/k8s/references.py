"""Rules for what names something else: it has to be there, and to be what the name says."""

import re

from manifests import ROOT, name_of, selects
from network import targets_of

ROUTES = "gateway.networking.k8s.io"


class Made:
    """Keys of the Secrets and ConfigMaps that no manifest here has: by name, and who makes them."""

    # By the cluster itself, by CloudNativePG for a Cluster `postgres`, and by an operator's hand.
    ELSEWHERE = {"kube-root-ca.crt": {"ca.crt"}, "postgres-ca": {"ca.crt", "ca.key"}}
    BY_HAND = re.compile(r"create secret generic (\S+)((?: --from-literal=\S+)+)")

    def __init__(self, printed):
        """`printed`: what k8s/secrets prints."""
        self.keys = dict(self.ELSEWHERE)
        for item in printed:
            if item["kind"] in ("Secret", "ConfigMap"):
                self.keys[item["metadata"]["name"]] = set(item["data"])
        document = (ROOT / "docs" / "kubernetes.md").read_text().replace("\\\n", " ")
        for name, literals in self.BY_HAND.findall(re.sub(r" +", " ", document)):
            self.keys[name] = set(re.findall(r"--from-literal=([\w-]+)", literals))


def _keys(manifests, made, kind, name):
    item = manifests.find(kind, name)
    return set(item["data"]) if item else made.keys.get(name)


def _sources(volume):
    """(kind, name, keys, all its files) of what a volume is made of; files are None where keys name themselves."""
    parts = volume.get("projected", {}).get("sources", [volume])
    for part in parts:
        for field, kind, name in (("secret", "Secret", "secretName"), ("configMap", "ConfigMap", "name")):
            if field in part:
                items = part[field].get("items")
                files = {item["key"]: item["path"] for item in items} if items else None
                yield kind, part[field].get(name) or part[field].get("name"), files


def _used(workload):
    """(kind, name, keys) of every Secret and ConfigMap that its pods cannot start without."""
    for volume in workload.pod.get("volumes", []) if workload.pod else []:
        for kind, name, files in _sources(volume):
            yield kind, name, set(files or ())
    for container in workload.containers():
        for source in container.get("envFrom", []):
            yield "ConfigMap", source["configMapRef"]["name"], set()
        for variable in container.get("env", []):
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                yield "Secret", reference["name"], {reference["key"]}


def _used_by_operators(manifests):
    for cluster in manifests.of("Cluster"):
        yield "Secret", cluster["spec"]["bootstrap"]["initdb"]["secret"]["name"], {"username", "password"}
    for store in manifests.of("ObjectStore"):
        for reference in store["spec"]["configuration"]["s3Credentials"].values():
            yield "Secret", reference["name"], {reference["key"]}
    for gateway in manifests.of("Gateway"):
        for listener in gateway["spec"]["listeners"]:
            for reference in listener["tls"]["certificateRefs"]:
                yield "Secret", reference["name"], {"tls.crt", "tls.key"}


def secrets_exist(manifests, made):
    used = [(str(workload), *use) for workload in manifests.workloads() for use in _used(workload)]
    used += [("an operator", *use) for use in _used_by_operators(manifests)]
    for who, kind, name, keys in used:
        there = _keys(manifests, made, kind, name)
        if there is None:
            yield f"{who}: {kind} {name} is nowhere, and nothing makes it"
        elif keys - there:
            yield f"{who}: {kind} {name} has no {', '.join(sorted(keys - there))}"


def _files(manifests, made, workload, container):
    """Every path that its volumes give a container: files of known names, and the directories themselves."""
    volumes = {volume["name"]: volume for volume in workload.pod.get("volumes", [])}
    for mount in container.get("volumeMounts", []):
        yield mount["mountPath"]
        for kind, name, files in _sources(volumes.get(mount["name"], {})):
            names = files.values() if files else _keys(manifests, made, kind, name) or ()
            yield from (f"{mount['mountPath']}/{file}" for file in names)


def paths_are_mounted(manifests, made):
    for workload in manifests.workloads("Deployment", "StatefulSet", "CronJob"):
        known = {volume["name"] for volume in workload.pod.get("volumes", [])}
        known |= {claim["metadata"]["name"] for claim in workload.item["spec"].get("volumeClaimTemplates", [])}
        for container in workload.containers():
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in known:
                    yield f"{workload}: there is no volume {mount['name']}"
            there = set(_files(manifests, made, workload, container))
            for variable, value in manifests.settings(container).items():
                for path in re.findall(r"(?:^|=)(/etc/[\w./-]+)", value or ""):
                    folders = {file.rsplit("/", 1)[0] for file in there}
                    if path not in there | folders:
                        yield f"{workload}: {variable} is {path}, which no volume brings"


def services_match(manifests, made):
    for service in manifests.of("Service"):
        targets = targets_of(manifests, service["metadata"]["name"])
        if not targets:
            yield f"{name_of(service)} selects no pod"
        for port in service["spec"]["ports"]:
            for target in targets:
                if port["targetPort"] not in target.ports:
                    yield f"{name_of(service)}: {target} has no port {port['targetPort']}"
    for monitor in manifests.of("ServiceMonitor"):
        found = [item for item in manifests.of("Service")
                 if selects(monitor["spec"]["selector"], item["metadata"].get("labels", {}))]
        ports = {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]}
        if {item["metadata"]["name"] for item in found} != {"auth", "presence", "rooms"}:
            yield f"{name_of(monitor)} scrapes other Services than Parlor's"
        for item in found:
            if not ports <= {port["name"] for port in item["spec"]["ports"]}:
                yield f"{name_of(monitor)}: {name_of(item)} has no such port"


def disruption_is_bounded(manifests, made):
    """One budget for each Deployment that lets nodes be drained, and replicas that part over nodes and zones."""
    budgets = manifests.of("PodDisruptionBudget")
    for workload in manifests.workloads("Deployment"):
        mine = [item["spec"] for item in budgets if selects(item["spec"]["selector"], workload.labels)]
        if len(mine) != 1 or mine[0].get("maxUnavailable") != 1:
            yield f"{workload}: has {len(mine)} budgets, or one that lets no node be drained"
        spread = {term["topologyKey"]: term for term in workload.pod.get("topologySpreadConstraints", [])}
        if set(spread) != {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}:
            yield f"{workload}: does not spread over nodes and zones"
        for key, term in spread.items():
            if not selects(term["labelSelector"], workload.labels) or "pod-template-hash" not in term["matchLabelKeys"]:
                yield f"{workload}: what it counts for {key} are not its own replicas"


def scaling_has_targets(manifests, made):
    for scaler in manifests.of("HorizontalPodAutoscaler"):
        spec = scaler["spec"]
        target = manifests.find(spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"])
        if target is None:
            yield f"{name_of(scaler)}: its target is not there"
        elif "replicas" in target["spec"]:
            yield f"{name_of(scaler)}: each kubectl apply would set its target's replicas back"
        down = spec.get("behavior", {}).get("scaleDown", {})
        if down.get("stabilizationWindowSeconds", 0) < 600 or not down.get("policies"):
            yield f"{name_of(scaler)}: takes replicas away faster than people can move"
        if spec["minReplicas"] < 2:
            yield f"{name_of(scaler)}: one replica is none when its node goes"


def _grpc_services():
    """Full names of the services that clients call."""
    for proto in sorted((ROOT / "protos").rglob("*.proto")):
        text = proto.read_text()
        package = re.search(r"^package ([\w.]+);", text, re.MULTILINE)
        for service in re.findall(r"^service (\w+) \{", text, re.MULTILINE):
            yield f"{package[1]}.{service}"


def routes_lead_home(manifests, made):
    routed = []
    unlimited = {target["name"] for policy in manifests.of("BackendTrafficPolicy")
                 for target in policy["spec"]["targetRefs"]
                 if policy["spec"]["timeout"]["http"].get("requestTimeout") == "0s"
                 and policy["spec"]["timeout"]["http"].get("maxStreamDuration") == "0s"}
    for route in manifests.of("GRPCRoute"):
        if route["metadata"]["name"] not in unlimited:
            yield f"{name_of(route)}: its streams are ended by a timeout"
        for parent in route["spec"]["parentRefs"]:
            if manifests.find("Gateway", parent["name"]) is None:
                yield f"{name_of(route)}: there is no Gateway {parent['name']}"
        for rule in route["spec"]["rules"]:
            routed += [match["method"]["service"] for match in rule["matches"]]
            for backend in rule["backendRefs"]:
                service = manifests.find("Service", backend["name"])
                if service is None or backend["port"] not in [port["port"] for port in service["spec"]["ports"]]:
                    yield f"{name_of(route)}: there is no {backend['name']}:{backend['port']}"
                elif any(match["method"]["service"].split(".")[1] != backend["name"] for match in rule["matches"]):
                    yield f"{name_of(route)}: leads to another service's pods"
    if manifests.of("Gateway") and sorted(routed) != sorted(_grpc_services()):
        yield f"routes are for {sorted(routed)}, and clients call {sorted(_grpc_services())}"


def access_is_narrow(manifests, made):
    """Who may ask the cluster for something may ask for named things, and is a pod of ours."""
    accounts = {(item["metadata"]["name"], item["metadata"]["namespace"]) for item in manifests.of("ServiceAccount")}
    for role in [*manifests.of("Role"), *manifests.of("ClusterRole")]:
        for rule in role["rules"]:
            if not rule.get("resourceNames") or "*" in rule["verbs"] + rule["resources"] + rule["apiGroups"]:
                yield f"{name_of(role)}: names no things, or everything"
    for binding in manifests.of("RoleBinding"):
        if manifests.find(binding["roleRef"]["kind"], binding["roleRef"]["name"]) is None:
            yield f"{name_of(binding)}: there is no such role"
        for subject in binding["subjects"]:
            if (subject["name"], subject.get("namespace")) not in accounts:
                yield f"{name_of(binding)}: there is no account {subject['name']} in {subject.get('namespace')}"
    for workload in manifests.workloads():
        name = (workload.pod or {}).get("serviceAccountName")
        if name is not None and (name, workload.namespace) not in accounts:
            yield f"{workload}: there is no account {name}"


def settings_exist(manifests, made):
    """Every PARLOR_ name is a setting of the program that gets it; one that all get, of one of them at least."""
    shared = {}
    for workload in manifests.workloads("Deployment"):
        container = workload.pod["containers"][0]
        known = made.settings[container["command"][0]]
        for variable in container.get("env", []):
            if variable["name"].startswith("PARLOR_") and variable["name"] not in known:
                yield f"{workload}: {container['command'][0]} has no setting {variable['name']}"
        for source in container.get("envFrom", []):
            for name in (manifests.find("ConfigMap", source["configMapRef"]["name"]) or {"data": {}})["data"]:
                shared[name] = shared.get(name, False) or name in known
    for name in sorted(name for name, known in shared.items() if not known):
        yield f"no program has the setting {name}"


ALL = (secrets_exist, paths_are_mounted, services_match, disruption_is_bounded, scaling_has_targets, routes_lead_home,
       access_is_narrow, settings_exist)
