"""nginx as compose.yaml runs it (docker/nginx/nginx.conf), with two ports: each prefers a replica of its own.

So a benchmark knows who is where; when that replica is away, its people are sent to the other one.
"""

import pathlib
import re
import shutil
import subprocess

import harness

CONFIG = pathlib.Path(__file__).parents[2] / "docker/nginx/nginx.conf"


def missing():
    """Why there is none on this machine; None if there is."""
    return None if shutil.which("nginx", path="/usr/sbin:/usr/bin") else "Debian's package nginx-light is not installed"


def _upstream(name, addresses):
    # No memory of failures, as where names are looked up for each request.
    first, *others = (f"server {address} max_fails=0" for address in addresses)
    rest = "".join(f" {server} backup;" for server in others)
    return f"upstream {name} {{ {first};{rest} }}\n"


def _rewritten(text, pattern, replacement):
    changed, count = re.subn(pattern, replacement, text)
    if count == 0:
        raise AssertionError(f"nginx.conf has no {pattern} any more")
    return changed


def configuration(folder, ports, trust, server_id, addresses):
    """`addresses` of a service's replicas, by its name; the n-th port prefers the n-th of them."""
    text = CONFIG.read_text()
    for pattern, replacement in ((r"(?<=\s)/tmp/", f"{folder}/"), (r"@SERVER_ID@", server_id),
                                 (r"/run/parlor/service", str(trust)), (r"/dev/stdout", f"{folder}/gateway-access.log"),
                                 (r"error_log stderr", f"error_log {folder}/gateway.log"),
                                 (r"\n *resolver[^\n]*", "")):
        text = _rewritten(text, pattern, replacement)
    head, server = re.fullmatch(r"(.*?)(\n  server \{.*\n  \}\n)\}\n", text, re.DOTALL).groups()
    for side, port in enumerate(ports):
        block = _rewritten(server, r"listen 7447 ", f"listen 127.0.0.1:{port} ")
        for name, replicas in addresses.items():
            turned = replicas[side:] + replicas[:side] if side < len(replicas) else replicas
            head += "\n  " + _upstream(f"{name}_{side}", turned)
            block = _rewritten(block, rf"set \${name} [^;]*;", f"set ${name} {name}_{side};")
        head += block
    return head + "}\n"


class Gateway:

    def __init__(self, folder, ports, trust, server_id, addresses):
        config = folder / "nginx.conf"
        config.write_text("daemon off;\n" + configuration(folder, ports, trust, server_id, addresses))
        self._log = open(folder / "nginx.out", "wb")
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "QUIT", "nginx", "-c", str(config), "-p", str(folder)],
                                        stdout=self._log, stderr=self._log)
        harness.wait_until(self._answers, "nginx answers")

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"nginx ended: {pathlib.Path(self._log.name).read_text()}")
        return (pathlib.Path(self._log.name).parent / "nginx.pid").exists()

    def end(self):
        self.process.terminate()
        self.process.wait(harness.DEADLINE)
        self._log.close()
