"""Docker and Compose, as this machine has them; the images that the tests use."""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import programs  # noqa: E402

BASE = "debian:bookworm-slim"

# Of the images that are made here: nobody's own ones are replaced.
VERSION = "test"
TARGETS = ("setup", "auth", "presence", "rooms", "client", "parlord", "postgres-exporter")

BUILD_DEADLINE = 2000  # when everything has to be compiled


def _can_build(docker):
    """BuildKit is a part of the command line before 23, and a plugin of its own after."""
    version = subprocess.run([docker, "version", "--format", "{{.Client.Version}}"], capture_output=True, text=True,
                             check=False, timeout=60).stdout.split(".")[0]
    plugin = subprocess.run([docker, "buildx", "version"], capture_output=True, check=False, timeout=60)
    return (version.isdigit() and int(version) < 23) or plugin.returncode == 0


@functools.cache
def environment():
    """With the first docker of the path that can build, should there be several; settings of Compose are the tests' own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PARLOR_", "COMPOSE_"))}
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    able = [folder for folder in folders if os.access(f"{folder}/docker", os.X_OK) and _can_build(f"{folder}/docker")]
    return dict(kept, PATH=os.pathsep.join([*able[:1], *folders]), PARLOR_VERSION=VERSION, DOCKER_BUILDKIT="1")


@functools.cache
def compose():
    """The words of Compose's command line: of its second version, else of the first; None without either."""
    if _run(("docker", "compose", "version")).returncode == 0:
        return ("docker", "compose")
    return ("docker-compose",) if shutil.which("docker-compose", path=environment()["PATH"]) else None


@functools.cache
def missing():
    """Why there is none on this machine; None if there is."""
    if shutil.which("docker") is None:
        return "there is no docker command (scripts/deps --containers)"
    if (asked := _run(("docker", "version", "--format", "{{.Server.Version}}"))).returncode != 0:
        return f"no Docker engine answers: {' '.join(asked.stderr.split())}"
    if compose() is None:
        return "there is no Docker Compose (scripts/deps --containers)"
    if not _can_build(shutil.which("docker", path=environment()["PATH"])):
        return "docker has no BuildKit (its plugin buildx)"
    for name in _images_of_others():
        here = _run(("docker", "image", "inspect", name)).returncode == 0
        if not here and _run(("docker", "pull", "-q", name), 600).returncode != 0:
            return f"the image {name} is not here, and cannot be pulled"
    return None


def _images_of_others():
    """Grafana's is not needed: nothing starts it."""
    named = re.findall(r"^    image: (\S+)$", (ROOT / "compose.yaml").read_text(), re.MULTILINE)
    return [BASE, *(name for name in named if not name.startswith(("parlor/", "grafana/")))]


def _run(argv, deadline=60, **options):
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=deadline, cwd=ROOT,
                          **{"env": environment(), **options})


def checked(argv, deadline=4 * programs.DEADLINE, **options):
    completed = _run(list(map(str, argv)), deadline, **options)
    if completed.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))}: exit {completed.returncode}\n{completed.stdout[-4000:]}\n"
                             f"{completed.stderr[-8000:]}")
    return completed.stdout


def docker(*arguments, **options):
    return checked(("docker", *arguments), **options)


def fails(*arguments):
    """What a docker command that must not succeed says."""
    completed = _run(("docker", *arguments))
    if completed.returncode == 0:
        raise AssertionError(f"docker {' '.join(arguments)}: succeeded\n{completed.stdout}")
    return completed.stdout + completed.stderr


def inspect(kind, names):
    return json.loads(docker(kind, "inspect", *names)) if names else []


def build():
    """All images, tagged VERSION."""
    checked((ROOT / "scripts" / "images", *TARGETS), BUILD_DEADLINE)


def image(target):
    return f"parlor/{target}:{VERSION}"
