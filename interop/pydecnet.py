"""Talks with PyDECnet, a DECnet node that is not ours. Usage: pydecnet.py CHECKOUT [--bench] [--tapes] [--keep]

CHECKOUT is the folder of PyDECnet that holds the package `decnet`; see pydecnet.md. Everything runs on 127.0.0.1, in a folder of its own.
Instead of the talks, --bench measures, and --tapes records short talks anew for the tests that play them again.
"""

import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TAPES = ROOT / "rust-core" / "testkit" / "data" / "scp" / "tapes"
PORTS = {"tcp": 17001, "udp": (17002, 17003), "lossy": (17007, 17008), "relay": 17009, "verify": 17006, "ethernet": (17004, 17005), "ours": 17011, "theirs": 17012}

NODE = """\
routing 1.1 --type l2router
node 1.1 PYA
node 1.2 PYB
node 1.3 UDPN
node 1.4 ETHN
node 1.6 LOSSN
node 1.5 VERN --inbound-verification SECRET --outbound-verification ANSWER
circuit mul-0 Multinet --mode listen --local-address 127.0.0.1 --local-port 17001 --t3 10 -4
circuit mul-1 Multinet --mode udp --local-address 127.0.0.1 --local-port 17002 --remote-address 127.0.0.1 --remote-port 17003 --t3 5 -4
circuit mul-2 Multinet --mode listen --local-address 127.0.0.1 --local-port 17006 --t3 5 --verify -4
circuit mul-3 Multinet --mode udp --local-address 127.0.0.1 --local-port 17007 --remote-address 127.0.0.1 --remote-port 17008 --t3 5 -4
circuit eth-0 Ethernet --mode udp --local-address 127.0.0.1 --local-port 17004 --remote-address 127.0.0.1 --remote-port 17005 --t3 3 --random-address -4
object --number 200 --name ECHO --file echo_object.py
object --number 201 --name LOCKED --file echo_object.py
logging console
"""

# Two nodes of theirs, for the comparison in one run.
PAIR = {
    "x": "routing 1.1 --type l2router\nnode 1.1 PYX\nnode 1.2 PYY\n"
    "circuit mul-0 Multinet --mode listen --local-address 127.0.0.1 --local-port 17012 --t3 10 -4\n",
    "y": "routing 1.2 --type endnode\nnode 1.1 PYX\nnode 1.2 PYY\n"
    "circuit mul-0 Multinet --mode connect --remote-address 127.0.0.1 --remote-port 17012 --t3 10 -4\n",
}

# Started by their node for each link; it gets no environment but PATH.
ECHO = """\
#!{python}
import sys

sys.path.insert(0, {checkout!r})
from decnet.connectors import SimplePipeConnector

connector = SimplePipeConnector()
link, first = connector.recv()
if first == b"reject":
    link.reject(b"no thanks")
    sys.exit(0)
link.accept(b"hello")
while True:
    message = link.recv()
    if message.type == "interrupt":
        link.interrupt(bytes(message[::-1]))
    elif message.type != "data":
        break
    elif message == b"bye":
        link.disconnect(b"done")
        break
    elif message == b"abort":
        link.abort(b"oops")
        break
    else:
        link.data(b"echo:" + message)
"""

# Calls our node from theirs.
CALLS = """\
import random
import sys

from decnet.connectors import SimpleApiConnector

connector = SimpleApiConnector("a.sock")


def check(what, good, detail=""):
    print("ok" if good else "FAILED", what, "" if good else repr(detail), flush=True)
    if not good:
        sys.exit(1)


call = dict(dest="PYB", username="USER", password="PASSWORD", account="ACCT", localuser="SMITH")
link, answer = connector.connect(remuser=17, data=b"0123456789abcdef", **call)
check("we accept with data", link is not None and bytes(answer) == b"welcome", answer)
link.data(b"hello")
check("we answer", bytes(link.recv()) == b"got:hello")
link.data(b"x" * 5000)
check("we answer 5000 octets", bytes(link.recv()) == b"got:" + b"x" * 5000)
for text in (b"one", b"two", b"three"):
    link.interrupt(text)
    answer = link.recv()
    if text == b"one":
        check("an interrupt, and its answer", answer.type == "interrupt" and bytes(answer) == b"eno", answer)
    # It never gives a credit: our second answer has to stay away, the peer's second interrupt has not.
    break
link.data(b"end")
answer = link.recv()
check("we disconnect with data", answer.type == "disconnect" and bytes(answer) == b"as you wish", answer)

link, answer = connector.connect(remuser="serve", **call)
check("we accept by name", link is not None, answer)
link.disconnect(b"bye")

link, answer = connector.connect(remuser=17, data=b"reject", **call)
check("we reject with data", link is None and bytes(answer) == b"no" and answer.reason == 0, answer)
link, answer = connector.connect(remuser=18, **call)
check("we reject an unknown object", link is None and answer.reason == 4, answer)

link, answer = connector.connect(remuser=25, dest="PYB")
check("our MIRROR accepts", link is not None and bytes(answer) == b"\\xff\\xff", answer)
random.seed(7)
count = int(sys.argv[1])
sent = []
for number in range(count):
    sent.append(b"\\0" + random.randbytes(random.randrange(2000)))
    link.data(sent[-1])
    if len(sent) == 10:
        for message in sent:
            answer = link.recv()
            if bytes(answer) != b"\\1" + message[1:]:
                check("message %d comes back" % number, False, answer)
        sent = []
for message in sent:
    if bytes(link.recv()) != b"\\1" + message[1:]:
        check("the last messages come back", False)
check("%d messages there and back" % count, True)
link.disconnect()
connector.close()
"""

BENCH = """\
import sys
import time

from decnet.connectors import SimpleApiConnector

connector = SimpleApiConnector(sys.argv[1])
count = 1000
link, answer = connector.connect(dest=sys.argv[2], remuser=25)
begin = time.monotonic()
for _ in range(count):
    link.data(b"\\0" + b"x" * 49)
    link.recv()
print("%.0f round trips/s with 50 octets" % (count / (time.monotonic() - begin)))
begin = time.monotonic()
for _ in range(count // 10):
    for _ in range(10):
        link.data(b"\\0" + b"x" * 999)
    for _ in range(10):
        link.recv()
print("%.0f octets/s there and back in messages of 1000, ten at a time" % (count * 1000 / (time.monotonic() - begin)))
link.disconnect()
connector.close()
"""


class Bench:
    def __init__(self, checkout, keep):
        self.checkout = str(pathlib.Path(checkout).resolve())
        self.keep = keep
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="decnet"))
        self.environment = {**os.environ, "PYTHONPATH": self.checkout}
        self.environment["PATH"] = f"{self.folder}:{self.environment['PATH']}"
        self.processes = []
        self.failed = []
        self.passed = 0
        release = pathlib.Path(ROOT, os.environ.get("CARGO_TARGET_DIR", "target")) / "release"
        parts = [["osisession-testkit", "--bin", "decnet"], ["osisession", "--example", "decnet_bench"]]
        parts.append(["osisession-cli", "--bin", "osisession"])
        for part in (["-p", *part] for part in parts):
            subprocess.run(["cargo", "build", "--quiet", "--release", *part], cwd=ROOT, check=True)
        self.driver = str(release / "decnet")
        self.facade = str(release / "examples" / "decnet_bench")
        self.command = str(release / "osisession")

    def check_peer(self):
        program = "import decnet.version as v; print(v.DNIDENT)"
        found = subprocess.run([sys.executable, "-c", program], env=self.environment, capture_output=True, text=True)
        if not found.stdout.startswith("DECnet/Python"):
            sys.exit(f"no PyDECnet in {self.checkout}: {found.stderr or found.stdout}")
        print("peer:", found.stdout.strip())

    def node(self, name, config):
        """Starts a node of theirs, and waits until it runs."""
        (self.folder / f"{name}.conf").write_text(config)
        (self.folder / f"{name}api.conf").write_text(f"api {name}.sock\n")
        log = self.folder / f"{name}.log"
        program = "from decnet.main import main; main()"
        arguments = [f"{name}.conf", f"{name}api.conf", "-e", "DEBUG", "-L", str(log)]
        process = subprocess.Popen([sys.executable, "-c", program, *arguments], cwd=self.folder, env=self.environment)
        self.processes.append(process)
        for _ in range(100):
            if log.exists() and "is running" in log.read_text(errors="replace"):
                return
            time.sleep(0.1)
        sys.exit(f"their node {name} does not start: see {log}")

    def peer(self):
        """Their node 1.1."""
        echo = self.folder / "echo_object.py"
        echo.write_text(ECHO.format(python=sys.executable, checkout=self.checkout))
        echo.chmod(0o755)
        self.node("a", NODE)

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.keep or self.failed:
            print("kept:", self.folder)
        else:
            shutil.rmtree(self.folder)

    def alive(self):
        for log in self.folder.glob("*.log"):
            if "Exception caught in mainloop" in log.read_text(errors="replace"):
                self.failed.append(f"their node has died: {log}")

    def report(self, title, process, read=()):
        """What a program of ours or theirs says, after the lines that were read already."""
        output, errors = process.communicate()
        print(f"-- {title}")
        for line in ("".join(read) + output).splitlines():
            print("  ", line[:200])
            self.passed += line.startswith("ok ")
        if process.returncode != 0:
            print(errors)
            self.failed.append(title)
        self.alive()
        # A circuit of theirs takes its time before it listens again.
        time.sleep(1)

    def ours(self, title, *arguments):
        self.report(title, self.start(*arguments))

    def start(self, *arguments, background=False, program=None):
        command = [program or self.driver, *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, **pipes)
        if background:
            self.processes.append(process)
        return process

    def theirs(self, title, program, *arguments):
        command = [sys.executable, "-c", program, *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.report(title, subprocess.Popen(command, cwd=self.folder, env=self.environment, **pipes))


class LossyRelay(threading.Thread):
    """Carries datagrams between two ports, and loses, doubles and delays some of them."""

    def __init__(self, ours, theirs, percent):
        super().__init__(daemon=True)
        self.random = random.Random(5)
        self.percent = percent
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for end, port in zip(self.sockets, (ours, theirs)):
            end.bind(("127.0.0.1", port))
        self.counts = {"carried": 0, "lost": 0, "doubled": 0, "late": 0}
        # Ours is whoever speaks to that port first.
        self.to = [None, ("127.0.0.1", PORTS["lossy"][0])]

    def run(self):
        threads = [threading.Thread(target=self.carry, args=(index,), daemon=True) for index in range(2)]
        for thread in threads:
            thread.start()

    def carry(self, index):
        while True:
            try:
                datagram, source = self.sockets[index].recvfrom(4096)
            except OSError:
                continue
            if index == 0:
                self.to[0] = source
            if self.random.randrange(100) < self.percent:
                self.counts["lost"] += 1
                continue
            self.counts["carried"] += 1
            if self.random.randrange(100) < self.percent:
                self.counts["doubled"] += 1
                self.send(1 - index, datagram)
            if self.random.randrange(100) < self.percent:
                self.counts["late"] += 1
                threading.Timer(0.05, self.send, (1 - index, datagram)).start()
            else:
                self.send(1 - index, datagram)

    def send(self, index, datagram):
        if self.to[index]:
            try:
                self.sockets[index].sendto(datagram, self.to[index])
            except OSError:
                pass


def silence(bench):
    """Their whole node is stopped below a circuit, and goes on when ours has noticed."""
    silent = bench.start("--tcp", f"127.0.0.1:{PORTS['verify']}", "--address", "1.5", "--verification", "SECRET", "silent")
    lines = [silent.stdout.readline()]
    os.kill(bench.processes[0].pid, signal.SIGSTOP)
    lines.append(silent.stdout.readline())
    os.kill(bench.processes[0].pid, signal.SIGCONT)
    bench.report("a silent neighbour", silent, lines)


COMMAND_CALLS = """\
from decnet.connectors import SimpleApiConnector

connector = SimpleApiConnector("a.sock")
link, answer = connector.connect(dest="PYB", remuser="TALK", data=b"hi", username="USER", password="PASSWORD")
assert link is not None and bytes(answer) == b"welcome", answer
for length in (1, 600, 5000):
    link.data(b"x" * length)
    assert bytes(link.recv()) == b"x" * length
link.disconnect(b"bye")
link, answer = connector.connect(dest="PYB", remuser="NOBODY")
assert link is None and answer.reason == 4, answer
connector.close()
print("ok accept with data, echo, reject of an unknown object")
"""


def command(bench):
    """The command `osisession scp`."""
    common = ["--address", "1.2", "--circuit", f"tcp:127.0.0.1:{PORTS['tcp']}"]

    def run(title, arguments, expected, code):
        found = subprocess.run([bench.command, "scp", *arguments, *common], capture_output=True, text=True, timeout=60)
        good = found.returncode == code and all(text in found.stdout for text in expected)
        print(f"-- the command: {title}\n   {'ok' if good else 'FAILED'} {' '.join(arguments)}")
        if not good:
            print(found)
            bench.failed.append(title)
        bench.passed += good
        time.sleep(1)

    run("ping", ["ping", "1.1", "--count", "20", "--interval", "0", "--size", "1000"], ["20 of 20 returned"], 0)
    echo = ["connect", "PYA", "echo", "--node", "PYA=1.1", "--message", "one", "--until", "1"]
    run("connect", echo, ["accepted, \"hello\"", "message: echo:one", "closed"], 0)
    run("a reject with data", [*echo, "--data", "reject"], ["rejected: 0", "no thanks"], 1)
    run("an unknown object", ["connect", "1.1", "NOBODY", "--message", "x"], ["rejected: 4"], 1)
    run("a node that nobody reaches", ["ping", "1.99", "--count", "1"], [], 1)
    listening = bench.start("scp", "listen", "TALK", "--answer", "echo", "--data", "welcome", "--count", "1", *common, program=bench.command)
    lines = [listening.stdout.readline(), listening.stdout.readline()]  # the object; the circuit is up
    bench.theirs("they call the command", COMMAND_CALLS)
    bench.report("the command: listen", listening, lines)


def tapes(bench):
    """Short talks, written down."""
    bench.peer()
    LossyRelay(PORTS["relay"], PORTS["lossy"][1], 3).start()
    shutil.rmtree(TAPES, ignore_errors=True)
    TAPES.mkdir(parents=True)

    def tape(name, *arguments):
        return ("--tape", TAPES / f"{name}.tsv", *arguments)

    tcp = ("--tcp", f"127.0.0.1:{PORTS['tcp']}")
    bench.ours("tape: MIRROR", *tape("mirror", *tcp, "bulk", 40, 700))
    bench.ours("tape: an object of theirs", *tape("echo", *tcp, "echo"))
    bench.ours("tape: interrupts without credit", *tape("interrupts", *tcp, "--ignore-credit", "echo"))
    bench.ours("tape: refusals", *tape("refused", *tcp, "refused"))
    bench.ours("tape: loss and return", *tape("loss", *tcp, "loss"))
    lossy = ("--udp", "127.0.0.1:0", f"127.0.0.1:{PORTS['relay']}", "--address", "1.6")
    bench.ours("tape: over a lossy UDP", *tape("lossy", *lossy, "bulk", 40, 200))
    verify = ("--tcp", f"127.0.0.1:{PORTS['verify']}", "--address", "1.5", "--verification")
    bench.ours("tape: with verification", *tape("verification", *verify, "SECRET", "mirror", 5, 100))
    bench.ours("tape: a wrong verification", *tape("unproven", *verify, "WRONG", "unproven"))
    ethernet = ("--ethernet", f"127.0.0.1:{PORTS['ethernet'][1]}", f"127.0.0.1:{PORTS['ethernet'][0]}", "--address", "1.4")
    bench.ours("tape: an Ethernet in UDP datagrams", *tape("ethernet", *ethernet, "bulk", 20, 300))
    serving = bench.start(*tape("serve", *tcp, "serve", 5))
    lines = [serving.stdout.readline(), serving.stdout.readline()]
    bench.theirs("tape: they call us", CALLS, 15)
    bench.report("tape: we served them", serving, lines)


def talks(bench):
    tcp = ("--tcp", f"127.0.0.1:{PORTS['tcp']}")
    bench.peer()
    command(bench)
    bench.ours("the circuit comes up", *tcp, "up")
    bench.ours("MIRROR, one message after the other", *tcp, "mirror", 200, 500)
    bench.ours("MIRROR, 10,000 messages of random size", *tcp, "bulk", 10000, 1500)
    bench.ours("MIRROR by name, 50 connects", *tcp, "connects", 50)
    bench.ours("an object of theirs", *tcp, "echo")
    bench.ours("an object of theirs, interrupts without credit", *tcp, "--ignore-credit", "echo")
    bench.ours("refusals", *tcp, "refused")
    bench.ours("the circuit is lost and comes back", *tcp, "loss")
    udp = ("--udp", f"127.0.0.1:{PORTS['udp'][1]}", f"127.0.0.1:{PORTS['udp'][0]}", "--address", "1.3")
    bench.ours("over UDP", *udp, "bulk", 500, 1000)
    bench.ours("over UDP, started again at once", *udp, "bulk", 500, 1000)
    verify = ("--tcp", f"127.0.0.1:{PORTS['verify']}", "--address", "1.5")
    bench.ours("with verification", *verify, "--verification", "SECRET", "mirror", 20, 100)
    bench.ours("with a wrong verification", *verify, "--verification", "WRONG", "unproven")
    silence(bench)
    relay = LossyRelay(PORTS["relay"], PORTS["lossy"][1], 3)
    relay.start()
    lossy = ("--udp", "127.0.0.1:0", f"127.0.0.1:{PORTS['relay']}", "--address", "1.6")
    bench.ours("over a UDP that loses, doubles and delays 3 %", *lossy, "bulk", 300, 1000)
    print("  ", relay.counts)
    ethernet = ("--ethernet", f"127.0.0.1:{PORTS['ethernet'][1]}", f"127.0.0.1:{PORTS['ethernet'][0]}", "--address", "1.4")
    bench.ours("an Ethernet in UDP datagrams", *ethernet, "bulk", 500, 1000)
    serving = bench.start(*tcp, "serve", 5)
    lines = [serving.stdout.readline(), serving.stdout.readline()]  # the circuit is up; serving
    bench.theirs("they call us", CALLS, 10000)
    bench.report("we served them", serving, lines)


def benchmark(bench):
    """Everything twice: both ends on one core, where nothing waits for another core to wake up, and as the system places them."""
    cores = os.sched_getaffinity(0)
    bench.node("x", PAIR["x"])
    bench.node("y", PAIR["y"])
    time.sleep(3)
    for title, chosen in (("one core", {min(cores)}), (f"{len(cores)} cores", cores)):
        for process in bench.processes:
            for thread in pathlib.Path(f"/proc/{process.pid}/task").iterdir() if process.poll() is None else ():
                os.sched_setaffinity(int(thread.name), chosen)
        # What is started from now on begins there.
        os.sched_setaffinity(0, chosen)
        measure(bench, title)


def measure(bench, title):
    tcp = ("--tcp", f"127.0.0.1:{PORTS['tcp']}")
    bench.ours(f"{title}: we to PyDECnet: round trips", *tcp, "mirror", 2000, 100)
    bench.ours(f"{title}: we to PyDECnet: bulk", *tcp, "bulk", 2000, 2000)
    ours = f"127.0.0.1:{PORTS['ours']}"
    for scenario in ("mirror", "bulk"):
        serving = bench.start("--listen", ours, "--address", "1.1", "serve", 2, background=True)
        time.sleep(0.3)
        bench.ours(f"{title}: we to us: {scenario}", "--tcp", ours, scenario, 20000, 100 if scenario == "mirror" else 2000)
        serving.kill()
        serving.wait()
    bench.report(f"{title}: we to us, by endpoints", bench.start(program=bench.facade))
    bench.report(f"{title}: we to PyDECnet, by an endpoint", bench.start(tcp[1], "1.1", program=bench.facade))
    bench.theirs(f"{title}: PyDECnet to PyDECnet", BENCH, "y.sock", "PYX")


def main():
    arguments = [word for word in sys.argv[1:] if not word.startswith("--")]
    if len(arguments) != 1:
        sys.exit(__doc__)
    bench = Bench(arguments[0], "--keep" in sys.argv)
    bench.check_peer()
    try:
        if "--tapes" in sys.argv:
            tapes(bench)
        elif "--bench" in sys.argv:
            bench.peer()
            benchmark(bench)
        else:
            talks(bench)
    finally:
        bench.stop()
    print(f"{bench.passed} checks passed, {len(bench.failed)} parts failed: {', '.join(bench.failed) or 'none'}")
    sys.exit(1 if bench.failed else 0)


if __name__ == "__main__":
    main()
