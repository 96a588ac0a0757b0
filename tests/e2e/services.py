"""parlor-auth, parlor-presence and parlor-rooms as processes of their own, on PostgreSQL, with TLS everywhere."""

import signal
import subprocess
import urllib.request

import burst
import gateway
import harness
import postgres

FLAGS = {"parlor-presence": harness.IMPATIENT[:4], "parlor-rooms": (*harness.IMPATIENT[4:], *burst.GENEROUS)}

# For whom passwords are not the matter, but many accounts are.
QUICK_HASHES = {"parlor-auth": ("--argon2-memory-kib", "64", "--argon2-passes", "1")}


class Service:
    """One of the programs; its ports stay the same over restarts."""

    def __init__(self, folder, name, *flags, log=None, drain="2s"):
        self.name = name
        self.address = f"127.0.0.1:{harness.free_port()}"
        self.log = folder / (log or f"{name}.log")
        self.admin = f"127.0.0.1:{harness.free_port()}"
        self._argv = [str(harness.BIN / name), "--listen", self.address, "--admin", self.admin, "--drain", drain, *flags]
        self.process = None

    def start(self):
        self.process = harness.Process(self._argv, self.log, env=harness.environment())
        return self

    def run(self, *words):
        """One of its subcommands, with the settings of the running one."""
        return subprocess.run([*self._argv, *words], capture_output=True, timeout=harness.DEADLINE,
                              env=harness.environment())

    def health(self):
        """What the operator's healthcheck says: None when ready, else why not."""
        completed = self.run("healthcheck")
        return None if completed.returncode == 0 else completed.stderr.decode()

    def ask(self, path):
        """The body of what its admin port answers."""
        with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=harness.DEADLINE) as answer:
            return answer.read().decode()

    def wait_until_ready(self):
        try:
            harness.wait_until(lambda: self.health() is None, f"{self.name} is ready")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.health()}\n{self.log.read_text()[-4000:]}") from None

    def stop(self):
        """SIGTERM, as a service manager does; the exit code."""
        self.process.signal(signal.SIGTERM)
        code = self.process.wait()
        self.end()
        return code

    def end(self):
        if self.process is not None:
            self.process.end()
            self.process.child.stdout.close()
            self.process = None

    kill = end

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def metric(self, name):
        """The sum of all series of this name; 0 if there are none."""
        lines = self.ask("/metrics").splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.startswith(name + " ") or line.startswith(name + "{"))


class SeparateServices:
    """All of them and their gateway; looks like harness.Server to people.

    With `replicas` there are as many of presence and of rooms, in turns behind the gateway: "parlor-presence",
    "parlor-presence 2" and so on. With `shared` presence, too, keeps who is here in PostgreSQL, for replicas or not.
    `flags`: of each program's own, instead of impatient ones.
    """

    def __init__(self, folder, shared=False, replicas=1, drain="2s", flags=None):
        self._flags = FLAGS if flags is None else flags
        self._shared = shared or replicas > 1
        self._replicas = replicas
        self._drain = drain
        self.postgres = postgres.Postgres()
        self.trust = folder / "server" / "trust"
        self._folder = folder
        self._gateway = None
        self.services = {}

    def start(self):
        self.postgres.start()
        maker = harness.Server(self._folder).start()  # the operator's way to certificates: a first start of parlord
        maker.stop()
        auth = self._add("parlor-auth", 1, "--database", self.postgres.create_database("auth"),
                         "--keys", self._folder / "auth-keys", "--people-ca", self.trust / "people-ca.pem",
                         "--people-ca-key", self.trust / "people-ca.key")
        rooms = self._add("parlor-rooms", self._replicas, "--database", self.postgres.create_database("rooms"),
                          "--keys", self._folder / "rooms-keys", "--auth", auth[0].address)
        shared = ("--database", self.postgres.create_database("presence")) if self._shared else ()
        presence = self._add("parlor-presence", self._replicas, "--auth", auth[0].address,
                             "--rooms", rooms[0].address, *shared)
        for service in self.services.values():
            service.wait_until_ready()
        server_id = maker.link.rsplit("#", 1)[1]
        port = harness.free_port()
        self.link = f"parlor://127.0.0.1:{port}/#{server_id}"
        self._gateway = self.open_gateway(port, server_id)
        return self

    def open_gateway(self, port, server_id):
        """What stands in front of the services on `port`: something with an end()."""
        return gateway.Gateway(port, self.trust, server_id, {
            f"/parlor.{name}.v1.{name.capitalize()}/":
                "ipv4:" + ",".join(service.address for service in self.of(f"parlor-{name}"))
            for name in ("auth", "presence", "rooms")})

    def _add(self, name, replicas, *flags):
        flags = (*flags, "--tls-chain", self.trust / "service.pem", "--tls-key", self.trust / "service.key",
                 "--tls-root", self.trust / "root.pem", "--trusted-proxies", "127.0.0.0/8", *self._flags.get(name, ()))
        added = []
        for number in range(1, replicas + 1):
            called = name if number == 1 else f"{name} {number}"
            added.append(Service(self._folder, name, *map(str, flags), log=f"{called}.log", drain=self._drain).start())
            self.services[called] = added[-1]
            if number == 1 and replicas > 1:
                added[-1].wait_until_ready()  # it makes the signing keys and the tables
        return added

    def of(self, name):
        """All replicas of a service."""
        return [service for called, service in self.services.items() if called.split()[0] == name]

    def end(self):
        if self._gateway is not None:
            self._gateway.end()
        for service in self.services.values():
            service.end()
        self.postgres.end()
