"""A terminal for tests: a pseudo terminal with a screen that understands what `parlor` may send, and no more."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time

from programs import DEADLINE, MORTAL, PARLOR, environment

# Cursor movement, erasing, colours, bracketed paste; links and the end of any other OSC.
_CSI = re.compile(rb"\x1b\[([?]?)([0-9;]*)([A-Za-z])")
_OSC = re.compile(rb"\x1b\](.*?)(?:\x07|\x1b\\)", re.S)


class Screen:
    """Rows without end; what a program sends that no line interface should goes to `strange`."""

    def __init__(self, columns):
        self.columns = columns
        self.rows = [[]]
        self.row = self.column = 0
        self.bells = 0
        self.strange = []
        self._rest = b""

    def feed(self, data):
        data = self._rest + data
        at = 0
        while at < len(data):
            end = self._sequence(data, at) if data[at] == 0x1b else self._character(data, at)
            if end is None:
                break
            at = end
        self._rest = data[at:]

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.rows).rstrip("\n")

    def line_at_cursor(self):
        return "".join(self.rows[self.row]).rstrip()

    def _character(self, data, at):
        byte = data[at]
        length = 1 if byte < 0x80 else 2 if byte < 0xe0 else 3 if byte < 0xf0 else 4
        if at + length > len(data):
            return None
        try:
            character = data[at:at + length].decode()
        except UnicodeDecodeError:
            self.strange.append(data[at:at + length])
            return at + length
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self._down()
        elif character == "\a":
            self.bells += 1
        elif character < " " or "\x7f" <= character < "\xa0":
            self.strange.append(character)
        else:
            self._put(character)
        return at + length

    def _sequence(self, data, at):
        match = _CSI.match(data, at) or _OSC.match(data, at)
        if match is None:
            if len(data) - at < 4096 and re.fullmatch(rb"\x1b(\[[?0-9;]*|\].*)?", data[at:], re.S):
                return None  # the rest is still to come
            self.strange.append(data[at:at + 20])
            return at + 1
        if match.re is _OSC:
            if not match[1].startswith(b"8;"):
                self.strange.append(match[0])
        elif match[1] or match[3] == b"m":
            if match[1] and match[0][-5:-1] != b"2004":
                self.strange.append(match[0])
        else:
            self._move(match[3], int(match[2] or 0), match[0])
        return match.end()

    def _move(self, letter, number, whole):
        if letter == b"A":
            self.row = max(0, self.row - max(number, 1))
        elif letter == b"C":
            self.column += max(number, 1)
        elif letter == b"J" and number == 0:
            del self.rows[self.row][self.column:]
            del self.rows[self.row + 1:]
        elif letter == b"K" and number == 0:
            del self.rows[self.row][self.column:]
        elif letter == b"H" or (letter == b"J" and number == 2):
            self.rows, self.row, self.column = [[]], 0, 0
        else:
            self.strange.append(whole)

    def _down(self):
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])

    def _put(self, character):
        if self.column >= self.columns:
            self._down()
            self.column = 0
        row = self.rows[self.row]
        row.extend(" " * (self.column + 1 - len(row)))
        row[self.column] = character
        self.column += 1


class Terminal:
    """`parlor`, or the program of `argv`, in a pseudo terminal of its own; ended by its id."""

    def __init__(self, home, *flags, argv=None, columns=100, rows=30, **variables):
        self._fd, slave = pty.openpty()
        self._set_size(columns, rows)
        self.mode_before = termios.tcgetattr(slave)
        self._child = subprocess.Popen(
            [*MORTAL, *(argv or (PARLOR, "--home", str(home), *flags))], stdin=slave, stdout=slave, stderr=slave,
            env=environment(TERM="xterm-256color", **variables), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.screen = Screen(columns)
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while True:
            try:
                data = os.read(self._fd, 65536)
            except OSError:  # EIO: the program has gone
                data = b""
            with self._changed:
                if not data:
                    self._ended = True
                else:
                    self.screen.feed(data)
                self._changed.notify_all()
            if not data:
                return

    def type(self, text):
        self.type_bytes(text.encode())

    def type_bytes(self, data):
        os.write(self._fd, data)

    def enter(self, text):
        self.type(text + "\r")

    def mode(self):
        return termios.tcgetattr(self._fd)

    def resize(self, columns, rows):
        """The screen is not reflowed, as on the simplest of terminals."""
        with self._changed:
            self.screen.columns = columns
        self._set_size(columns, rows)

    def _set_size(self, columns, rows):
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait_for(self, what, deadline=DEADLINE):
        """Until the screen shows a text, or fulfils a predicate."""
        fits = what if callable(what) else lambda screen: what in screen.text()
        end = time.monotonic() + deadline
        with self._changed:
            while not fits(self.screen):
                left = end - time.monotonic()
                if left <= 0 or self._ended:
                    raise AssertionError(f"the terminal does not show {what!r}:\n{self.screen.text()}")
                self._changed.wait(left)

    def wait(self, deadline=DEADLINE):
        """For the program's own end, with all that it wrote on the screen; its exit code."""
        code = self._child.wait(deadline)
        self._thread.join(deadline)
        return code

    def end(self):
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        self._thread.join(DEADLINE)
        os.close(self._fd)
