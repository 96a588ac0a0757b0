"""Somebody who guesses passwords through the gateway, and says of each guess that it comes from another address.

Needs Debian's python3-grpcio and python3-cryptography; MISSING says when they are not there.
"""

import concurrent.futures

try:
    import grpc
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    MISSING = None
except ImportError as error:
    MISSING = str(error)

AT_ONCE = 8


def _field(number, value):
    """A string or bytes of less than 16 KB in protobuf's wire format."""
    data = value if isinstance(value, bytes) else value.encode()
    return bytes([number << 3 | 2, len(data) & 0x7F | 0x80, len(data) >> 7]) + data


def _certificate_request():
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.DER)


def guess(port, server_id, root_pem, times):
    """The codes of all answers. Each guess is at an account of its own, which nobody has."""
    credentials = grpc.ssl_channel_credentials(root_pem.encode())
    options = [("grpc.ssl_target_name_override", f"{server_id}.parlor")]
    request = _certificate_request()
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials, options) as channel:
        login = channel.unary_unary("/parlor.auth.v1.Auth/Login")

        def one(number):
            address = f"198.51.{number // 250}.{number % 250 + 1}"
            headers = [("x-forwarded-for", address), ("x-real-ip", address)]
            message = _field(1, f"nobody-{number}") + _field(2, "a guess, and a bad one") + _field(3, request)
            try:
                login(message, metadata=headers, timeout=60)
                return grpc.StatusCode.OK
            except grpc.RpcError as error:
                return error.code()

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            return [code.name for code in pool.map(one, range(times))]
