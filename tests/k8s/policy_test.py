#!/usr/bin/env python3
"""Rules that all overlays keep; and for each rule, manifests that break it and are refused."""

import copy

import case
import manifests
import network
import pods
import references

RULES = {rule.__name__: rule for rule in (*pods.ALL, *network.ALL)}
RULES |= {rule.__name__: (lambda found, rule=rule: rule(found, case.made())) for rule in references.ALL}


def pod(found, name, kind="Deployment"):
    item = found.find(kind, name)["spec"]
    return (item["jobTemplate"]["spec"] if kind == "CronJob" else item)["template"]["spec"]


def container(found, name, kind="Deployment"):
    return pod(found, name, kind)["containers"][0]


def remove(found, kind, name):
    found.items.remove(found.find(kind, name))


def set_variable(found, name, variable, value):
    for entry in container(found, name)["env"]:
        if entry["name"] == variable:
            entry["value"] = value


def set_shared(found, variable, value):
    """A setting that all services get."""
    config = next(item for item in found.of("ConfigMap") if "PARLOR_DRAIN" in item["data"])
    config["data"][variable] = value


# Rule, what to break, and what is said of it.
BROKEN = (
    ("restricted", lambda m: pod(m, "auth").update(hostNetwork=True), "hostNetwork"),
    ("restricted", lambda m: pod(m, "auth").update(hostPID=True), "hostPID"),
    ("restricted", lambda m: pod(m, "rooms")["volumes"].append({"name": "x", "hostPath": {"path": "/"}}), "hostPath"),
    ("restricted", lambda m: pod(m, "rooms")["securityContext"].update(sysctls=[{"name": "x"}]), "sysctls"),
    ("restricted", lambda m: pod(m, "rooms")["securityContext"].pop("runAsNonRoot"), "runs as root"),
    ("restricted", lambda m: pod(m, "rooms")["securityContext"].update(runAsUser=0), "runs as root"),
    ("restricted", lambda m: pod(m, "rooms")["securityContext"].pop("seccompProfile"), "seccompProfile"),
    ("restricted", lambda m: container(m, "auth")["securityContext"].update(privileged=True), "privileged"),
    ("restricted", lambda m: container(m, "auth")["securityContext"].update(procMount="Unmasked"), "/proc"),
    ("restricted", lambda m: container(m, "auth")["securityContext"].pop("allowPrivilegeEscalation"), "allowPriv"),
    ("restricted", lambda m: container(m, "auth")["securityContext"]["capabilities"].update(add=["SYS_TIME"]), "capab"),
    ("restricted", lambda m: container(m, "auth")["securityContext"].pop("capabilities"), "capabilities"),
    ("restricted", lambda m: container(m, "auth")["ports"][0].update(hostPort=7448), "hostPort"),
    ("restricted", lambda m: pod(m, "key-rotation", "CronJob")["initContainers"][0].pop("securityContext"), "rotate"),
    ("restricted", lambda m: m.find("Namespace", "parlor")["metadata"]["labels"].clear(), "enforce"),
    ("closed", lambda m: container(m, "auth")["securityContext"].pop("readOnlyRootFilesystem"), "can be written"),
    ("closed", lambda m: pod(m, "auth").pop("automountServiceAccountToken"), "Token"),
    ("closed", lambda m: pod(m, "auth").pop("enableServiceLinks"), "enableServiceLinks"),
    ("bounded", lambda m: container(m, "presence")["resources"]["limits"].pop("memory"), "no limit of memory"),
    ("bounded", lambda m: container(m, "presence")["resources"].pop("requests"), "no request"),
    ("bounded", lambda m: container(m, "presence")["resources"]["requests"].update(cpu="3"), "more cpu"),
    ("bounded", lambda m: m.find("Cluster", "postgres")["spec"].pop("resources"), "Cluster postgres"),
    ("pinned", lambda m: container(m, "auth").update(image="parlor/auth"), "parlor/auth"),
    ("pinned", lambda m: container(m, "auth").update(image="example.org:5000/parlor/auth"), "example.org"),
    ("pinned", lambda m: container(m, "auth").update(image="parlor/auth:latest"), "latest"),
    ("pinned", lambda m: m.find("Cluster", "postgres")["spec"].pop("imageCatalogRef"), "Cluster postgres"),
    ("probed", lambda m: container(m, "auth").pop("startupProbe"), "no startupProbe"),
    ("probed", lambda m: container(m, "auth")["readinessProbe"]["httpGet"].update(port="grpc"), "readinessProbe asks"),
    ("probed", lambda m: container(m, "auth")["livenessProbe"]["httpGet"].update(path="/readyz"), "livenessProbe asks"),
    ("probed", lambda m: set_variable(m, "auth", "PARLOR_ADMIN", "127.0.0.1:9448"), "127.0.0.1"),
    ("drained", lambda m: pod(m, "rooms").update(terminationGracePeriodSeconds=15), "too few"),
    ("drained", lambda m: set_shared(m, "PARLOR_DRAIN", "25s"), "25 s of drain"),
    ("drained", lambda m: container(m, "rooms").pop("lifecycle"), "preStop"),
    ("drained", lambda m: m.find("Deployment", "rooms")["spec"].pop("strategy"), "before its successor"),
    ("denied_by_default", lambda m: remove(m, "NetworkPolicy", "deny-by-default"), "open by default"),
    ("denied_by_default", lambda m: m.find("NetworkPolicy", "dns")["spec"]["egress"][0].pop("to"), "with everybody"),
    ("denied_by_default", lambda m: m.find("NetworkPolicy", "dns")["spec"]["egress"][0].pop("ports"), "every port"),
    ("denied_by_default", lambda m: m.find("NetworkPolicy", "services-from-gateway")["spec"]["ingress"][0].update(
        {"from": [{"namespaceSelector": {}}]}), "every namespace"),
    ("selectors_match", lambda m: m.find("NetworkPolicy", "services-to-postgres")["spec"].update(
        podSelector={"matchLabels": {"app": "auth"}}), "selects no pod"),
    ("selectors_match", lambda m: m.find("NetworkPolicy", "rooms-from-presence")["spec"]["ingress"][0].update(
        {"from": [{"podSelector": {"matchLabels": {"app": "auth"}}}]}), "not there"),
    ("selectors_match", lambda m: m.find("NetworkPolicy", "rooms-from-presence")["spec"]["ingress"][0].update(
        ports=[{"port": 7777}]), "port 7777"),
    ("open_where_needed", lambda m: remove(m, "NetworkPolicy", "services-to-postgres"), "may not connect to Cluster"),
    ("open_where_needed", lambda m: remove(m, "NetworkPolicy", "auth-from-services"), "may not connect to Deployment"),
    ("open_where_needed", lambda m: set_variable(m, "presence", "PARLOR_AUTH", "auth.elsewhere:7448"), "not there"),
    ("open_where_needed", lambda m: m.find("NetworkPolicy", "rooms-from-presence")["spec"]["ingress"][0].update(
        {"from": [{"podSelector": {}}]}), "needs not"),
    ("proxies_are_named", lambda m: set_shared(m, "PARLOR_TRUSTED_PROXIES", "0.0.0.0/0"), "0.0.0.0/0"),
    ("proxies_are_named", lambda m: set_shared(m, "PARLOR_TRUSTED_PROXIES", ""), "no proxy"),
    ("proxies_are_named", lambda m: m.find("NetworkPolicy", "services-from-gateway")["spec"]["ingress"][0]["from"][0]
     .pop("podSelector"), "whole namespace"),
    ("secrets_exist", lambda m: pod(m, "auth")["volumes"][0]["secret"].update(secretName="typo"), "typo is nowhere"),
    ("secrets_exist", lambda m: container(m, "auth")["envFrom"][0]["configMapRef"].update(name="typo"), "typo"),
    ("secrets_exist", lambda m: container(m, "auth")["env"][0].update(
        valueFrom={"secretKeyRef": {"name": "database", "key": "typo"}}), "has no typo"),
    ("secrets_exist", lambda m: m.find("ObjectStore", "backups")["spec"]["configuration"]["s3Credentials"][
        "accessKeyId"].update(key="typo"), "has no typo"),
    ("paths_are_mounted", lambda m: set_variable(m, "auth", "PARLOR_PEOPLE_CA", "/etc/parlor/people/ca.crt"), "people"),
    ("paths_are_mounted", lambda m: container(m, "auth")["volumeMounts"][0].update(name="typo"), "no volume typo"),
    ("services_match", lambda m: m.find("Service", "rooms")["spec"]["selector"].clear(), "rooms"),
    ("services_match", lambda m: m.find("Service", "rooms")["spec"]["ports"][0].update(targetPort="typo"), "port typo"),
    ("services_match", lambda m: m.find("ServiceMonitor", "parlor")["spec"]["endpoints"][0].update(port="x"), "no such"),
    ("services_match", lambda m: m.find("ServiceMonitor", "parlor")["spec"]["selector"].update(
        matchLabels={"app.kubernetes.io/name": "auth"}), "other Services"),
    ("disruption_is_bounded", lambda m: remove(m, "PodDisruptionBudget", "auth"), "has 0 budgets"),
    ("disruption_is_bounded", lambda m: m.find("PodDisruptionBudget", "auth")["spec"].update(maxUnavailable=0), "drained"),
    ("disruption_is_bounded", lambda m: pod(m, "auth").pop("topologySpreadConstraints"), "spread"),
    ("disruption_is_bounded", lambda m: pod(m, "auth")["topologySpreadConstraints"][0]["labelSelector"].update(
        matchLabels={"app": "auth"}), "its own replicas"),
    ("scaling_has_targets", lambda m: remove(m, "Deployment", "rooms"), "its target is not there"),
    ("scaling_has_targets", lambda m: m.find("Deployment", "rooms")["spec"].update(replicas=2), "set its target's"),
    ("scaling_has_targets", lambda m: m.find("HorizontalPodAutoscaler", "rooms")["spec"].pop("behavior"), "faster"),
    ("scaling_has_targets", lambda m: m.find("HorizontalPodAutoscaler", "rooms")["spec"].update(minReplicas=1), "none"),
    ("routes_lead_home", lambda m: remove(m, "BackendTrafficPolicy", "streams"), "ended by a timeout"),
    ("routes_lead_home", lambda m: remove(m, "Gateway", "parlor"), "no Gateway"),
    ("routes_lead_home", lambda m: remove(m, "GRPCRoute", "rooms"), "clients call"),
    ("routes_lead_home", lambda m: m.find("GRPCRoute", "rooms")["spec"]["rules"][0]["backendRefs"][0].update(
        port=7448), "no rooms:7448"),
    ("routes_lead_home", lambda m: m.find("GRPCRoute", "rooms")["spec"]["rules"][0]["backendRefs"][0].update(
        name="auth", port=7448), "another service"),
    ("access_is_narrow", lambda m: m.find("Role", "key-rotation")["rules"][0].pop("resourceNames"), "names no things"),
    ("access_is_narrow", lambda m: m.find("Role", "key-rotation")["rules"][0].update(verbs=["*"]), "everything"),
    ("access_is_narrow", lambda m: m.find("RoleBinding", "key-rotation")["roleRef"].update(name="x"), "no such role"),
    ("access_is_narrow", lambda m: m.find("RoleBinding", "key-rotation")["subjects"][0].pop("namespace"), "in None"),
    ("access_is_narrow", lambda m: pod(m, "key-rotation", "CronJob").update(serviceAccountName="x"), "no account x"),
    ("settings_exist", lambda m: container(m, "rooms")["env"][0].update(name="PARLOR_ADMINN"), "PARLOR_ADMINN"),
    ("settings_exist", lambda m: set_shared(m, "PARLOR_DRAINN", "1s"), "PARLOR_DRAINN"),
)


class PolicyTest(case.ManifestTest):

    def test_every_overlay_keeps_every_rule(self):
        for overlay in manifests.OVERLAYS:
            for name, rule in RULES.items():
                with self.subTest(overlay=overlay.name, rule=name):
                    self.assertEqual([], list(rule(case.built(overlay.name))))

    def test_what_breaks_a_rule_is_refused(self):
        for name, break_it, said in BROKEN:
            with self.subTest(rule=name, said=said):
                broken = copy.deepcopy(case.built("production"))
                break_it(broken)
                problems = list(RULES[name](broken))
                self.assertTrue(any(said in problem for problem in problems), problems)

    def test_every_rule_can_be_broken(self):
        self.assertEqual(set(RULES), {name for name, _, _ in BROKEN})


if __name__ == "__main__":
    case.harness.main()
