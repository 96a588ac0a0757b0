#!/usr/bin/env python3
"""The pods of the dev overlay as processes: the commands, settings, files and probes that its manifests have.

What a cluster would do besides (addresses, mounts, the gateway's encryption) is put in their place; nothing else is changed.
"""

import base64
import time
import urllib.request

import case
import manifests
from case import harness

import gateway  # noqa: E402
import postgres  # noqa: E402


class Pod:
    """The one container of a Deployment's pod."""

    def __init__(self, folder, workload, found, secrets):
        self.name = workload.name
        self.container = workload.pod["containers"][0]
        self._workload = workload
        self._folder = folder / f"pod-{workload.name}"
        self._secrets = secrets
        self._settings = found.settings(self.container)
        self.log = folder / f"{workload.name}.log"
        self.address = f"127.0.0.1:{harness.free_port()}"
        self.admin = f"127.0.0.1:{harness.free_port()}"
        self.process = None

    def mount(self):
        """Volumes as the kubelet makes them; returns where each path of the container is here."""
        volumes = {volume["name"]: volume for volume in self._workload.pod["volumes"]}
        places = {}
        for mount in self.container["volumeMounts"]:
            volume = volumes[mount["name"]]
            name = volume["secret"]["secretName"] if "secret" in volume else volume["configMap"]["name"]
            place = self._folder / mount["name"]
            (place / "..data").mkdir(parents=True)
            for key, value in self._secrets[name].items():
                (place / "..data" / key).write_bytes(value)
                (place / "..data" / key).chmod(0o440)
                (place / key).symlink_to(f"..data/{key}")
            places[mount["mountPath"]] = str(place)
        return places

    def start(self, addresses, database):
        """`addresses`: of other pods, by the name and port that manifests give them."""
        settings = dict(self._settings, PARLOR_LISTEN=self.address, PARLOR_ADMIN=self.admin, PARLOR_DATABASE=database,
                        PARLOR_TRUSTED_PROXIES="127.0.0.0/8")
        del settings["PGPASSWORD"]
        for path, place in self.mount().items():
            settings = {name: value.replace(path, place) for name, value in settings.items()}
        settings = {name: addresses.get(value, value) for name, value in settings.items()}
        program, *arguments = self.container["command"]
        self.process = harness.Process([str(harness.BIN / program), *arguments], self.log,
                                       env=harness.environment(**settings))
        return self

    def probe(self, kind):
        try:
            url = f"http://{self.admin}{self.container[kind]['httpGet']['path']}"
            with urllib.request.urlopen(url, timeout=harness.DEADLINE) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self):
        self.process.signal(15)
        code = self.process.wait()
        self.end()
        return code

    def end(self):
        if self.process is not None:
            self.process.end()
            self.process.child.stdout.close()
            self.process = None


class Cluster:
    """The dev overlay's pods, a database and a gateway; looks like harness.Server to people."""

    def __init__(self, folder):
        self._folder = folder
        self.postgres = postgres.Postgres()
        self._gateway = None
        self.pods = {}

    def start(self):
        self.postgres.start()
        found = case.built("dev")
        printed = case.run_secrets("server", self._folder / "server") + case.run_secrets("signing-keys")
        secrets = {item["metadata"]["name"]: {
            key: value.encode() if item["kind"] == "ConfigMap" else base64.b64decode(value)
            for key, value in item["data"].items()} for item in printed if "data" in item}
        database = self.postgres.create_database("parlor")
        self.pods = {workload.name: Pod(self._folder, workload, found, secrets)
                     for workload in found.workloads("Deployment")}
        told = {f"{service['metadata']['name']}:{port['port']}": self.pods[service["metadata"]["name"]].address
                for service in found.of("Service") if service["metadata"]["name"] in self.pods
                for port in service["spec"]["ports"] if port["name"] == "grpc"}
        for pod in self.pods.values():
            pod.start(told, database)
        for pod in self.pods.values():
            harness.wait_until(lambda: pod.probe("startupProbe"), f"{pod.name} has started: {pod.log}")
        policy = next(item for item in printed if item["kind"] == "BackendTLSPolicy")
        server_id = policy["spec"]["validation"]["hostname"].removesuffix(".parlor")
        port = harness.free_port()
        self._gateway = gateway.Gateway(port, self._folder / "server" / "service", server_id, self._routes(found))
        self.link = f"parlor://127.0.0.1:{port}/#{server_id}"
        return self

    def _routes(self, found):
        return {f"/{rule['matches'][0]['method']['service']}/": self.pods[rule["backendRefs"][0]["name"]].address
                for route in found.of("GRPCRoute") for rule in route["spec"]["rules"]}

    def end(self):
        if self._gateway is not None:
            self._gateway.end()
        for pod in self.pods.values():
            pod.end()
        self.postgres.end()


class PodsTest(harness.EndToEndTest):

    def make_server(self):
        return Cluster(self.folder)

    def setUp(self):
        for what, why in (("kubectl", manifests.missing()), ("postgres", postgres.missing()),
                          ("grpcio", gateway.MISSING)):
            if why is not None:
                harness.skip(self, what, why)
        super().setUp()

    def test_people_talk_through_them(self):
        for pod in self.server.pods.values():
            self.assertTrue(pod.probe("readinessProbe"), pod.log.read_text())
            self.assertTrue(pod.probe("livenessProbe"))
            self.assertEqual([], list(self.folder.glob("pod-*/keys/.lock")), "they are not a pod's to write to")
        alice, bob = self.pair()
        self.meet(alice, bob)
        self.assertDelivered(alice, bob, "#den", "out of a pod")
        self.assertDelivered(bob, alice, "@alice", "and back")

    def test_they_end_in_their_time(self):
        for name, pod in self.server.pods.items():
            grace = case.built("dev").find("Deployment", name)["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
            start = time.monotonic()
            self.assertEqual(0, pod.stop(), pod.log.read_text())
            self.assertLess(time.monotonic() - start, grace - pod.container["lifecycle"]["preStop"]["sleep"]["seconds"])


if __name__ == "__main__":
    harness.main()
