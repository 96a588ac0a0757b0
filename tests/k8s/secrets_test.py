#!/usr/bin/env python3
"""k8s/secrets, and the job that rotates signing keys in a cluster, as far as they go without one."""

import base64
import datetime
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

import yaml
from cryptography import x509

import case
import manifests

ROTATE = manifests.K8S / "components" / "key-rotation" / "rotate-keys"


def by_name(items):
    return {item["metadata"]["name"]: item for item in items}


def content(item, key):
    return base64.b64decode(item["data"][key])


class SecretsTest(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parlor-k8s-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def test_a_server_is_made_once_and_printed_alike(self):
        server = self.folder / "server"
        first = case.run_secrets("server", server)
        root_key = (server / "authority" / "trust" / "root.key").read_bytes()
        self.assertEqual(first, case.run_secrets("server", server))
        self.assertEqual(root_key, (server / "authority" / "trust" / "root.key").read_bytes())
        self.assertNotEqual(first, case.run_secrets("server", self.folder / "other"))

    def test_pods_get_what_they_need_and_no_more(self):
        server = self.folder / "server"
        found = by_name(case.run_secrets("server", server))
        self.assertEqual({"service-tls", "people-ca", "root-ca", "services", "database"}, set(found))
        trust = server / "authority" / "trust"
        self.assertEqual((trust / "service.pem").read_bytes(), content(found["service-tls"], "tls.crt"))
        self.assertEqual((trust / "service.key").read_bytes(), content(found["service-tls"], "tls.key"))
        self.assertEqual((trust / "people-ca.pem").read_bytes(), content(found["people-ca"], "tls.crt"))
        self.assertEqual((trust / "people-ca.key").read_bytes(), content(found["people-ca"], "tls.key"))
        self.assertEqual((trust / "root.pem").read_text(), found["root-ca"]["data"]["ca.crt"])
        self.assertEqual(b"parlor", content(found["database"], "username"))
        self.assertGreaterEqual(len(content(found["database"], "password")), 24)
        printed = yaml.safe_dump_all(found.values())
        for kept in ("root.key", "services-ca.key"):
            self.assertNotIn(base64.b64encode((trust / kept).read_bytes()).decode(), printed)

    def test_the_gateway_expects_the_name_that_clients_expect(self):
        found = by_name(case.run_secrets("server", self.folder / "server"))
        shown = x509.load_pem_x509_certificate(content(found["service-tls"], "tls.crt"))
        names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        validation = found["services"]["spec"]["validation"]
        self.assertEqual([validation["hostname"]], names.get_values_for_type(x509.DNSName))
        self.assertEqual("root-ca", validation["caCertificateRefs"][0]["name"])
        targets = {target["name"]: target["sectionName"] for target in found["services"]["spec"]["targetRefs"]}
        self.assertEqual(dict.fromkeys(("auth", "presence", "rooms"), "grpc"), targets)

    def test_a_broken_server_stays_as_it_is(self):
        server = self.folder / "server"
        case.run_secrets("server", server)
        trust = server / "authority" / "trust"
        (trust / "root.pem").unlink()
        with self.assertRaisesRegex(AssertionError, "root.pem is missing"):
            case.run_secrets("server", server)
        self.assertTrue((trust / "root.key").exists())

    def test_signing_keys_are_new_each_time(self):
        one, two = (by_name(case.run_secrets("signing-keys")) for _ in range(2))
        for name in ("auth-keys", "rooms-keys"):
            self.assertEqual(1, len(one[name]["data"]))
            self.assertFalse(set(one[name]["data"].values()) & set(two[name]["data"].values()))
        self.assertNotEqual(one["auth-keys"]["data"], one["rooms-keys"]["data"])

    def test_usage(self):
        for wrong in ((), ("server",), ("signing-keys", "extra"), ("other",)):
            with self.assertRaisesRegex(AssertionError, "k8s/secrets server DIR"):
                case.run_secrets(*wrong)


class RotationTest(unittest.TestCase):
    """The CronJob's script on keys as they are mounted: links to read-only files."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parlor-k8s-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.runs = 0

    def mount(self, days_old):
        """Keys for both services, as if they had been made so long ago."""
        made = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days_old)
        found = by_name(case.run_secrets("signing-keys"))
        for service in ("auth", "rooms"):
            mounted = self.folder / "keys" / service
            (mounted / "..data").mkdir(parents=True, exist_ok=True)
            for name in found[f"{service}-keys"]["data"]:
                kid = made.strftime("%Y%m%dT%H%M%SZ") + name[16:]
                file = mounted / "..data" / kid
                file.write_bytes(content(found[f"{service}-keys"], name))
                file.chmod(0o440)
                (mounted / kid).symlink_to(pathlib.Path("..data") / kid)

    def rotate(self):
        """The Secrets that the job would put in place."""
        self.runs += 1
        work = self.folder / f"work-{self.runs}"
        work.mkdir()
        path = f"{case.harness.BIN}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(["/bin/sh", ROTATE], check=True, capture_output=True, timeout=60,
                       env={"PATH": path, "KEYS": str(self.folder / "keys"), "WORK": str(work)})
        self.assertEqual(0o600, stat.S_IMODE((work / "secrets.yaml").stat().st_mode))
        return by_name(yaml.safe_load_all((work / "secrets.yaml").read_text()))

    def mounted(self, service):
        return {path.name: path.read_bytes() for path in (self.folder / "keys" / service).glob("*.pem")}

    def test_young_keys_stay(self):
        self.mount(days_old=29)
        found = self.rotate()
        for service in ("auth", "rooms"):
            secret = found[f"{service}-keys"]
            self.assertEqual(self.mounted(service), {name: content(secret, name) for name in secret["data"]})

    def test_old_ones_get_a_successor(self):
        self.mount(days_old=31)
        found = self.rotate()
        for service in ("auth", "rooms"):
            secret = found[f"{service}-keys"]
            self.assertLess(set(self.mounted(service)), set(secret["data"]))
            self.assertEqual(2, len(secret["data"]))

    def test_retired_ones_go(self):
        self.mount(days_old=45)
        self.mount(days_old=1)
        found = self.rotate()
        for service in ("auth", "rooms"):
            self.assertEqual([max(self.mounted(service))], list(found[f"{service}-keys"]["data"]))

    def test_no_key_is_no_secret(self):
        self.mount(days_old=1)
        for path in (self.folder / "keys" / "rooms").glob("*.pem"):
            path.unlink()
        with self.assertRaises(subprocess.CalledProcessError):
            self.rotate()


if __name__ == "__main__":
    case.harness.main()
