"""Somebody who speaks the protocol of links without being `parlor`, and holds every key of the server.

With those any certificate and any ticket can be made, so that a test breaks exactly the one rule that it means.
Needs Debian's python3-cryptography and python3-protobuf; MISSING says what is not there.
"""

import atexit
import base64
import datetime
import hashlib
import json
import pathlib
import shutil
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import tempfile
import time

from programs import DEADLINE

PROTOS = pathlib.Path(__file__).resolve().parents[2] / "protos"


def _peer_pb2():
    """docs/protocol.md's frames, by protoc."""
    folder = tempfile.mkdtemp(prefix="parlor-protos-")
    atexit.register(shutil.rmtree, folder, True)
    subprocess.run(["protoc", f"--proto_path={PROTOS}", f"--python_out={folder}", "parlor/peer/v1/peer.proto"],
                   check=True)
    sys.path.insert(0, folder)
    from parlor.peer.v1 import peer_pb2
    return peer_pb2


try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
    peer = _peer_pb2()
    MISSING = None
except (ImportError, OSError) as error:
    peer = None
    MISSING = str(error)


def base32(data):
    return base64.b32encode(data).decode().rstrip("=").lower()


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def spki_hash(key):
    return hashlib.sha256(key.public_bytes(serialization.Encoding.DER,
                                           serialization.PublicFormat.SubjectPublicKeyInfo)).digest()


def sign(key, data):
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def sign_message(key, body):
    return sign(key, b"parlor room message v1\0" + body)


class Device:
    """A key with the chain that is shown with it."""

    def __init__(self, user, key, chain):
        self.user = user
        self.key = key
        self.id = base32(spki_hash(key.public_key())[:16])
        self.chain = chain  # of certificates, the own one first

    def load_into(self, context, folder):
        pem = b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in self.chain)
        pem += self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption())
        path = pathlib.Path(folder) / f"{self.id}-{self.user}.pem"
        path.write_bytes(pem)
        context.load_cert_chain(path)


class StolenServer:
    """All secrets of a parlord, from its data directory."""

    def __init__(self, data):
        self.data = data
        self.root = self._certificate("root")
        self.people = self._certificate("people-ca")
        self.people_key = self._key("people-ca")
        self.id = base32(spki_hash(self.root.public_key()))

    def _certificate(self, name):
        return x509.load_pem_x509_certificate((self.data / "trust" / f"{name}.pem").read_bytes())

    def _key(self, name):
        return serialization.load_pem_private_key((self.data / "trust" / f"{name}.key").read_bytes(), None)

    def service(self):
        """The server's own certificate, as if it were a person's."""
        return Device("server", self._key("service"), [self._certificate("service"), self._certificate("services-ca")])

    def device(self, user, issuer=None, begins_in=-3600, lives=24 * 3600, claimed_id=None):
        """A device of `user`, right in every way unless told otherwise. `issuer`: another CA, certificate and key."""
        certificate, key = issuer or (self.people, self.people_key)
        own = ec.generate_private_key(ec.SECP256R1())
        device_id = claimed_id or base32(spki_hash(own.public_key())[:16])
        begins = datetime.datetime.utcnow() + datetime.timedelta(seconds=begins_in)
        leaf = (x509.CertificateBuilder()
                .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device_id)]))
                .issuer_name(certificate.subject)
                .public_key(own.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(begins)
                .not_valid_after(begins + datetime.timedelta(seconds=lives))
                .add_extension(x509.BasicConstraints(False, None), True)
                .add_extension(x509.KeyUsage(True, *[False] * 8), True)
                .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH,
                                                      ExtendedKeyUsageOID.CLIENT_AUTH]), False)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False)
                .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
                .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(
                    f"spiffe://{self.id}/user/{user}/device/{device_id}")]), False)
                .sign(key, hashes.SHA256()))
        return Device(user, own, [leaf, certificate])

    def foreign_ca(self):
        """What another server's people's CA could look like: the same names, another key."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.utcnow()
        certificate = (x509.CertificateBuilder()
                       .subject_name(self.people.subject).issuer_name(self.people.issuer)
                       .public_key(key.public_key()).serial_number(x509.random_serial_number())
                       .not_valid_before(now - datetime.timedelta(hours=1))
                       .not_valid_after(now + datetime.timedelta(days=1))
                       .add_extension(x509.BasicConstraints(True, 0), True)
                       .sign(key, hashes.SHA256()))
        return certificate, key

    def room_id(self, name):
        with sqlite3.connect(f"file:{self.data / 'rooms.db'}?mode=ro", uri=True) as database:
            return database.execute("SELECT id FROM rooms WHERE name = ?", (name,)).fetchone()[0]

    def ticket(self, name, device, key=None, **claims):
        """Into the room of that name. `key`: another one than rooms'; `claims` replace the right ones."""
        path = max((self.data / "rooms-keys").glob("*.pem"))
        key = key or serialization.load_pem_private_key(path.read_bytes(), None)
        now = int(time.time())
        header = {"alg": "ES256", "kid": path.stem, "typ": "ticket+jwt"}
        payload = {"iss": self.id, "sub": device.user, "dev": device.id, "x5t": device.id,
                   "room": self.room_id(name), "rname": name, "role": "speaker", "iat": now, "exp": now + 600,
                   **claims}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, payload))
        numbers = utils.decode_dss_signature(sign(key, signed.encode()))
        return signed + "." + base64url(b"".join(number.to_bytes(32, "big") for number in numbers))


def self_signed(server, user):
    """By its own key, which it says is the people's CA's."""
    key = ec.generate_private_key(ec.SECP256R1())
    device = server.device(user, issuer=(server.people, key))
    return Device(user, device.key, [device.chain[0], server.people])


class RawLink:
    """A link to somebody who listens on loopback, frame by frame."""

    def __init__(self, port, device, folder):
        self.device = device
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["parlor/1"])
        device.load_into(context, folder)
        self._socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=DEADLINE))

    def close(self):
        self._socket.close()

    # ---- frames

    @staticmethod
    def encode(frame):
        data = frame.SerializeToString()
        return struct.pack(">I", len(data)) + data

    def write(self, data):
        """Bytes as they are; the other side may have closed already."""
        try:
            self._socket.sendall(data)
        except OSError:
            pass

    def send(self, **kind):
        self.write(self.encode(peer.Frame(**kind)))

    def receive(self):
        """The next frame; None when the link has ended."""
        header = self._exactly(4)
        body = header and self._exactly(struct.unpack(">I", header)[0])
        return peer.Frame.FromString(body) if body else None

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            try:
                more = self._socket.recv(size - len(data))
            except TimeoutError:
                raise AssertionError("the other side neither speaks nor closes") from None
            except OSError:
                more = b""
            if not more:
                return None
            data += more
        return data

    def until(self, kind):
        """Reads up to a frame of that kind; returns it and those before it."""
        passed = []
        while True:
            frame = self.receive()
            if frame is None:
                raise AssertionError(f"the link ended before {kind} came; it brought {passed}")
            if frame.WhichOneof("kind") == kind:
                return frame, passed
            passed.append(frame)

    def everything_so_far(self):
        """What the other side sent before it answered a ping of ours."""
        token = time.monotonic_ns()
        self.send(ping=peer.Ping(token=token))
        frames = []
        while True:
            frame, passed = self.until("pong")
            frames += passed
            if frame.pong.token == token:
                return frames

    def until_the_end(self):
        """Whatever still comes until the other side closes."""
        frames = []
        while (frame := self.receive()) is not None:
            frames.append(frame)
        return frames


class Author:
    """Writes bodies as a device's program would: numbered, and each committed to the one before."""

    def __init__(self, device, epoch=7, number=0):
        self.device = device
        self.epoch = epoch
        self.number = number
        self.previous = b""

    def body(self, text, room="", **changes):
        self.number += 1
        fields = {"room": room, "sender": self.device.user, "time_ms": int(time.time() * 1000), "text": text,
                  "previous": self.previous,
                  "id": peer.MessageId(device=self.device.id, epoch=self.epoch, number=self.number), **changes}
        data = peer.MessageBody(**fields).SerializeToString()
        self.previous = hashlib.sha256(data).digest()
        return data

    def signed(self, text, room, **changes):
        body = self.body(text, room, **changes)
        return peer.SignedMessage(body=body, signature=sign_message(self.device.key, body))
