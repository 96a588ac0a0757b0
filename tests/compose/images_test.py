#!/usr/bin/env python3
"""The images of docker/Dockerfile: what is in them, and that they run with nothing but what they say they need."""

import json
import re
import subprocess
import time
import unittest

import engine
import harness

# Over the base, which others have too.
LARGEST = 120_000_000

USER = "10001:10001"
PROGRAMS = {"setup": "parlor-setup", "auth": "parlor-auth", "presence": "parlor-presence", "rooms": "parlor-rooms",
            "client": "parlor", "parlord": "parlord", "postgres-exporter": "prometheus-postgres-exporter"}
TITLES = {**PROGRAMS, "postgres-exporter": "parlor-postgres-exporter"}

# As compose.yaml and the manifests run them.
CONFINED = ("--rm", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none")


def run(target, *words, entrypoint=None):
    chosen = () if entrypoint is None else ("--entrypoint", entrypoint)
    return engine.docker("run", *CONFINED, *chosen, engine.image(target), *words)


class ImagesTest(unittest.TestCase):

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if engine.missing() is None:
            start = time.monotonic()
            engine.build()
            print(f"images: built in {time.monotonic() - start:.0f} s")

    def setUp(self):
        if (why := engine.missing()) is not None:
            harness.skip(self, "docker", why)
        self.images = dict(zip(PROGRAMS, engine.inspect("image", map(engine.image, PROGRAMS))))

    def each(self, check):
        for target, image in self.images.items():
            with self.subTest(image=target):
                check(target, image)

    def test_they_are_small(self):
        base = engine.inspect("image", [engine.BASE])[0]["Size"]

        def check(target, image):
            print(f"image {target}: {(image['Size'] - base) / 1e6:.0f} MB over its base")
            self.assertLess(image["Size"] - base, LARGEST)

        self.each(check)

    def test_they_say_what_they_are(self):
        version = re.search(r"^project\(parlor VERSION (\S+)", (engine.ROOT / "CMakeLists.txt").read_text(), re.M)[1]

        def check(target, image):
            labels = image["Config"]["Labels"]
            self.assertEqual(TITLES[target], labels["org.opencontainers.image.title"])
            self.assertEqual(version, labels["org.opencontainers.image.version"])
            self.assertRegex(labels["org.opencontainers.image.revision"], r"^([0-9a-f]{40}(-dirty)?|unknown)$")
            self.assertTrue(labels["org.opencontainers.image.description"])

        self.each(check)

    def test_their_user_is_a_number_that_owns_nothing_outside_volumes(self):
        def check(target, image):
            self.assertEqual(USER, image["Config"]["User"])
            owned = engine.docker("run", "--rm", "--user", "0:0", "--network", "none", "--entrypoint", "find",
                                  engine.image(target), "/", "-xdev", "-uid", "10001").split()
            places = ("/var/lib/parlor", "/home/parlor", "/secrets")
            self.assertEqual([], [path for path in owned if not path.startswith(places)])

        self.each(check)

    def test_they_run_confined(self):
        def check(target, _):
            said = run(target, "--version" if target in ("client", "postgres-exporter") else "--help")
            self.assertTrue(said or target == "postgres-exporter")
            self.assertEqual("10001\n", run(target, "-u", entrypoint="id"))

        self.each(check)

    def test_health_is_asked_without_a_shell(self):
        for target in ("auth", "presence", "rooms", "parlord"):
            check = self.images[target]["Config"]["Healthcheck"]["Test"]
            self.assertEqual(["CMD", PROGRAMS[target], "healthcheck"], check)
            completed = subprocess.run(["docker", "run", *CONFINED, "--tmpfs", "/var/lib/parlor:uid=10001,mode=0700",
                                        engine.image(target), "healthcheck"], capture_output=True, text=True,
                                       check=False, env=engine.environment(), timeout=harness.DEADLINE)
            self.assertEqual(1, completed.returncode, "nothing runs in there")
            self.assertIn("no answer from the admin port", completed.stderr)

    def test_programs_find_their_libraries_and_carry_no_debug_information(self):
        def check(target, _):
            path = run(target, "-c", f"command -v {PROGRAMS[target]}", entrypoint="sh").strip()
            self.assertNotIn("not found", run(target, path, entrypoint="ldd"))
            if target != "postgres-exporter":
                size = int(run(target, "-c", "%s", path, entrypoint="stat"))
                self.assertLess(size, 10_000_000, f"{path} was not stripped")

        self.each(check)

    def test_nothing_of_the_build_is_left(self):
        def check(target, _):
            packages = self.packages(target)
            self.assertEqual([], [name for name in packages if re.fullmatch(r".*-dev|(gcc|g\+\+|cpp)-\d+|cmake|make", name)])
            left = run(target, "-c", "ls -A /var/lib/apt/lists /var/cache/apt/archives /tmp", entrypoint="sh")
            self.assertNotRegex(left, r"\.deb|_Packages")

        self.each(check)

    def packages(self, target):
        lines = run(target, "-W", "-f", "${Package} ${Version}\\n", entrypoint="dpkg-query").splitlines()
        return dict(line.split() for line in lines)

    def test_they_list_what_is_in_them(self):
        def check(target, image):
            document = json.loads(run(target, f"/usr/share/sbom/{TITLES[target]}.spdx.json", entrypoint="cat"))
            self.check_spdx(document)
            itself, *installed = document["packages"]
            self.assertEqual(TITLES[target], itself["name"])
            self.assertEqual(image["Config"]["Labels"]["org.opencontainers.image.version"], itself["versionInfo"])
            self.assertIn(image["Config"]["Labels"]["org.opencontainers.image.revision"], itself["sourceInfo"])
            self.assertEqual(self.packages(target), {package["name"]: package["versionInfo"] for package in installed})
            for package in installed:
                self.assertRegex(package["externalRefs"][0]["referenceLocator"], r"^pkg:deb/debian/[^@+:]+@[^@+:]+\?arch=\w+$")

        self.each(check)

    def check_spdx(self, document):
        """What version 2.3 of SPDX requires of a document, a package and a relationship."""
        self.assertEqual(("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"),
                         (document["spdxVersion"], document["dataLicense"], document["SPDXID"]))
        self.assertTrue(document["name"])
        self.assertRegex(document["documentNamespace"], r"^https://[^#\s]+$")
        self.assertRegex(document["creationInfo"]["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertRegex(document["creationInfo"]["creators"][0], r"^Tool: \S+$")
        ids = [package["SPDXID"] for package in document["packages"]]
        self.assertEqual(len(ids), len(set(ids)))
        for package in document["packages"]:
            self.assertRegex(package["SPDXID"], r"^SPDXRef-[A-Za-z0-9.-]+$")
            for field in ("name", "downloadLocation", "versionInfo", "licenseConcluded", "licenseDeclared", "copyrightText"):
                self.assertTrue(package[field], package)
            self.assertIs(False, package["filesAnalyzed"])
            self.assertRegex(package["supplier"], r"^(NOASSERTION|(Person|Organization): \S.*)$")
        (describes, *contained) = document["relationships"]
        self.assertEqual(("SPDXRef-DOCUMENT", "DESCRIBES", ids[0]), tuple(describes[name] for name in (
            "spdxElementId", "relationshipType", "relatedSpdxElement")))
        self.assertEqual(ids[1:], [relation["relatedSpdxElement"] for relation in contained])


if __name__ == "__main__":
    harness.main()
