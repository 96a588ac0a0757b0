"""A real PostgreSQL with a data directory of its own, on a free loopback port."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

import programs

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")


def missing():
    """Why there is none on this machine; None if there is."""
    if not os.access(PROGRAMS / "postgres", os.X_OK):
        return "Debian's package postgresql-15 is not installed"
    return None


def children_of(parent):
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(fields[1]) == parent:
            found.append(int(entry.parent.name))
    return found


def is_gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


class Postgres:

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parlor-postgres-"))
        self.port = programs.free_port()
        self._as_user = ()
        if os.geteuid() == 0:  # as whom it refuses to run; the package brings a user along
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as_user = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
        self._process = None
        self._run("initdb", "-D", self.folder / "data", "--username=parlor", "--auth=trust", "--encoding=UTF8",
                  "--locale=C.UTF-8", "--no-sync", "--no-instructions")

    def _run(self, program, *arguments):
        completed = subprocess.run([*self._as_user, PROGRAMS / program, *map(str, arguments)], capture_output=True,
                                   cwd=self.folder, timeout=4 * programs.DEADLINE)
        if completed.returncode != 0:
            raise AssertionError(f"{program}: {completed.stderr.decode()}")

    def start(self):
        with open(self.folder / "postgres.log", "ab") as log:
            # setpriv sets the signal after the user, whose change would clear it. SIGQUIT: immediate shutdown.
            self._process = subprocess.Popen(
                [*(self._as_user or ("setpriv",)), "--pdeathsig", "QUIT", PROGRAMS / "postgres",
                 "-D", self.folder / "data", "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
                 "-c", f"unix_socket_directories={self.folder}", "-c", "fsync=off", "-c", "full_page_writes=off",
                 "-c", "shared_buffers=32MB"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        programs.wait_until(self._answers, "PostgreSQL answers")
        return self

    @property
    def pid(self):
        return self._process.pid

    def _answers(self):
        if self._process.poll() is not None:
            raise AssertionError(f"PostgreSQL ended: {(self.folder / 'postgres.log').read_text()[-2000:]}")
        return subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0

    def create_database(self, name):
        """Returns its URI."""
        self._run("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", "parlor", name)
        return f"postgresql://parlor@127.0.0.1:{self.port}/{name}?connect_timeout=10"

    def _there(self):
        return ("-h", "127.0.0.1", "-p", self.port, "-U", "parlor")

    def dump(self, name, file):
        """As docs/kubernetes.md and docs/operations.md have it."""
        with open(file, "wb") as out:
            subprocess.run([PROGRAMS / "pg_dump", *map(str, self._there()), "--format=custom", "--no-unlogged-table-data",
                            name], stdout=out,
                           check=True, timeout=4 * programs.DEADLINE)

    def restore(self, name, file):
        """Over what is there."""
        with open(file, "rb") as dumped:
            subprocess.run([PROGRAMS / "pg_restore", *map(str, self._there()), "--clean", "--if-exists",
                            "--no-owner", "--exit-on-error", f"--dbname={name}"], stdin=dumped, check=True, timeout=4 * programs.DEADLINE)

    def execute(self, name, statement):
        """What psql prints of the answer, without ornaments."""
        done = subprocess.run([PROGRAMS / "psql", *map(str, self._there()), "--no-psqlrc", "--tuples-only", "--no-align",
                               "--set=ON_ERROR_STOP=1", f"--dbname={name}", f"--command={statement}"],
                              stdout=subprocess.PIPE, check=True, timeout=programs.DEADLINE)
        return done.stdout.decode().strip()

    def kill(self):
        """kill -9 of the server and all its sessions; data is kept."""
        # Stopped first: it would make new children, or clean up, while the old ones are being killed.
        self._process.send_signal(signal.SIGSTOP)
        children = children_of(self._process.pid)
        for child in children:
            os.kill(child, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for child in children:
            programs.wait_until(lambda: is_gone(child), "a session of PostgreSQL ends")
        self._process = None

    def end(self):
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(programs.DEADLINE)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
