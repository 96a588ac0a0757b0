#!/usr/bin/env python3
"""scripts/bench brokers: the time a message takes in a room of an IRC server and of an MQTT broker, with and without TLS.

Prints a line of JSON for each kind and number of clients.
"""

import argparse
import contextlib
import json
import pathlib
import signal
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).parents[1] / "net"))

import brokers  # noqa: E402
import namespaces  # noqa: E402

KINDS = ("irc", "irc-tls", "mqtt", "mqtt-tls")
BROKERS_SIDE, CLIENTS_SIDE = 0, 1


def several(kind, choices=None):
    def parse(text):
        values = [kind(word) for word in text.split(",")]
        if choices and not set(values) <= set(choices):
            raise ValueError
        return values
    return parse


class Parser(argparse.ArgumentParser):

    def print_help(self, file=None):
        """Standard output is for figures."""
        super().print_help(sys.stderr)


def arguments():
    parser = Parser(prog="scripts/bench brokers", description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", type=several(str, KINDS), default=list(KINDS), help=",".join(KINDS))
    parser.add_argument("--clients", type=several(int), default=[2, 10, 50], help="2,10,50")
    parser.add_argument("--messages", type=int, help="1000; with a delay 500")
    parser.add_argument("--interval-ms", type=float, help="20; with a delay 100, which is more than two round trips")
    parser.add_argument("--delay-ms", type=float, default=0, help="between the broker and everybody, one way")
    parser.add_argument("--loss", type=float, default=0, help="part of the packets, each way")
    parser.add_argument("--seed", type=int, default=1, help="of who is lost")
    options = parser.parse_args()
    options.apart = options.delay_ms > 0 or options.loss > 0
    options.messages = options.messages or (500 if options.apart else 1000)
    options.interval_ms = options.interval_ms or (100 if options.apart else 20)
    return options


def measure(kind, broker, clients, options, enter):
    """What parlor-bench broker says. A run that lost something has figures, too."""
    tls = kind.endswith("-tls")
    words = ["broker", "--kind", kind.removesuffix("-tls"), *(["--tls"] if tls else []), "--host", broker.host,
             "--port", broker.tls if tls else broker.plain, "--clients", clients, "--messages", options.messages,
             "--interval-ms", options.interval_ms, "--broker-pid", broker.pid, "--json"]
    run = subprocess.run([*enter, *namespaces.MORTAL, namespaces.BIN / "parlor-bench", *map(str, words)],
                         stdout=subprocess.PIPE, text=True)
    if not run.stdout:
        raise RuntimeError(f"{kind}, {clients} clients: see the message above; the broker says:\n{broker.log()}")
    return json.loads(run.stdout.splitlines()[-1])


def figures(options):
    with contextlib.ExitStack() as stack:
        host, at_brokers, at_clients = "127.0.0.1", (), ()
        if options.apart:
            network = namespaces.Network(2, options.delay_ms, options.loss, options.seed)
            stack.callback(network.end)
            host = network.address(BROKERS_SIDE)
            at_brokers, at_clients = network.enter(BROKERS_SIDE), network.enter(CLIENTS_SIDE)
        path = stack.enter_context(brokers.folder())
        for kind in options.kinds:
            with contextlib.closing(brokers.Broker(kind.removesuffix("-tls"), path, host, at_brokers)) as broker:
                for clients in options.clients:
                    print(f"scripts/bench brokers: {kind}, {clients} clients", file=sys.stderr)
                    yield {**measure(kind, broker, clients, options, at_clients), "delay_ms": options.delay_ms,
                           "loss": options.loss}


def main():
    options = arguments()
    # As an exception, so that what was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    why = brokers.missing([kind.removesuffix("-tls") for kind in options.kinds])
    why = why or (namespaces.missing() if options.apart else None)
    if why:
        sys.exit(f"scripts/bench brokers: {why}")
    try:
        for figure in figures(options):
            print(json.dumps(figure), flush=True)
    except RuntimeError as error:
        sys.exit(f"scripts/bench brokers: {error}")
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main())
