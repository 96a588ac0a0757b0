#!/usr/bin/env python3
"""parlor-bench broker counts what arrives, and says why when it cannot: against brokers that the test makes."""

import asyncio
import datetime
import json
import os
import pathlib
import ssl
import sys
import tempfile
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fake_brokers import FakeIrc, FakeMqtt

PROGRAM = str(pathlib.Path(os.environ["PARLOR_BIN"]) / "parlor-bench")
DEADLINE = 60
FAKES = {"irc": FakeIrc, "mqtt": FakeMqtt}


def tls_context():
    """With a certificate that nobody has reason to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fake")])
    now = datetime.datetime.utcnow()
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
                   .sign(key, hashes.SHA256()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption()))
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name)
    return context


class BrokerTest(unittest.IsolatedAsyncioTestCase):

    async def run_bench(self, port, *more, kind):
        """The exit code, standard output and errors of a short run."""
        words = ["broker", "--kind", kind, "--port", str(port), "--messages", "20", "--interval-ms", "1", "--warming", "5",
                 "--settle", "0.5", *more]
        process = await asyncio.create_subprocess_exec("setpriv", "--pdeathsig", "KILL", PROGRAM, *words,
                                                       stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        out, errors = await asyncio.wait_for(process.communicate(), DEADLINE)
        return process.returncode, out.decode(), errors.decode()

    async def bench(self, fake, *more, kind, tls=None):
        port = await fake.start(tls)
        try:
            return await self.run_bench(port, *more, *(["--tls"] if tls else []), kind=kind)
        finally:
            await fake.end()

    async def test_everything_arrives(self):
        for kind, fake in FAKES.items():
            for tls in (None, tls_context()):
                with self.subTest(kind=kind, tls=tls is not None):
                    code, out, errors = await self.bench(fake(), "--clients", "20", "--broker-pid", str(os.getpid()), "--json",
                                                         kind=kind, tls=tls)
                    self.assertEqual((code, errors), (0, ""))
                    figures = json.loads(out.splitlines()[-1])
                    self.assertEqual((figures["kind"], figures["tls"]), (kind, tls is not None))
                    self.assertEqual((figures["clients"], figures["messages"], figures["missed"]), (20, 20, 0))
                    self.assertTrue(0 < figures["p50_us"] <= figures["p99_us"] <= figures["max_us"], figures)
                    self.assertGreater(figures["broker_cpu_us_per_message"], 0)
                    self.assertGreater(figures["client_cpu_us_per_message"], 0)

    async def test_what_is_missing_is_counted(self):
        for kind, fake in FAKES.items():
            with self.subTest(kind=kind):
                # The 7th, 14th and 21st of 25, of which the first 5 are not measured.
                code, out, _ = await self.bench(fake(forget=7), "--clients", "4", "--json", kind=kind)
                figures = json.loads(out.splitlines()[-1])
                self.assertEqual((code, figures["missed"]), (1, 3))
                self.assertIsNone(figures["broker_cpu_us_per_message"])

    async def test_without_json_it_is_for_people(self):
        code, out, _ = await self.bench(FakeIrc(), kind="irc")
        self.assertEqual(code, 0)
        self.assertIn("missed: 0\n", out)

    async def test_a_refusal_is_told(self):
        for kind, fake, why in (("irc", FakeIrc, "in use"), ("mqtt", FakeMqtt, "allow anonymous clients")):
            with self.subTest(kind=kind):
                code, out, errors = await self.bench(fake(refuse=True), kind=kind)
                self.assertEqual((code, out), (1, ""))
                self.assertRegex(errors, f"client [12] of 2: .*{why}")

    async def test_nobody_listens(self):
        fake = FakeIrc()
        port = await fake.start()
        await fake.end()
        code, out, errors = await self.run_bench(port, kind="irc")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("Connection refused", errors)


if __name__ == "__main__":
    sys.exit(unittest.main())
