"""Two replicas of presence and rooms, auth, PostgreSQL and nginx; a town of people in one process; and the floor."""

import contextlib
import pathlib
import shutil
import tempfile

import burst
import harness
import nginx
import roles
import services

FLAGS = {"parlor-rooms": burst.GENEROUS, **services.QUICK_HASHES}


class Services(services.SeparateServices):

    def __init__(self, folder):
        super().__init__(folder, replicas=2, drain="10s", flags=FLAGS)
        self.ports = []

    def open_gateway(self, port, server_id):
        self.server_id = server_id
        self.ports = [port, harness.free_port()]
        self.gateway = nginx.Gateway(self._folder, self.ports, self.trust, server_id, {
            name: [service.address for service in self.of(f"parlor-{name}")] for name in ("auth", "presence", "rooms")})
        return self.gateway

    def pids(self):
        named = {called.removeprefix("parlor-"): service.process.child.pid for called, service in self.services.items()
                 if service.process is not None}
        return {**named, "gateway": self.gateway.process.pid, "postgres": self.postgres.pid}

    def town(self, citizens, links=False, watchers=0):
        auth = self.of("parlor-auth")[0].address.rsplit(":", 1)[1]
        return roles.Role("town", auth, *self.ports, self.trust / "root.pem", self.server_id, citizens,
                          "links" if links else "alone", watchers)


@contextlib.contextmanager
def running():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="parlor-cluster-"))
    cluster = Services(folder)
    try:
        yield cluster.start()
    except BaseException:
        kept = folder.with_name(folder.name + "-logs")
        kept.mkdir()
        for log in folder.glob("*.log"):
            shutil.copy(log, kept)
        print(f"logs: {kept}", flush=True)
        raise
    finally:
        cluster.end()
        shutil.rmtree(folder, ignore_errors=True)
