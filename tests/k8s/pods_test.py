#!/usr/bin/env python3
"""The pods of the dev overlay as processes: the commands, settings, files and probes that its manifests have.

What a cluster would do besides (addresses, mounts, the gateway's encryption) is put in their place; nothing else is changed.
"""

import base64
import re
import shutil
import time
import urllib.request

import case
import manifests
from case import harness

import gateway  # noqa: E402
import postgres  # noqa: E402


class Pod:
    """The one container of a Deployment's pod."""

    def __init__(self, folder, workload, number, found, secrets):
        self.service = workload.name
        self.name = f"{workload.name}-{number}"
        self.container = workload.pod["containers"][0]
        self._workload = workload
        self._folder = folder / f"pod-{self.name}"
        self._secrets = secrets
        self._settings = found.settings(self.container)
        self.log = folder / f"{self.name}.log"
        self.address = f"127.0.0.1:{harness.free_port()}"
        self.admin = f"127.0.0.1:{harness.free_port()}"
        self.process = None

    def mount(self):
        """Volumes as the kubelet makes them; returns where each path of the container is here."""
        shutil.rmtree(self._folder, ignore_errors=True)  # another pod at this address had them
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

    def metric(self, name):
        with urllib.request.urlopen(f"http://{self.admin}/metrics", timeout=harness.DEADLINE) as answer:
            return float(re.search(rf"^{name} (\S+)$", answer.read().decode(), re.MULTILINE)[1])

    def wait_for(self, kind):
        try:
            harness.wait_until(lambda: self.probe(kind), f"{self.name}: {kind}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log.read_text()[-4000:]}") from None

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


class Replicas:
    """A Deployment's pods, and a place for the one that an upgrade has more."""

    def __init__(self, folder, workload, found, secrets):
        spec = workload.item["spec"]
        places = spec["replicas"] + spec["strategy"]["rollingUpdate"]["maxSurge"]
        self._places = [Pod(folder, workload, number, found, secrets) for number in range(places)]
        self._wanted = spec["replicas"]
        self.address = "ipv4:" + ",".join(pod.address for pod in self._places)
        self.grace = workload.pod["terminationGracePeriodSeconds"]

    def running(self):
        return [pod for pod in self._places if pod.process is not None]

    def start(self, addresses, database):
        self._told = (addresses, database)
        for pod in self._places[:self._wanted]:
            pod.start(*self._told)

    def wait_until_started(self):
        for pod in self.running():
            pod.wait_for("startupProbe")

    def roll(self):
        """As the Deployment's strategy says: another pod is ready before an old one goes."""
        codes = []
        for old in self.running():
            new = next(pod for pod in self._places if pod.process is None)
            new.start(*self._told).wait_for("startupProbe")
            codes.append(old.stop())
        return codes


class Cluster:
    """The dev overlay's pods, a database and a gateway; looks like harness.Server to people."""

    def __init__(self, folder):
        self._folder = folder
        self.postgres = postgres.Postgres()
        self._gateway = None
        self.deployments = {}

    def start(self):
        self.postgres.start()
        found = case.built("dev")
        printed = case.run_secrets("server", self._folder / "server") + case.run_secrets("signing-keys")
        secrets = {item["metadata"]["name"]: {
            key: value.encode() if item["kind"] == "ConfigMap" else base64.b64decode(value)
            for key, value in item["data"].items()} for item in printed if "data" in item}
        self.deployments = {workload.name: Replicas(self._folder, workload, found, secrets)
                            for workload in found.workloads("Deployment")}
        told = {f"{service['metadata']['name']}:{port['port']}": self.deployments[service["metadata"]["name"]].address
                for service in found.of("Service") if service["metadata"]["name"] in self.deployments
                for port in service["spec"]["ports"] if port["name"] == "grpc"}
        database = self.postgres.create_database("parlor")
        for replicas in self.deployments.values():
            replicas.start(told, database)
        for replicas in self.deployments.values():
            replicas.wait_until_started()
        policy = next(item for item in printed if item["kind"] == "BackendTLSPolicy")
        server_id = policy["spec"]["validation"]["hostname"].removesuffix(".parlor")
        port = harness.free_port()
        self._gateway = gateway.Gateway(port, self._folder / "server" / "service", server_id, self._routes(found))
        self.link = f"parlor://127.0.0.1:{port}/#{server_id}"
        return self

    def _routes(self, found):
        return {f"/{rule['matches'][0]['method']['service']}/": self.deployments[rule["backendRefs"][0]["name"]].address
                for route in found.of("GRPCRoute") for rule in route["spec"]["rules"]}

    def pods(self):
        return [pod for replicas in self.deployments.values() for pod in replicas.running()]

    def end(self):
        if self._gateway is not None:
            self._gateway.end()
        for pod in self.pods():
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

    def talk(self, alice, bob, tag):
        self.assertDelivered(alice, bob, "#den", f"{tag}: to all")
        self.assertDelivered(bob, alice, "@alice", f"{tag}: between us")

    def test_people_talk_through_them(self):
        for pod in self.server.pods():
            self.assertTrue(pod.probe("readinessProbe"), pod.log.read_text())
            self.assertTrue(pod.probe("livenessProbe"))
        self.assertEqual(6, len(self.server.pods()))
        self.assertEqual([], list(self.folder.glob("pod-*/keys/.lock")), "they are not a pod's to write to")
        alice, bob = self.pair()
        carol, dave = self.person("carol"), self.person("dave")
        self.meet(alice, bob, carol, dave)
        self.talk(alice, bob, "out of a pod")

        def held():
            return [pod.metric("parlor_presence_sessions") for pod in self.server.deployments["presence"].running()]

        harness.wait_until(lambda: sum(held()) == 4, "everybody is with one of the two")
        # Streams and all other calls take turns together: all four may be with the same replica, by chance.
        for number in range(16):
            if all(held()):
                break
            self.person(f"guest{number}")
            harness.wait_until(lambda: sum(held()) == 5 + number, "the guest is with one of the two")
        self.assertTrue(all(held()), "both replicas have people")
        for pod in self.server.deployments["rooms"].running():
            harness.wait_until(lambda: pod.metric("parlor_rooms_members") == 4, f"{pod.name} knows of everybody")

    def test_an_upgrade_loses_nobody(self):
        people = alice, bob = self.pair()
        self.meet(alice, bob)
        for name, replicas in self.server.deployments.items():
            since = {person.name: person.mark() for person in people}
            self.assertEqual([0, 0], replicas.roll(), name)
            self.talk(alice, bob, f"after {name}")
            for person in people:
                self.assertEqual([], person.seen("room", since=since[person.name], change="left"), name)
                self.assertEqual([], person.seen("presence", since=since[person.name], status="offline"), name)
        carol = self.person("carol")
        carol.must("join", room="den")
        self.assertDelivered(carol, bob, "#den", "all is new")

    def test_they_end_in_their_time(self):
        for pod in self.server.pods():
            pause = pod.container["lifecycle"]["preStop"]["sleep"]["seconds"]
            start = time.monotonic()
            self.assertEqual(0, pod.stop(), pod.log.read_text())
            self.assertLess(time.monotonic() - start, self.server.deployments[pod.service].grace - pause)


if __name__ == "__main__":
    harness.main()
