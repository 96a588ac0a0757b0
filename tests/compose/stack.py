"""compose.yaml as one server of a test, with a project name, ports and a network of its own; people in containers of it."""

import json
import os
import subprocess
import urllib.request

import engine
import harness
import programs

# All but Grafana, whose image no test needs.
SERVICES = ("init", "postgres", "auth", "rooms", "presence", "gateway", "link", "postgres-exporter", "prometheus",
            "alertmanager")
REPLICAS = {"auth": 1, "rooms": 2, "presence": 2, "gateway": 1, "postgres": 1, "postgres-exporter": 1, "prometheus": 1,
            "alertmanager": 1}

UP_DEADLINE = 180


class Stack:

    def __init__(self):
        self.project = f"parlor-test-{os.getpid()}"
        self.port = harness.free_port()
        self.prometheus = f"127.0.0.1:{harness.free_port()}"
        self._environment = dict(
            engine.environment(), COMPOSE_PROJECT_NAME=self.project, PARLOR_PUBLIC=f"127.0.0.1:{self.port}",
            PARLOR_PUBLIC_PORT=str(self.port), PARLOR_PROMETHEUS_PORT=self.prometheus.rsplit(":", 1)[1],
            PARLOR_ALERTMANAGER_PORT=str(harness.free_port()),
            # Of a process's own: others may be running beside it.
            PARLOR_NETWORK=f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 250}")
        self.link = None

    # ---- as its administrator

    def command(self, *words):
        return [*engine.compose(), "-f", str(engine.ROOT / "compose.yaml"), *words]

    def environment(self, **more):
        return dict(self._environment, **more)

    def settings(self, **more):
        """Of these variables what Compose and its file read."""
        return {name: value for name, value in self.environment(**more).items()
                if name == "PATH" or name.startswith(("PARLOR_", "COMPOSE_", "DOCKER_"))}

    def compose(self, *words, deadline=UP_DEADLINE):
        return engine.checked(self.command(*words), deadline, env=self._environment)

    def up(self):
        try:
            self.compose("up", "-d", "--no-build", *SERVICES)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.compose('logs', '--no-color', '--tail', '20')[-8000:]}") from None
        lines = self.compose("logs", "--no-color", "link").splitlines()
        self.link = [line[line.index("parlor://"):].strip() for line in lines if "parlor://" in line][-1]
        return self

    def scale(self, service, replicas):
        self.compose("up", "-d", "--no-build", "--no-deps", "--scale", f"{service}={replicas}", service)

    def end(self):
        """Whatever has become of it, containers that tests left included."""
        self.compose("down", "--timeout", "1", "--volumes", "--remove-orphans")
        left = self.containers(all=True)
        if left:
            engine.docker("rm", "--force", "--volumes", *left)

    def left(self):
        """What of the project is still there."""
        label = f"label=com.docker.compose.project={self.project}"
        kinds = {"container": ("container", "ls", "-aq"), "volume": ("volume", "ls", "-q"), "network": ("network", "ls", "-q")}
        return {kind: found for kind, words in kinds.items()
                if (found := engine.docker(*words, "--filter", label).split())}

    # ---- its containers

    def containers(self, *services, all=False):  # noqa: A002
        """Ids of the running ones."""
        label = "label=com.docker.compose."
        found = []
        for words in [["--filter", f"{label}service={service}"] for service in services] or [[]]:
            found += engine.docker("container", "ls", "-q", *(["-a"] if all else []), "--filter",
                                   f"{label}project={self.project}", *words).split()
        return found

    def container(self, service):
        return self.containers(service)[0]

    def is_healthy(self, container):
        (found,) = engine.inspect("container", [container])
        return found["State"]["Running"] and found["State"].get("Health", {"Status": "healthy"})["Status"] == "healthy"

    def wait_until_healthy(self, container):
        try:
            harness.wait_until(lambda: self.is_healthy(container), "the container is healthy", 2 * harness.DEADLINE)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{engine.docker('logs', '--tail', '30', container)}") from None

    def ask_prometheus(self, path):
        with urllib.request.urlopen(f"http://{self.prometheus}/api/v1/{path}", timeout=harness.DEADLINE) as answer:
            return json.load(answer)["data"]


class Guest(harness.Person):
    """Somebody who chats by `compose run client`, with a home in the project's volume; knows no join link."""

    def __init__(self, stack, folder, name):
        super().__init__(folder, name)
        self._stack = stack

    def _command(self, *arguments):
        return self._stack.command("run", "--rm", "-T", "client", *arguments, "--json")

    def _environment(self):
        return self._stack.environment(PARLOR_PERSON=self.name)

    def run(self, *arguments, stdin=""):
        argv = self._command(*arguments)
        return programs.Result(argv, subprocess.run(argv, input=stdin.encode(), capture_output=True, check=False,
                                                   timeout=UP_DEADLINE, env=self._environment()))

    def register(self, link=None):
        result = self.run("register", self.name, "--password-stdin", stdin=harness.PASSWORD + "\n")
        if result.code != 0:
            raise AssertionError(str(result))
        return self

    def spawn(self, *arguments, **options):
        self.process = harness.Process(self._command("listen", *arguments), self.log, env=self._environment(), **options)
        self.events = harness.Events(self.process.child.stdout)
        return self
