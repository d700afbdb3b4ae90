#!/usr/bin/env python3
"""DECnet and EtherTalk over real packet sockets, between nodes of ours and with peers that are not ours.

    sudo python3 interop/ethernet.py OSISESSION [--pydecnet CHECKOUT] [--tashrouter CHECKOUT]

OSISESSION is the command (target/debug/osisession). The CHECKOUTs are the folders that hold the packages `decnet` of PyDECnet and
`tashrouter` of TashRouter; without one its part is left out. Needs Linux, root (for network namespaces of its own, which are gone at the
end), `ip` and /dev/net/tun; `tshark`, if it is there, reads every frame. See ethernet.md.
"""
import argparse
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

ZONES = ["Ether Default", "Twilight", "Café"] + ["Department Number %02d" % n for n in range(40)]

DECNET_NODE = """\
routing 1.1 --type l2router
node 1.1 PYA
node 1.2 PYB
circuit eth-0 Ethernet dntap --mode tap --t3 3 --random-address -4
logging console
"""

DECNET_CALLS = """\
import random
from decnet.connectors import SimpleApiConnector

connector = SimpleApiConnector("a.sock")
link, answer = connector.connect(dest="PYB", remuser=25)
assert link is not None and bytes(answer) == b"\\xff\\xff", answer
random.seed(3)
for number in range(500):
    message = b"\\0" + random.randbytes(random.randrange(2000))
    link.data(message)
    answer = bytes(link.recv())
    assert answer == b"\\1" + message[1:], number
link.disconnect()
link, answer = connector.connect(dest="PYB", remuser=99)
assert link is None and answer.reason == 4, answer
connector.close()
print("500 messages")
"""

APPLETALK_ROUTER = """\
import sys, time
sys.path.insert(0, sys.argv[1])
from tashrouter.port.ethertalk.tap import TapPort
from tashrouter.router.router import Router

zones = [zone.encode("mac_roman") for zone in sys.argv[2].split("|")]
port = TapPort("attap", bytes.fromhex("020000000001"), seed_network_min=2000, seed_network_max=2009, seed_zone_names=zones)
router = Router("peer", (port,))
router.start()
said = None
while True:
    known = sorted(zone.decode("mac_roman") for zone in router.zone_information_table.zones())
    if known != said and port.network and port.node:
        print("ZONES", port.network, port.node, "|".join(known), flush=True)
        said = known
    time.sleep(0.1)
"""


def run(*command, **more):
    return subprocess.run(command, check=True, **more)


class Place:
    """A network namespace."""

    def __init__(self, name):
        self.name = f"{name}{os.getpid()}"
        run("ip", "netns", "add", self.name)
        self.ip("link", "set", "lo", "up", "multicast", "on")
        self.ip("route", "add", "239.192.76.84/32", "dev", "lo")

    def ip(self, *args):
        return run("ip", "-n", self.name, *args, capture_output=True, text=True).stdout

    def command(self, *args):
        return ["ip", "netns", "exec", self.name, *args]

    def gone(self):
        subprocess.run(["ip", "netns", "del", self.name])


class Bench:
    def __init__(self, command):
        self.osisession = command
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ethernet"))
        self.processes = []
        self.captures = []
        self.done = []

    def check(self, what, good, *seen):
        print("ok  " if good else "FAIL", what, *([] if good else seen), flush=True)
        self.done.append(bool(good))

    def start(self, place, *args, **more):
        pipes = {"stdout": subprocess.PIPE, "text": True, **more}
        process = subprocess.Popen(place.command(*args), **pipes)
        self.processes.append(process)
        return process

    def ours(self, place, *args):
        """Runs a command of ours to its end."""
        end = subprocess.run(place.command(self.osisession, *args), capture_output=True, text=True, timeout=120)
        return end.returncode, end.stdout.splitlines(), end.stderr.strip()

    def capture(self, place, interface):
        file = self.folder / f"{place.name}-{interface}.pcap"
        process = self.start(place, sys.executable, os.path.abspath(__file__), "--sniff", interface, str(file))
        process.stdout.readline()
        self.captures.append(file)

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.processes = []


def sniff(interface, file):
    """Writes every frame of an interface to a file, until it is killed."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((interface, 3))
    with open(file, "wb", buffering=0) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        print("listening", flush=True)
        while True:
            try:
                frame = s.recv(2048)
            except OSError:  # the interface is down
                time.sleep(0.01)
                continue
            now = time.time()
            out.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(frame), len(frame)) + frame)


def wait_line(process, words, seconds=60):
    """The first line that holds the words. Programs of these talks write a line now and then, or end."""
    end = time.time() + seconds
    for line in process.stdout:
        if words in line:
            return line
        if time.time() > end:
            break
    raise SystemExit(f"no line with {words!r}")


def among_ourselves(bench):
    print("--- ours and ours, a cable between two network namespaces")
    one, two = Place("one"), Place("two")
    try:
        one.ip("link", "add", "name", "veth1", "type", "veth", "peer", "name", "veth2", "netns", two.name)
        one.ip("link", "set", "veth1", "up")
        two.ip("link", "set", "veth2", "up")
        bench.capture(one, "veth1")
        listen = ["scp", "listen", "25", "--name", "MIRROR", "--answer", "mirror", "--address", "1.1", "--circuit", "eth:veth1"]
        mirror = bench.start(one, bench.osisession, *listen)
        wait_line(mirror, "up")
        own = one.ip("-s", "link", "show", "veth1")
        ping = ["scp", "ping", "1.1", "--address", "1.2", "--circuit", "eth:veth2", "--interval", "0.02"]
        code, out, err = bench.ours(two, *ping, "--count", "50", "--size", "4000")
        bench.check("50 messages of 4,000 octets to MIRROR and back", code == 0 and "50 of 50" in out[-1], out[-1:], err)
        groups = subprocess.run(one.command("cat", "/proc/net/dev_mcast"), capture_output=True, text=True).stdout
        bench.check("the groups of DECnet are joined", "ab0000040000" in groups and "ab0000030000" in groups, groups)
        bench.check("the interface's own address stays", "aa:00:04:00" not in own, own)
        code, _, err = bench.ours(two, "scp", "ping", "1.1", "--address", "1.2", "--circuit", "eth:veth9")
        bench.check("no such interface", code == 1 and "no interface veth9" in err, err)
        without = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", bench.osisession, *ping]
        end = subprocess.run(two.command(*without), capture_output=True, text=True)
        bench.check("without the capability", end.returncode == 1 and "CAP_NET_RAW" in end.stderr, end.stderr)
        # The interface goes down and comes back below a node that lives.
        one.ip("link", "set", "veth1", "down")
        wait_line(mirror, "the circuit is down")
        one.ip("link", "set", "veth1", "up")
        wait_line(mirror, "up")
        code, out, err = bench.ours(two, *ping, "--count", "3")
        bench.check("the interface goes down and comes back", code == 0 and "3 of 3" in out[-1], out[-1:], err)
        bench.stop()
        groups = subprocess.run(one.command("cat", "/proc/net/dev_mcast"), capture_output=True, text=True).stdout
        bench.check("nothing is left joined", "ab00000" not in groups, groups)

        bench.capture(two, "veth2")
        config = bench.folder / "route.conf"
        config.write_text("port ethernet=veth1 network=2000-2009 node=7 zone=Twilight zone=Café\n"
                          "port interface=127.0.0.1 network=1000 zone=Ground node=254\n")
        router = bench.start(one, bench.osisession, "zip", "route", str(config))
        wait_line(router, "port 1 routes: network 2000-2009, address 2000.7")
        wait_line(router, "port 2 routes")
        code, out, err = bench.ours(two, "zip", "myzone", "--ethernet", "veth2", "--in", "CAFÉ")
        # The name comes back as it was asked for.
        good = code == 0 and out[0] == "zone     CAFÉ" and out[1] == "network  2000-2009" and out[3] == "router   2000.7"
        bench.check("a node on EtherTalk finds network, router and its zone", good, out, err)
        code, out, err = bench.ours(two, "zip", "myzone", "--ethernet", "veth2", "--in", "Nowhere")
        bench.check("a zone that is not there: the default one", code == 0 and out[0] == "zone     Twilight", out, err)
        code, out, err = bench.ours(two, "zip", "zones", "--ethernet", "veth2")
        bench.check("it lists the zones of both networks", code == 0 and sorted(out) == ["Café", "Ground", "Twilight"], out, err)
        code, out, err = bench.ours(one, "zip", "zones", "--interface", "127.0.0.1")
        bench.check("and so does a node on LocalTalk", code == 0 and sorted(out) == ["Café", "Ground", "Twilight"], out, err)
        bench.check("a look-up of nothing", bench.ours(two, "zip", "lookup", "=:=@Ground", "--ethernet", "veth2")[:2] == (1, []))
    finally:
        bench.stop()
        one.gone()
        two.gone()


def with_pydecnet(bench, checkout):
    print("--- DECnet with PyDECnet, which has a TAP device; ours is at the system's end of it")
    place = Place("dn")
    environment = {**os.environ, "PYTHONPATH": checkout}
    try:
        place.ip("tuntap", "add", "dev", "dntap", "mode", "tap")
        place.ip("link", "set", "dntap", "up")
        bench.capture(place, "dntap")
        (bench.folder / "a.conf").write_text(DECNET_NODE)
        (bench.folder / "aapi.conf").write_text("api a.sock\n")
        program = ["-c", "from decnet.main import main; main()", "a.conf", "aapi.conf", "-e", "DEBUG", "-L", "a.log"]
        peer = bench.start(place, sys.executable, *program, cwd=bench.folder, env=environment, stdout=subprocess.DEVNULL)
        log = bench.folder / "a.log"
        for _ in range(100):
            if log.exists() and "is running" in log.read_text(errors="replace"):
                break
            time.sleep(0.1)
        ping = ["scp", "ping", "1.1", "--address", "1.2", "--circuit", "eth:dntap", "--interval", "0.02"]
        code, out, err = bench.ours(place, *ping, "--count", "200", "--size", "1500")
        bench.check("200 messages of 1,500 octets to their MIRROR and back", code == 0 and "200 of 200" in out[-1], out[-1:], err)
        text = log.read_text(errors="replace")
        bench.check("they tell of the adjacency", "Adjacency up" in text and "Adjacent node = 1.2" in text)
        code, out, err = bench.ours(place, "scp", "connect", "1.1", "99", "--address", "1.2", "--circuit", "eth:dntap", "--message", "x")
        bench.check("an object that nobody has: 4", code == 1 and "4" in "".join([*out, err]), out, err)
        time.sleep(6)  # until they are designated router, and say so
        mirror = ["scp", "listen", "25", "--name", "MIRROR", "--answer", "mirror", "--address", "1.2", "--circuit", "eth:dntap"]
        wait_line(bench.start(place, bench.osisession, *mirror), "up")
        time.sleep(4)  # their hello
        calls = subprocess.run(place.command(sys.executable, "-c", DECNET_CALLS), cwd=bench.folder, env=environment,
                               capture_output=True, text=True, timeout=120)
        bench.check("they call our MIRROR: 500 messages there and back, and an object that we do not have", "500" in calls.stdout, calls.stderr)
        bench.check("their node lives", peer.poll() is None and "Exception caught in mainloop" not in log.read_text(errors="replace"))
    finally:
        bench.stop()
        place.gone()


def with_tashrouter(bench, checkout):
    print("--- AppleTalk with TashRouter, which has a TAP device; ours is at the system's end of it")
    place = Place("at")
    try:
        place.ip("tuntap", "add", "dev", "attap", "mode", "tap")
        place.ip("link", "set", "attap", "up")
        bench.capture(place, "attap")
        peer = bench.start(place, sys.executable, "-c", APPLETALK_ROUTER, checkout, "|".join(ZONES))
        _, network, node, _ = wait_line(peer, "ZONES").split(" ", 3)
        code, out, err = bench.ours(place, "zip", "myzone", "--ethernet", "attap", "--in", "café")
        good = code == 0 and out[0] == "zone     café" and out[1] == "network  2000-2009" and out[3] == f"router   {network}.{node}"
        bench.check("our node finds network, router and its zone", good, out, err)
        code, out, err = bench.ours(place, "zip", "zones", "--ethernet", "attap")
        bench.check("our node lists 43 zones over two pages", code == 0 and sorted(out) == sorted(ZONES), out, err)
        code, out, err = bench.ours(place, "zip", "zones", "--local", "--ethernet", "attap")
        bench.check("and those of its network", code == 0 and sorted(out) == sorted(ZONES), out, err)
        config = bench.folder / "beside.conf"
        config.write_text("port ethernet=attap\nport interface=127.0.0.1 network=5000 zone=Attic node=200\n")
        router = bench.start(place, bench.osisession, "zip", "route", str(config))
        wait_line(router, "network 2000-2009 has 43 zones")
        wait_line(router, "port 2 routes")
        bench.check("our router's port without a seed learns network and zones", True)
        wait_line(peer, "Attic", 90)
        bench.check("their router learns our zone", True)
        code, out, err = bench.ours(place, "zip", "zones", "--interface", "127.0.0.1")
        bench.check("a node behind our router lists 44 zones", code == 0 and sorted(out) == sorted([*ZONES, "Attic"]), out, err)
        code, out, err = bench.ours(place, "zip", "lookup", "=:=@Twilight", "--interface", "127.0.0.1")
        bench.check("its look-up passes both routers", (code, out) == (1, []), out, err)
    finally:
        bench.stop()
        place.gone()


def read_by_tshark(bench):
    if not shutil.which("tshark"):
        print("tshark is not there: frames are not read")
        return
    for file in bench.captures:
        fields = ["-e", "frame.number", "-e", "frame.protocols", "-e", "_ws.malformed", "-e", "zip.function", "-e", "_ws.col.Info"]
        ours = "dec_dna || aarp || ddp || atp || zip || nbp || eth.type == 0x6003"
        end = subprocess.run(["tshark", "-r", file, "-Y", ours, "-T", "fields", *fields], capture_output=True, text=True)
        lines = [line.split("\t") for line in end.stdout.splitlines()]
        # It reads a part of a split Extended Reply as if all of it were there, and accept data as if they were connect data.
        bad = [line for line in lines if line[2] and line[3] != "8" and "connect confirm" not in line[4]]
        names = sorted({name for line in lines for name in line[1].split(":")} - {"eth", "ethertype", "llc", "data"})
        bench.check(f"tshark reads {len(lines)} frames of {file.stem}: {', '.join(names)}", lines and not bad, bad[:3], end.stderr)


def main():
    if sys.argv[1:2] == ["--sniff"]:
        sniff(*sys.argv[2:4])
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("osisession")
    parser.add_argument("--pydecnet")
    parser.add_argument("--tashrouter")
    arguments = parser.parse_args()
    bench = Bench(os.path.abspath(arguments.osisession))
    among_ourselves(bench)
    if arguments.pydecnet:
        with_pydecnet(bench, os.path.abspath(arguments.pydecnet))
    if arguments.tashrouter:
        with_tashrouter(bench, os.path.abspath(arguments.tashrouter))
    read_by_tshark(bench)
    print(f"{sum(bench.done)} of {len(bench.done)} checks")
    if all(bench.done):
        shutil.rmtree(bench.folder)
    else:
        print("kept:", bench.folder)
    raise SystemExit(0 if all(bench.done) else 1)


main()
