"""Rules for the network: closed by default, and open exactly where something that is there needs it."""

from manifests import name_of, selects

# What is no pod has no selector: the API server and object stores.
OUTSIDE = {443, 6443}


def _policies(manifests):
    return [(name_of(item), item["spec"]) for item in manifests.of("NetworkPolicy")]


def _rules(spec):
    """(direction, peers, ports) of each rule; no peers: everybody."""
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction, []):
            yield direction, rule.get(peers, []), [port["port"] for port in rule.get("ports", [])]


def _chosen(manifests, selector):
    return [workload for workload in manifests.workloads() if selects(selector, workload.labels)]


def denied_by_default(manifests):
    used = {workload.namespace for workload in manifests.workloads()}
    closed = {item["metadata"]["namespace"] for item in manifests.of("NetworkPolicy")
              if item["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}
    for namespace in used - closed:
        yield f"namespace {namespace} is open by default"
    for name, spec in _policies(manifests):
        for direction, peers, ports in _rules(spec):
            if not ports:
                yield f"{name}: {direction} on every port"
            if not peers and (direction == "ingress" or not set(ports) <= OUTSIDE):
                yield f"{name}: {direction} with everybody on {ports}"
            for peer in peers:
                if "podSelector" not in peer and not peer["namespaceSelector"].get("matchLabels"):
                    yield f"{name}: {direction} with every namespace"


def selectors_match(manifests):
    """A policy that selects nothing protects nothing; a port that nobody has lets nobody in."""
    for name, spec in _policies(manifests):
        subjects = _chosen(manifests, spec["podSelector"])
        if not subjects:
            yield f"{name} selects no pod"
        for direction, peers, ports in _rules(spec):
            ours = [peer["podSelector"] for peer in peers if "namespaceSelector" not in peer]
            objects = [workload for selector in ours for workload in _chosen(manifests, selector)]
            if ours and not objects:
                yield f"{name}: {direction} with pods that are not there"
            targets = subjects if direction == "ingress" else objects
            for port in ports:
                if targets and not any(port in workload.ports for workload in targets):
                    yield f"{name}: {direction} on port {port}, which no such pod has"


def _side(manifests, direction, subject, other, port):
    for _, spec in _policies(manifests):
        if not selects(spec["podSelector"], subject.labels):
            continue
        for way, peers, ports in _rules(spec):
            if way == direction and port & set(ports) and any(
                    "namespaceSelector" not in peer and selects(peer["podSelector"], other.labels) for peer in peers):
                return True
    return False


def _open(manifests, source, target, number):
    """Both sides have to agree. A rule may have a port's number or its name."""
    names = {number}
    for container in target.containers():
        names |= {port["name"] for port in container.get("ports", []) if port["containerPort"] == number}
    return (_side(manifests, "egress", source, target, {number}) and
            _side(manifests, "ingress", target, source, names))


def targets_of(manifests, host):
    """The workloads behind a host name: a Service of ours, or one that the operator of a Cluster makes."""
    service = manifests.find("Service", host)
    if service is not None:
        return _chosen(manifests, {"matchLabels": service["spec"]["selector"]})
    return [workload for workload in manifests.workloads("Cluster") if host == f"{workload.name}-rw"]


def _needed(manifests, workload):
    """(host, port) of everything that a program is told to connect to."""
    for container in workload.containers():
        settings = manifests.settings(container)
        for variable in ("PARLOR_AUTH", "PARLOR_ROOMS"):
            if settings.get(variable):
                host, port = settings[variable].rsplit(":", 1)
                yield host, int(port)
        if settings.get("PARLOR_DATABASE"):
            host, port = settings["PARLOR_DATABASE"].split("@")[1].split("/")[0].split(":")
            yield host, int(port)


def open_where_needed(manifests):
    needed = set()
    for source in manifests.workloads("Deployment"):
        for host, port in _needed(manifests, source):
            targets = targets_of(manifests, host)
            if not targets:
                yield f"{source} is told of {host}, which is not there"
            for target in targets:
                needed.add((str(source), str(target), port))
                if not _open(manifests, source, target, port):
                    yield f"{source} may not connect to {target} on {port}"
    for source in manifests.workloads("Deployment", "StatefulSet", "CronJob"):
        for target in manifests.workloads():
            for port in (port for port in target.ports if isinstance(port, int)):
                if (str(source), str(target), port) not in needed and _open(manifests, source, target, port):
                    yield f"{source} may connect to {target} on {port}, and needs not"


def proxies_are_named(manifests):
    """Who is believed about callers' addresses: pods of the gateway, and no others of the networks that are trusted."""
    for workload in manifests.workloads("Deployment"):
        networks = manifests.settings(workload.pod["containers"][0]).get("PARLOR_TRUSTED_PROXIES", "")
        if not networks or any(network.endswith("/0") for network in networks.split(",")):
            yield f"{workload}: trusts {networks or 'no proxy, so that all callers come from one address'}"
        for name, spec in _policies(manifests):
            if not selects(spec["podSelector"], workload.labels):
                continue
            for direction, peers, ports in _rules(spec):
                foreign = [peer for peer in peers if "namespaceSelector" in peer]
                if direction == "ingress" and "grpc" in ports and any("podSelector" not in peer for peer in foreign):
                    yield f"{name}: a whole namespace could say whose calls it brings"


ALL = (denied_by_default, selectors_match, open_where_needed, proxies_are_named)
