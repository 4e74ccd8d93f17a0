"""What no GDB would say to leyden exec --gdb: the run is neither ended, held nor changed by it."""

import random
import socket
import struct
import time
import unittest

import gdb_session
import support


def frame(payload):
    if isinstance(payload, str):
        payload = payload.encode()
    return b"$" + payload + b"#%02x" % (sum(payload) % 256)


class Client:
    """A connection that speaks the protocol well when it wants to."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.bytes = b""

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, payload):
        """Sends a packet. @return the payload of the reply, which is acknowledged"""
        self.send(frame(payload))
        return self.reply()

    def reply(self):
        while True:
            start = self.bytes.find(b"$")
            end = self.bytes.find(b"#", start)
            if 0 <= start < end and len(self.bytes) >= end + 3:
                payload = self.bytes[start + 1:end]
                self.bytes = self.bytes[end + 3:]
                self.send(b"+")
                return payload.decode("latin-1")
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the server has closed")
            self.bytes += data

    def closed(self):
        """Whether the server closes, within the time limit of the socket."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        return True

    def close(self):
        self.socket.close()


LOOP = "nop\nloop: j loop\ndone: " + support.FINISH.format(word=0x5555)


class GdbServer(support.Case):
    def start(self, text, *arguments):
        self.program = self.assemble(text)
        debugged = gdb_session.Debugged("exec", "--chip", "imagine", self.program, *arguments)
        self.addCleanup(debugged.close)
        return debugged

    def connect(self, debugged):
        client = Client(debugged.port)
        self.addCleanup(client.close)
        return client

    def test_limit_of_host_time_while_nobody_comes(self):
        result = self.execute(self.assemble("nop\n"), "--gdb", 0, "--max-seconds", 0.3,
                              timeout=20)
        self.assert_refused(result, 3, "0.3 s of host time")

    def test_garbage_is_survived_and_the_run_ends_as_ever(self):
        debugged = self.start(support.FINISH.format(word=0x5555), "--json")
        client = self.connect(debugged)
        noise = random.Random(1)
        client.send(bytes(noise.randrange(256) for _ in range(20000)).replace(b"\x03", b""))
        client.send(b"$" + b"f" * 100000 + b"#00$m80000000,ffffffff#00$m" + frame("P20=zz"))
        # The answers to all that, then to this.
        client.send(frame("Hg0") + frame("qC"))
        while client.reply() != "QC1":
            pass
        self.assertEqual(client.ask("c"), "W00")
        status, text, _ = debugged.end()
        self.assertEqual((status, text), (0, self.execute(self.program, "--json").stdout))

    def test_wrong_checksums_are_sent_again(self):
        debugged = self.start(LOOP)
        client = self.connect(debugged)
        client.send(b"$qC#00")
        self.assertEqual(client.socket.recv(1), b"-")
        self.assertEqual(client.ask("qC"), "QC1")
        client.send(b"-")  # "I did not get that"
        self.assertEqual(client.reply(), "QC1")
        self.assertEqual(client.ask("QStartNoAckMode"), "OK")
        time.sleep(0.05)
        client.bytes = b""
        client.send(frame("qC"))
        self.assertEqual(client.socket.recv(100), b"$QC1#c5", "no acknowledgement any more")
        client.send(frame("k"))
        self.assertTrue(client.closed())
        self.assertEqual(debugged.end()[0], 3)

    def test_packets_in_pieces_and_in_heaps(self):
        debugged = self.start(LOOP)
        client = self.connect(debugged)
        for byte in frame("p20"):
            client.send(bytes([byte]))
            time.sleep(0.001)
        self.assertEqual(client.reply(), "00000080")
        client.send(frame("qC") * 5000)
        for _ in range(5000):
            self.assertEqual(client.reply(), "QC1")
        client.send(frame("k"))
        self.assertEqual(debugged.end()[0], 3)

    def test_who_never_reads_is_let_go(self):
        debugged = self.start(support.FINISH.format(word=0x5555))
        client = self.connect(debugged)
        client.socket.settimeout(2)
        try:
            for _ in range(3000):
                client.send(frame("m80000000,2000") * 10)
        except OSError:  # closed, or it reads no more until the answers are read
            pass
        client.close()
        self.assertEqual(debugged.end()[0], 0)

    def test_a_connection_lost_is_a_detach(self):
        for at_once in (True, False):
            debugged = self.start(support.FINISH.format(word=0x5555))
            client = self.connect(debugged)
            self.assertEqual(client.ask("Z0,80000004,2"), "OK")
            if at_once:  # a reset in place of a farewell
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                         struct.pack("ii", 1, 0))
            else:
                client.send(b"$m800000")
            client.close()
            self.assertEqual(debugged.end()[0], 0)

    def test_one_debugger_at_a_time(self):
        debugged = self.start(LOOP)
        first = self.connect(debugged)
        self.assertEqual(first.ask("qC"), "QC1")
        self.assertTrue(self.connect(debugged).closed())
        self.assertEqual(first.ask("qC"), "QC1")
        self.assertEqual(first.ask("D"), "OK")
        second = self.connect(debugged)
        self.assertTrue(second.ask("?").startswith("T02"), "it was halted by the connection")
        second.send(frame("k"))
        self.assertEqual(debugged.end()[0], 3)

    def test_ctrl_c_and_packets_while_it_runs(self):
        debugged = self.start(LOOP)
        client = self.connect(debugged)
        for _ in range(3):
            client.send(frame("c"))
            time.sleep(0.05)
            client.send(b"\x03")
            self.assertTrue(client.reply().startswith("T02"))
        # A packet in place of a Ctrl-C halts too, and is answered after the stop.
        client.send(frame("c"))
        time.sleep(0.05)
        client.send(frame("qC"))
        self.assertTrue(client.reply().startswith("T02"))
        self.assertEqual(client.reply(), "QC1")
        # A Ctrl-C that comes with the packet that lets it run.
        client.send(frame("vCont;c") + b"\x03")
        self.assertTrue(client.reply().startswith("T02"))
        # One that comes while it is halted is for the next run.
        client.send(b"\x03")
        self.assertEqual(client.ask("P20=0400008000"), "E16")
        self.assertTrue(client.ask("c").startswith("T02"))
        self.assertEqual(client.ask("P20=04000080"), "OK")
        self.assertEqual(client.ask("c"), "W00")
        self.assertEqual(debugged.end()[0], 0)

    def test_acknowledgements_do_not_halt_it(self):
        debugged = self.start("wfi\n" + LOOP)
        client = self.connect(debugged)
        client.send(frame("c"))
        told = client.reply()  # which is acknowledged while the core sleeps
        self.assertIn("nothing is pending", bytes.fromhex(told[1:]).decode())
        client.socket.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            client.reply()
        client.socket.settimeout(20)
        client.send(b"\x03")
        self.assertTrue(client.reply().startswith("T02"))
        client.send(frame("k"))
        self.assertEqual(debugged.end()[0], 3)

    def test_steps_within_a_range(self):
        debugged = self.start(".option norvc\nli a0, 1000\n1: addi a0, a0, -1\nbnez a0, 1b\nnop\n"
                              "nop\n" + support.FINISH.format(word=0x5555))
        client = self.connect(debugged)
        self.assertTrue(client.ask("vCont;r80000000,8000000c:1;c").startswith("T05"))
        self.assertEqual(client.ask("p20"), "0c000080")
        self.assertEqual(client.ask("pa"), "00000000")
        # A breakpoint within the range ends it, and so does Ctrl-C in an endless one.
        self.assertEqual(client.ask("P20=00000080"), "OK")
        self.assertEqual(client.ask("Z0,80000008,4"), "OK")
        self.assertTrue(client.ask("vCont;r80000000,8000000c").startswith("T05"))
        self.assertEqual(client.ask("p20"), "08000080")
        client.send(frame("D"))
        self.assertEqual(debugged.end()[0], 0)

    def test_ctrl_c_in_an_endless_range(self):
        debugged = self.start(LOOP)
        client = self.connect(debugged)
        client.send(frame("vCont;r80000000,80000010"))
        time.sleep(0.1)
        client.send(b"\x03")
        self.assertTrue(client.reply().startswith("T02"))
        client.send(frame("k"))
        self.assertEqual(debugged.end()[0], 3)

    def test_time_stands_while_it_is_halted(self):
        debugged = self.start(LOOP)
        client = self.connect(debugged)
        self.assertTrue(client.ask("s").startswith("T05"))
        time_command = "qRcmd," + b"time".hex()
        before = client.ask(time_command)
        time.sleep(0.3)
        self.assertEqual(client.ask(time_command), before)
        self.assertTrue(bytes.fromhex(before).startswith(b"0.0025 us, 1 cycles, 1 inst"))
        client.send(frame("k"))
        self.assertEqual(debugged.end()[0], 3)

    def test_units_are_read_without_side_effects(self):
        """A claim register (PLIC) that is looked at claims nothing; a warning is not told."""
        debugged = self.start(support.FINISH.format(word=0x5555))
        client = self.connect(debugged)
        for address in (0x0C200004, 0x10000000, 0x10020000, 0x10030000, 0x10050000, 0x20000000,
                        0x30000000, 0x40000000):
            self.assertEqual(len(client.ask(f"m{address:x},40")), 128, hex(address))
        self.assertEqual(client.ask("m10010001,2")[:1] == "E", False)
        self.assertEqual(client.ask("c"), "W00")
        status, _, errors = debugged.end()
        self.assertEqual(status, 0)
        self.assertNotIn("warning", errors)


if __name__ == "__main__":
    unittest.main()
