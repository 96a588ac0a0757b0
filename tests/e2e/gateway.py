"""The gateway that docs/operations.md asks for in front of separate services: gRPC by path, TLS on both sides.

As small as a test can do with. Needs Debian's python3-grpcio; MISSING says when it is not there.
"""

import concurrent.futures

try:
    import grpc
    MISSING = None
except ImportError as error:
    MISSING = str(error)

# One for each stream at once.
THREADS = 64

MAX_TIMEOUT = 24 * 3600

# Not an end-to-end matter: each side makes its own.
_HOP_BY_HOP = ("user-agent", "grpc-accept-encoding", "grpc-encoding", "x-forwarded-for")


class _Route:
    """A generic handler: every method, as streams of bytes both ways, which on the wire all methods are."""

    def __init__(self, channels):
        self._channels = channels  # by the path's beginning

    def service(self, call):
        for prefix, channel in self._channels.items():
            if call.method.startswith(prefix):
                return grpc.stream_stream_rpc_method_handler(
                    lambda requests, context: self._pass_on(channel, call, requests, context))
        return None  # UNIMPLEMENTED

    @staticmethod
    def _pass_on(channel, call, requests, context):
        metadata = [item for item in call.invocation_metadata if item[0] not in _HOP_BY_HOP]
        metadata.append(("x-forwarded-for", context.peer().split(":", 1)[1].rsplit(":", 1)[0]))
        left = context.time_remaining()  # without a deadline: a number that overflows
        answers = channel.stream_stream(call.method)(requests, metadata=metadata,
                                                     timeout=left if left < MAX_TIMEOUT else None)
        if not context.add_callback(answers.cancel):
            answers.cancel()
        try:
            yield from answers
            context.set_trailing_metadata(answers.trailing_metadata())
        except grpc.RpcError as error:
            context.set_trailing_metadata(error.trailing_metadata() or ())
            context.set_code(error.code())
            context.set_details(error.details())


class Gateway:
    """On `port`, with the server's own certificate; `addresses` are services by the beginning of their paths.

    The replicas of a service ("ipv4:127.0.0.1:1,127.0.0.1:2") take turns.
    """

    def __init__(self, port, trust, server_id, addresses):
        read = {name: (trust / name).read_bytes() for name in ("service.pem", "service.key", "root.pem")}
        credentials = grpc.ssl_channel_credentials(read["root.pem"])
        name = [("grpc.ssl_target_name_override", f"{server_id}.parlor"),
                # A service that was restarted is found again soon. The last one bounds each attempt, TLS included.
                ("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500),
                ("grpc.min_reconnect_backoff_ms", 5_000)]
        turns = [("grpc.lb_policy_name", "round_robin")]
        self._channels = {prefix: grpc.secure_channel(address, credentials, name + turns if "," in address else name)
                          for prefix, address in addresses.items()}
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(THREADS), options=[
            ("grpc.http2.min_ping_interval_without_data_ms", 10_000), ("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((_Route(self._channels),))
        bound = self._server.add_secure_port(f"127.0.0.1:{port}", grpc.ssl_server_credentials(
            [(read["service.key"], read["service.pem"])]))
        if bound != port:
            raise AssertionError(f"the gateway cannot listen on port {port}")
        self._server.start()

    def end(self):
        self._server.stop(grace=None).wait()
        for channel in self._channels.values():
            channel.close()
