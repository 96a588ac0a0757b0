"""Rules for pods: the restricted profile in full, and what an operator would miss at night."""

import re

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
LEVELS = {"enforce", "audit", "warn"}


def _security(pod, container, field):
    """The container's own word, else the pod's."""
    own = container.get("securityContext", {})
    return own[field] if field in own else pod.get("securityContext", {}).get(field)


def _restricted_pod(pod):
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field):
            yield f"{field} is not for us"
    for volume in pod.get("volumes", []):
        if kinds := set(volume) - {"name"} - VOLUMES:
            yield f"the volume {volume['name']} is of a kind that the profile forbids: {kinds}"
    security = pod.get("securityContext", {})
    for field in ("sysctls", "seLinuxOptions", "windowsOptions", "appArmorProfile"):
        if field in security:
            yield f"{field}: the profile's default is what we want"


def _restricted_container(pod, container):
    own = container.get("securityContext", {})
    if own.get("privileged") or own.get("procMount", "Default") != "Default":
        yield "privileged, or with another /proc"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    capabilities = own.get("capabilities", {})
    if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
        yield "capabilities are not all dropped"
    if _security(pod, container, "runAsNonRoot") is not True or _security(pod, container, "runAsUser") in (None, 0):
        yield "runs as root, or as whoever the image says"
    if (_security(pod, container, "seccompProfile") or {}).get("type") != "RuntimeDefault":
        yield "seccompProfile is not RuntimeDefault"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield "hostPort takes a port of the node"


def restricted(manifests):
    for workload in manifests.workloads():
        if workload.pod is not None:
            yield from (f"{workload}: {problem}" for problem in _restricted_pod(workload.pod))
        for container in workload.containers():
            for problem in _restricted_container(workload.pod, container):
                yield f"{workload}, {container['name']}: {problem}"
    for namespace in manifests.of("Namespace"):
        labels = namespace["metadata"].get("labels", {})
        for level in LEVELS:
            if labels.get(f"pod-security.kubernetes.io/{level}") != "restricted":
                yield f"namespace {namespace['metadata']['name']} does not {level} the restricted profile"


def closed(manifests):
    """Beyond the profile: nothing to write to, no token, no Services' names in the environment."""
    for workload in manifests.workloads():
        if workload.pod is None:
            continue
        for field in ("automountServiceAccountToken", "enableServiceLinks"):
            if workload.pod.get(field) is not False:
                yield f"{workload}: {field} is not false"
        for container in workload.containers():
            if container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
                yield f"{workload}, {container['name']}: its root file system can be written"


def _amount(quantity):
    number, unit = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", str(quantity)).groups()
    return float(number) * {"": 1, "m": 1e-3, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}[unit]


def bounded(manifests):
    for workload in manifests.workloads():
        for container in workload.containers() or [workload.item["spec"]]:
            resources = container.get("resources", {})
            for what in ("cpu", "memory"):
                request, limit = (resources.get(part, {}).get(what) for part in ("requests", "limits"))
                if request is None or limit is None:
                    yield f"{workload}: no request or no limit of {what}"
                elif _amount(request) > _amount(limit):
                    yield f"{workload}: requests more {what} than its limit"


def pinned(manifests):
    for workload in manifests.workloads():
        for container in workload.containers():
            image = container["image"]
            tag = image.rsplit("/", 1)[-1].partition(":")[2]
            if "@sha256:" not in image and tag in ("", "latest"):
                yield f"{workload}: {image} is whatever it is today"
        spec = workload.item["spec"]
        if workload.kind == "Cluster" and "imageCatalogRef" not in spec and ":" not in spec.get("imageName", ""):
            yield f"{workload}: whatever PostgreSQL the operator takes"


def probed(manifests):
    """All three probes; those of Parlor's programs ask the admin port, which is where PARLOR_ADMIN says."""
    wanted = {"startupProbe": "/readyz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
    for workload in manifests.workloads("Deployment", "StatefulSet"):
        for container in workload.containers():
            admin = manifests.settings(container).get("PARLOR_ADMIN")
            for probe, path in wanted.items():
                if probe not in container:
                    yield f"{workload}: no {probe}"
                elif workload.kind == "Deployment":
                    asked = container[probe].get("httpGet", {})
                    port = workload.port(container, asked.get("port"))
                    if asked.get("path") != path or admin != f"0.0.0.0:{port}":
                        yield f"{workload}: {probe} asks {asked}, and the admin port is {admin}"


def _seconds(duration):
    return int(re.fullmatch(r"(\d+)s", duration)[1])


def drained(manifests):
    """Nobody is killed before everybody has been told to come back elsewhere; no replica goes before another came."""
    for workload in manifests.workloads("Deployment"):
        container = workload.pod["containers"][0]
        pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        drain = _seconds(manifests.settings(container).get("PARLOR_DRAIN", "0s"))
        grace = workload.pod.get("terminationGracePeriodSeconds", 30)
        if pause < 3:
            yield f"{workload}: preStop does not wait until gateways know"
        if drain < 5 or grace < pause + drain + 5:
            yield f"{workload}: {grace} s of grace are too few for {pause} s before and {drain} s of drain"
        rolling = workload.item["spec"].get("strategy", {}).get("rollingUpdate", {})
        if rolling.get("maxUnavailable") != 0 or not rolling.get("maxSurge"):
            yield f"{workload}: an upgrade takes a replica away before its successor is there"


ALL = (restricted, closed, bounded, pinned, probed, drained)
