"""What the tests of manifests share: they skip together where nothing can be built, and build each overlay once."""

import functools
import os
import re
import subprocess
import sys
import tempfile
import unittest

import yaml

import manifests
import references

sys.path.insert(0, str(manifests.ROOT / "tests" / "e2e"))
import harness  # noqa: E402

SECRETS = manifests.K8S / "secrets"


def run_secrets(*arguments):
    """What k8s/secrets prints, as objects."""
    path = f"{harness.BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run([SECRETS, *map(str, arguments)], capture_output=True, timeout=2 * harness.DEADLINE,
                          env=harness.environment(PATH=path) | {"PATH": path})
    if done.returncode != 0:
        raise AssertionError(f"k8s/secrets {arguments}: {done.stderr.decode()}")
    return [item for item in yaml.safe_load_all(done.stdout) if item]


@functools.cache
def built(name):
    return manifests.build(manifests.K8S / "overlays" / name)


@functools.cache
def printed():
    """What k8s/secrets prints for a server that is new."""
    with tempfile.TemporaryDirectory() as folder:
        return run_secrets("server", folder) + run_secrets("signing-keys")


@functools.cache
def made():
    """What k8s/secrets makes, and which settings the programs have."""
    found = references.Made(printed())
    found.settings = {}
    for program in ("parlor-auth", "parlor-presence", "parlor-rooms"):
        said = subprocess.run([harness.BIN / program, "--help"], capture_output=True, text=True, check=True,
                              env=harness.environment(), timeout=harness.DEADLINE)
        found.settings[program] = set(re.findall(r"\(Env:(PARLOR_\w+)\)", said.stdout))
    return found


class ManifestTest(unittest.TestCase):

    maxDiff = None

    def setUp(self):
        if (why := manifests.missing()) is not None:
            harness.skip(self, "kubectl", why)
