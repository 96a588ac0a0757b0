"""Parts of parlor-bench in processes of their own (bench/child.h): told what to do in lines, each answered with one."""

import json
import subprocess

import harness


class Role:

    def __init__(self, *words):
        argv = ["setpriv", "--pdeathsig", "KILL", str(harness.BIN / "parlor-bench"), "--role", *map(str, words)]
        self._child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._child.pid
        self.greeting = self._line()

    def _line(self):
        line = self._child.stdout.readline()
        if not line:
            raise AssertionError(f"{self._child.args[4:6]} ended; see its message above")
        return line.rstrip("\n")

    def tell(self, *words):
        """Waits for nothing: the answer is taken by answer()."""
        self._child.stdin.write(" ".join(map(str, words)) + "\n")
        self._child.stdin.flush()

    def answer(self):
        answer = json.loads(self._line())
        if "error" in answer:
            raise AssertionError(f"{self._child.args[5]}: {answer['error']}")
        return answer

    def ask(self, *words):
        self.tell(*words)
        return self.answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """A role ends with its standard input."""
        self._child.stdin.close()
        try:
            self._child.wait(60)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()
