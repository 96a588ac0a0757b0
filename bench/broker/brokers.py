"""An IRC server and an MQTT broker as Debian has them, each on free ports and from a directory of its own.

What would hold back many clients from one address, or one who says much, is off; nothing is looked up and nothing is stored.
"""

import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

import namespaces

PATIENCE = 60  # seconds, until a broker listens: ngircd makes Diffie-Hellman parameters first
LISTENING = "0A"  # in /proc/PID/net/tcp

# MaxPenaltyTime=0: who says more than three things at once is not made to wait.
NGIRCD = """[Global]
Name = irc.parlor.invalid
Info = measured by scripts/bench brokers
Listen = {host}
Ports = {plain}
MotdPhrase = ""
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
Ports = {tls}
CertFile = {folder}/certificate.pem
KeyFile = {folder}/key.pem
"""

# Without set_tcp_nodelay a message may wait for the receiver's acknowledgement of the one before.
MOSQUITTO = """allow_anonymous true
persistence false
set_tcp_nodelay true
max_queued_messages 0
sys_interval 0
log_dest stderr
log_type error
log_type warning
listener {plain} {host}
listener {tls} {host}
certfile {folder}/certificate.pem
keyfile {folder}/key.pem
"""

PROGRAMS = {"irc": ("ngircd", NGIRCD, ("--nodaemon", "--config")), "mqtt": ("mosquitto", MOSQUITTO, ("-c",))}


def missing(kinds):
    """Why they cannot be started on this machine; None if they can."""
    wanted = [PROGRAMS[kind][0] for kind in kinds] + ["openssl", "setpriv"]
    absent = [name for name in wanted if not shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")]
    return f"there is no {', '.join(absent)}: run scripts/deps --bench" if absent else None


@contextlib.contextmanager
def folder():
    """With a throw-away certificate. Readable by all: a broker does not run as root."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="parlor-brokers-"))
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=parlor-bench", "-keyout", path / "key.pem",
                        "-out", path / "certificate.pem"], check=True, stderr=subprocess.DEVNULL)
        path.chmod(0o755)
        (path / "key.pem").chmod(0o644)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _free_ports(count):
    """Of the loopback; in a namespace that nobody else is in, these are free as well."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


def _mortal():
    """Who it runs as, and that it ends with this process: a change of the user would make the kernel forget that."""
    words = list(namespaces.MORTAL)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        words[1:1] = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return words


class Broker:

    def __init__(self, kind, path, host, enter=()):
        self.host = host
        self.plain, self.tls = _free_ports(2)
        program, configuration, words = PROGRAMS[kind]
        config = path / f"{program}.conf"
        config.write_text(configuration.format(folder=path, host=host, plain=self.plain, tls=self.tls))
        self._log = path / f"{program}.log"
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen([*enter, *_mortal(), program, *words, str(config)], cwd=path,
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        self.pid = self._process.pid
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def _wait(self):
        deadline = time.monotonic() + PATIENCE
        while not {self.plain, self.tls} <= self._listening():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._log.stem} does not listen:\n{self.log()}")
            time.sleep(0.05)

    def _listening(self):
        """Ports, in the namespace of the broker."""
        try:
            lines = pathlib.Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()[1:]
        except OSError:
            return set()  # it has ended
        fields = [line.split() for line in lines]
        return {int(each[1].split(":")[1], 16) for each in fields if each[3] == LISTENING}

    def log(self):
        return self._log.read_text(errors="replace")[-3000:]

    def close(self):
        namespaces.end(self._process)
