"""The line interface in a terminal: `parlor` as people see it."""

import harness
from terminal import Terminal


class LineTest(harness.EndToEndTest):

    def terminal(self, person, *flags, **options):
        terminal = self.keep(Terminal(person.home, *flags, **options))
        terminal.wait_for("connected to the server")
        return terminal

    def in_den(self):
        """Alice at a terminal, bob as a script, both in #den."""
        alice, bob = self.person("alice", online=False), self.person("bob")
        bob.must("create", room="den", topic="tea")
        terminal = self.terminal(alice)
        terminal.enter(":join den")
        terminal.wait_for(lambda screen: screen.line_at_cursor() == "#den >")
        bob.wait_for("room", change="linked", user="alice")
        return terminal, bob

    def prompt_is(self, terminal, line):
        terminal.wait_for(lambda screen: screen.line_at_cursor() == line)

    def test_talk(self):
        terminal, bob = self.in_den()
        terminal.enter("hello from a terminal")
        bob.wait_for("message", text="hello from a terminal", target="#den")
        terminal.wait_for("delivered to @bob")
        bob.do("send", target="#den", text="and *hello* back")
        terminal.wait_for("#den bob: ")
        terminal.wait_for("hello back")
        terminal.enter(":msg bob between us")
        bob.wait_for("request", **{"from": "alice"})
        bob.must("accept", user="alice")
        bob.wait_for("message", text="between us", target="@alice")
        self.prompt_is(terminal, "@bob >")
        self.assertEqual([], terminal.screen.strange)

    def test_what_is_typed_stays_whole_while_messages_arrive(self):
        terminal, bob = self.in_den()
        typed = "a sentence that is not finished"
        for i, character in enumerate(typed):
            terminal.type(character)
            bob.do("send", target="#den", text=f"interruption {i}")
        for i in range(len(typed)):
            terminal.wait_for(f"interruption {i}")
        self.prompt_is(terminal, f"#den > {typed}")
        shown = terminal.screen.text()
        self.assertEqual(1, shown.count(typed), shown)
        for row in shown.splitlines():
            self.assertFalse("interruption" in row and "sentence" in row, row)
        terminal.type("\x1b[D" * len("finished") + "\x1b[3~" * len("finished") + "done\r")
        bob.wait_for("message", text="a sentence that is not done")

    def test_a_long_line_wraps_and_stays_whole(self):
        terminal, bob = self.in_den()
        typed = "0123456789" * 25
        terminal.type(typed)
        terminal.wait_for(lambda screen: typed in screen.text().replace("\n", ""))
        bob.do("send", target="#den", text="in between")
        terminal.wait_for("in between")
        terminal.wait_for(lambda screen: typed in screen.text().replace("\n", ""))
        self.assertEqual(1, terminal.screen.text().replace("\n", "").count(typed))
        terminal.type("\r")
        bob.wait_for("message", text=typed)

    def test_a_screen_that_changes_its_size(self):
        terminal, bob = self.in_den()
        terminal.resize(60, 20)
        typed = "0123456789" * 10
        terminal.type(typed)
        terminal.wait_for(lambda screen: typed in screen.text().replace("\n", ""))
        terminal.resize(120, 40)
        bob.do("send", target="#den", text="in between")
        terminal.wait_for("in between")
        terminal.type("\r")
        bob.wait_for("message", text=typed)

    def test_nothing_of_others_reaches_the_terminal_but_text(self):
        terminal, bob = self.in_den()
        hostile = ("\x1b]0;owned\x07", "\x1b[2J\x1b[H", "\x1bP+q\x1b\\", "\x9b5A\x9d0;x\x9c", "\x1b]52;c;b3duZWQ=\x07",
                   "\x08\x08\x08", "\r\nfake", "\x1b[?1049h", "\x0e", "\u202eoverride\u202c", "e" + "\u0301" * 500)
        before = terminal.screen.bells
        for i, text in enumerate(hostile):
            bob.do("send", target="#den", text=f"start {i} {text} end {i}")
        bob.must("topic", room="den", topic="\x1b[31mred\x1b[0m topic")
        terminal.wait_for(f"end {len(hostile) - 1}")
        terminal.wait_for("topic")
        self.assertEqual([], terminal.screen.strange)
        self.assertEqual(before, terminal.screen.bells)
        shown = terminal.screen.text()
        for i in range(len(hostile)):
            self.assertIn(f"start {i}", shown)
        self.assertNotIn("\u202e", shown)
        for row in shown.splitlines():
            self.assertFalse(row.startswith("fake"), "a message may not pass for a line of the program")
        self.prompt_is(terminal, "#den >")

    def test_help(self):
        terminal, _ = self.in_den()
        terminal.enter(":help")
        terminal.wait_for(":help COMMAND")
        for command in ("join", "leave", "msg", "accept", "decline", "who", "rooms", "create", "topic", "status",
                        "verify", "history", "quit"):
            self.assertIn(f":{command}", terminal.screen.text())
        terminal.enter(":help kick")
        terminal.wait_for("remove somebody from a room")
        terminal.enter(":nonsense")
        terminal.wait_for("nonsense")
        self.prompt_is(terminal, "#den >")

    def test_tab_completes_commands_rooms_and_people(self):
        terminal, bob = self.in_den()
        terminal.type(":his\t")
        terminal.wait_for(lambda screen: screen.line_at_cursor().startswith("#den > :history"))
        terminal.type("\x15")  # Ctrl-U
        self.prompt_is(terminal, "#den >")
        bob.do("send", target="#den", text="known now")
        terminal.wait_for("known now")
        terminal.type(":lookup b\t")
        terminal.wait_for(lambda screen: screen.line_at_cursor().startswith("#den > :lookup bob"))
        terminal.type("\x15:leave d\t")
        terminal.wait_for(lambda screen: screen.line_at_cursor().startswith("#den > :leave den"))
        terminal.type("\r")
        self.prompt_is(terminal, ">")

    def test_pasted_rows_are_one_message(self):
        terminal, bob = self.in_den()
        terminal.type("\x1b[200~one\rtwo\nthree\x1b[201~")
        terminal.wait_for("three")
        terminal.type("\r")
        bob.wait_for("message", text="one\ntwo\nthree")

    def test_split_characters_and_any_script(self):
        terminal, bob = self.in_den()
        text = "\u4f60\u597d \u00fc\u00df \u0644\u0627 \U0001f468\u200d\U0001f469\u200d\U0001f467"
        for byte in text.encode():
            terminal.type_bytes(bytes([byte]))
        terminal.type("\r")
        bob.wait_for("message", text=text)

    def test_a_request_rings_and_is_accepted(self):
        terminal, bob = self.in_den()
        before = terminal.screen.bells
        bob.do("send", target="@alice", text="psst")
        terminal.wait_for(lambda screen: screen.bells > before)
        terminal.enter(":accept")
        bob.wait_for("chat", user="alice", change="accepted")
        terminal.wait_for("psst")
        self.assertEqual([], terminal.screen.strange)

    def test_the_server_goes_and_comes_back(self):
        terminal, bob = self.in_den()
        self.server.stop()
        terminal.wait_for("no connection to the server")
        terminal.enter("still here?")
        bob.wait_for("message", text="still here?")
        self.server.start()
        terminal.wait_for(lambda screen: screen.text().count("connected to the server") == 2)
        self.prompt_is(terminal, "#den >")

    def test_quit_says_goodbye_and_leaves_the_terminal_as_it_was(self):
        for way in (":quit\r", "\x04"):
            with self.subTest(way=way):
                alice = self.person("alice" + str(len(way)), online=False)
                terminal = self.keep(Terminal(alice.home))
                terminal.wait_for("connected to the server")
                self.assertNotEqual(terminal.mode_before, terminal.mode())
                terminal.type(way)
                self.assertEqual(0, terminal.wait())
                self.assertEqual(terminal.mode_before, terminal.mode())
                self.assertEqual([], terminal.screen.strange)

    def test_without_colours(self):
        alice, bob = self.person("alice", online=False), self.person("bob")
        terminal = self.terminal(alice, NO_COLOR="1")
        bob.must("create", room="den")
        terminal.enter(":join den")
        self.prompt_is(terminal, "#den >")
        bob.do("send", target="#den", text="*plain*")
        terminal.wait_for("*plain*")

    def test_as_a_script(self):
        """Without a terminal: lines in, plain lines out."""
        bob = self.person("bob")
        bob.must("create", room="den")
        alice = self.person("alice", online=False)
        script = self.keep(harness.Process([harness.PARLOR, "--home", str(alice.home)], self.folder / "script.log",
                                           env=harness.environment(TERM="xterm")))
        lines = harness.Lines(script.child.stdout)
        script.child.stdin.write(b":join den\nfrom a script\n:who\n:nonsense\n")
        script.child.stdin.flush()
        bob.wait_for("message", text="from a script")
        script.child.stdin.close()  # quits
        self.assertEqual(0, script.wait())
        lines.join()
        shown = "\n".join(lines.all())
        self.assertNotIn("\x1b", shown)
        self.assertIn("bob", shown)
        self.assertIn("nonsense", shown)

    def test_without_an_account(self):
        terminal = self.keep(Terminal(self.folder / "nobody"))
        self.assertEqual(1, terminal.wait())
        self.assertIn("parlor login", terminal.screen.text().replace("\n", ""))


if __name__ == "__main__":
    harness.main()
