"""Debian's Prometheus, Alertmanager and PostgreSQL exporter, on free loopback ports, with the configuration that ships."""

import json
import os
import shutil
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import programs  # noqa: E402

PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager", "amtool", "prometheus-postgres-exporter")
SHIPPED = ROOT / "docker" / "prometheus" / "prometheus.yml"
ALERTMANAGER = ROOT / "docker" / "alertmanager" / "alertmanager.yml"


def missing():
    """Why they cannot run on this machine; None if they can."""
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    if not lacking:
        return None
    return ("Debian's packages prometheus, prometheus-alertmanager and prometheus-postgres-exporter are not installed: "
            f"no {', '.join(lacking)}")


def read_url(url, data=None):
    with urllib.request.urlopen(url, data, timeout=programs.DEADLINE) as answer:
        return answer.read().decode()


class _Daemon:
    """A child that answers on HTTP."""

    def __init__(self, folder, name, ready, argv, env=None):
        self.log = folder / f"{name}.log"
        self._name = name
        self._ready = ready
        self.process = programs.Process([str(word) for word in argv], self.log, env=env)

    def wait_until_ready(self):
        def answers():
            if not self.process.running():
                raise AssertionError(f"{self._name} ended: {self.log.read_text()[-2000:]}")
            try:
                read_url(self._ready)
            except (urllib.error.URLError, ConnectionError):
                return False
            return True
        programs.wait_until(answers, f"{self._name} answers")
        return self

    def end(self):
        self.process.end()
        self.process.child.stdout.close()


class PostgresExporter(_Daemon):

    def __init__(self, folder, uri):
        self.address = f"127.0.0.1:{programs.free_port()}"
        super().__init__(folder, "postgres-exporter", f"http://{self.address}/metrics",
                         ["prometheus-postgres-exporter", f"--web.listen-address={self.address}"],
                         {**os.environ, "DATA_SOURCE_NAME": uri})


class Alertmanager(_Daemon):

    def __init__(self, folder):
        self.address = f"127.0.0.1:{programs.free_port()}"
        super().__init__(folder, "alertmanager", f"http://{self.address}/-/ready",
                         ["prometheus-alertmanager", f"--config.file={ALERTMANAGER}", f"--storage.path={folder / 'am'}",
                          f"--web.listen-address={self.address}", "--cluster.listen-address="])


    def post(self, *alerts):
        """Label sets that fire."""
        body = json.dumps([{"labels": labels} for labels in alerts]).encode()
        request = urllib.request.Request(f"http://{self.address}/api/v2/alerts", body,
                                         {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=programs.DEADLINE).close()

    def states(self):
        """By alert, with its job if it has one: active, or suppressed by another one."""
        alerts = json.loads(read_url(f"http://{self.address}/api/v2/alerts"))
        return {" ".join(filter(None, (alert["labels"]["alertname"], alert["labels"].get("job")))): alert["status"]["state"]
                for alert in alerts}


def configuration(targets, interval):
    """The shipped one, with `targets` (addresses by job) where it looks names up, and in a hurry."""
    shipped = yaml.safe_load(SHIPPED.read_text())
    jobs = {job["job_name"] for job in shipped["scrape_configs"]}
    if jobs != set(targets):
        raise AssertionError(f"{SHIPPED.name} scrapes {sorted(jobs)}, the test gives {sorted(targets)}")
    shipped["global"].update(scrape_interval=interval, scrape_timeout=interval, evaluation_interval=interval)
    shipped["rule_files"] = [str(SHIPPED.parent / pattern) for pattern in shipped["rule_files"]]
    shipped["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": targets["alertmanager"]}]}]}
    shipped["scrape_configs"] = [{"job_name": job, "static_configs": [{"targets": addresses}]}
                                 for job, addresses in targets.items()]
    return shipped


class Prometheus(_Daemon):

    def __init__(self, folder, targets, interval="1s"):
        self.address = f"127.0.0.1:{programs.free_port()}"
        config = folder / "prometheus.yml"
        config.write_text(yaml.safe_dump(configuration({**targets, "prometheus": [self.address]}, interval)))
        super().__init__(folder, "prometheus", f"http://{self.address}/-/ready",
                         ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}",
                          f"--web.listen-address={self.address}", "--log.level=warn"])

    def _ask(self, path, **fields):
        try:
            answer = read_url(f"http://{self.address}/api/v1/{path}", urllib.parse.urlencode(fields).encode() or None)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {fields}: {error.read().decode()}") from None
        return json.loads(answer)["data"]

    def query(self, expression):
        """What it is now: pairs of labels and value."""
        data = self._ask("query", query=expression)
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [(series["metric"], float(series["value"][1])) for series in data["result"]]

    def names(self):
        """Of all metrics that were ever scraped or recorded."""
        return set(self._ask("label/__name__/values"))

    def targets(self):
        """Health by job and address."""
        return {(target["labels"]["job"], target["labels"]["instance"]): (target["health"], target["lastError"])
                for target in self._ask("targets")["activeTargets"]}

    def rules(self):
        return [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]
