#!/usr/bin/env python3
"""Talks between this library and TashRouter, an independent AppleTalk router, over LocalTalk over UDP.

    python3 interop/tashrouter.py CHECKOUT OSISESSION

CHECKOUT is the folder that holds the package `tashrouter`, OSISESSION the command (target/debug/osisession). Needs Linux, root (for a
network namespace of its own, which is gone at the end) and `ip`; `tshark`, if it is there, reads every frame. See tashrouter.md.
"""
import os
import queue
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

GROUP, PORT, OTHER_PORT = "239.192.76.84", 1954, 2954
DEPARTMENTS = ["Department Number %02d" % n for n in range(40)]
FAR_ZONES = ["Far Default", "Twilight", "Café"] + DEPARTMENTS
NAME = "Session Peer"


def peer(checkout):
    """TashRouter with network 1000 on LocalTalk over UDP and 4000-4001 within the process; says which zones it knows."""
    sys.path.insert(0, checkout)
    from tashrouter.port.ethertalk.virtual import VirtualEtherTalkNetwork, VirtualEtherTalkPort
    from tashrouter.port.localtalk.ltoudp import LtoudpPort
    from tashrouter.router.router import Router

    far = VirtualEtherTalkPort(VirtualEtherTalkNetwork(), bytes.fromhex("020000000002"), "far", seed_network_min=4000,
                               seed_network_max=4001, seed_zone_names=[z.encode("mac_roman") for z in FAR_ZONES])
    router = Router("peer", (LtoudpPort(seed_network=1000, seed_zone_name=b"LToUDP Zone"), far))
    router.start()
    said = None
    while True:
        zones = sorted(z.decode("mac_roman") for z in router.zone_information_table.zones())
        if zones != said and not any(0 in (p.network, p.node) for p in router.ports):
            print("ZONES", "|".join(zones), flush=True)
            said = zones
        time.sleep(0.1)


def multicast_socket(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(("0.0.0.0", port))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1"))
    return s


def pstr(text):
    octets = text.encode("mac_roman")
    return bytes([len(octets)]) + octets


def name_holder(frames):
    """Node 1000.20: answers every look-up that its one name matches. Keeps every frame that passes."""
    s, node, sender = multicast_socket(PORT), 20, b"HOLD"
    while True:
        payload = s.recv(2048)
        frames.append(payload[4:])
        llap = payload[4:]
        if payload[:4] == sender or len(llap) < 3 or llap[0] not in (node, 255):
            continue
        if llap[:3] == bytes([node, node, 0x81]):
            s.sendto(sender + bytes([node, node, 0x82]), (GROUP, PORT))
        if llap[2] != 1 or llap[5] != 2 or llap[7] != 2 or llap[8] >> 4 != 2:
            continue
        nbp = llap[8:]
        net, to_node, to_socket = struct.unpack(">HBB", nbp[2:6])
        at, fields = 7, []
        for _ in range(3):
            fields.append(nbp[at + 1:at + 1 + nbp[at]].decode("mac_roman"))
            at += 1 + nbp[at]
        if fields[0].lower() not in ("=", NAME.lower()) or fields[1].lower() not in ("=", "sessiontest"):
            continue
        data = bytes([0x31, nbp[1]]) + struct.pack(">HBBB", 1000, node, 130, 1) + pstr(NAME) + pstr("SessionTest")
        data += pstr(fields[2])
        header = struct.pack(">HHHHBBBBB", 13 + len(data), 0, net, 1000, to_node, node, to_socket, 2, 2)
        link = to_node if net in (0, 1000) else llap[1]
        s.sendto(sender + bytes([link, node, 2]) + header + data, (GROUP, PORT))


def sniff(port, frames):
    s = multicast_socket(port)
    while True:
        frames.append(s.recv(2048)[4:])


class Lines:
    """A program whose lines are waited for."""

    def __init__(self, *args):
        self.process = subprocess.Popen(args, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=lambda: [self.lines.put(line.rstrip("\n")) for line in self.process.stdout],
                         daemon=True).start()

    def wait(self, pattern, seconds):
        end = time.time() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(0.01, end - time.time()))
            except queue.Empty:
                raise SystemExit(f"no line like {pattern!r} within {seconds} s")
            print("   ", line[:100])
            if re.search(pattern, line):
                return line

    def stop(self):
        self.process.kill()
        self.process.wait()


def inside(checkout, command):
    frames, done = [], []
    threading.Thread(target=name_holder, args=(frames,), daemon=True).start()
    threading.Thread(target=sniff, args=(OTHER_PORT, frames), daemon=True).start()
    router = Lines(sys.executable, os.path.abspath(__file__), "--peer", checkout)
    ours = None

    def zip(*args, port=PORT):
        run = subprocess.run([command, "zip", *args, "--udp-port", str(port)], capture_output=True, text=True)
        return run.returncode, run.stdout.splitlines(), run.stderr

    def check(what, ok, *seen):
        print("ok  " if ok else "FAIL", what, *([] if ok else seen), flush=True)
        done.append(ok)

    try:
        router.wait("^ZONES .*LToUDP Zone", 60)
        print("--- our node, their router")
        code, out, err = zip("myzone", "--node", "42")
        check("myzone", code == 0 and out[0] == "zone     LToUDP Zone" and out[2] == "address  1000.42", out, err)
        code, out, err = zip("zones")
        check("44 zones over two pages", code == 0 and sorted(out) == sorted(FAR_ZONES + ["LToUDP Zone"]), out, err)
        code, out, err = zip("zones", "--local")
        check("local zones", (code, out) == (0, ["LToUDP Zone"]), out, err)
        for zone in ("*", "ltoudp zone"):
            code, out, err = zip("lookup", f"session peer:=@{zone}")
            check(f"look-up in {zone}", code == 0 and len(out) == 1 and out[0].startswith("1000.20:130"), out, err)
        check("look-up of nothing", zip("lookup", "nobody:=@*")[:2] == (1, []))
        check("look-up in no zone", zip("lookup", "=:=@Nowhere")[:2] == (1, []))

        print("--- our router beside theirs")
        config = tempfile.NamedTemporaryFile("w", suffix=".conf")
        config.write(f"port\nport udp-port={OTHER_PORT} network=5000 zone=Attic node=200\n")
        config.flush()
        ours = Lines(command, "zip", "route", config.name)
        ours.wait("port 1 routes: network 1000", 60)
        ours.wait("network 4000-4001 has 43 zones", 60)
        check("our port without a seed learns network and zone, our router the 43 zones behind theirs", True)
        router.wait("^ZONES Attic", 60)
        check("their router learns our zone", True)
        everything = sorted(FAR_ZONES + ["LToUDP Zone", "Attic"])
        code, out, err = zip("zones", port=OTHER_PORT)
        check("a node behind our router lists all zones", code == 0 and sorted(out) == everything, out, err)
        code, out, err = zip("lookup", "=:sessiontest@LToUDP Zone", port=OTHER_PORT)
        check("and finds a name on their network", code == 0 and len(out) == 1 and out[0].startswith("1000.20:130"), out, err)
        print("--- our router goes")
        ours.stop()
        began = time.time()
        router.wait("^ZONES (?!.*Attic)", 200)
        check("their router forgets our zone", time.time() - began > 20)
    finally:
        router.stop()
        if ours:
            ours.stop()
    read_by_tshark(frames, check)
    print(f"{sum(done)} of {len(done)} checks")
    return 0 if all(done) else 1


def read_by_tshark(frames, check):
    if not shutil.which("tshark"):
        print("tshark is not there: frames are not read")
        return
    pcap = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 114)
    for n, frame in enumerate(frames):
        pcap += struct.pack("<IIII", n, 0, len(frame), len(frame)) + frame
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(pcap)
        file.flush()
        run = subprocess.run(["tshark", "-r", file.name, "-Y", "_ws.malformed", "-T", "fields", "-e", "frame.number"],
                             capture_output=True, text=True)
    bad = []
    for number in map(int, run.stdout.split()):
        frame = frames[number - 1]
        # What tshark cannot read and is right: parts of an Extended Reply, RTMP Requests of six octets, RTMP Responses of four.
        short = frame[2] == 1
        kind, data = (frame[7], frame[8:]) if short else (frame[15], frame[16:])
        if not (kind == 6 and data[0] == 8 or kind == 5 or kind == 1 and len(data) == 4):
            bad.append(frame.hex())
    check(f"tshark reads {len(frames)} frames", not bad and len(frames) > 50, bad)


def main():
    if sys.argv[1:2] == ["--peer"]:
        peer(sys.argv[2])
    if sys.argv[1:2] == ["--inside"]:
        raise SystemExit(inside(*sys.argv[2:4]))
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    checkout, command = map(os.path.abspath, sys.argv[1:3])
    name = f"zip{os.getpid()}"
    within = ["ip", "netns", "exec", name]
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run([*within, "ip", "link", "set", "lo", "up", "multicast", "on"], check=True)
        subprocess.run([*within, "ip", "route", "add", GROUP + "/32", "dev", "lo"], check=True)
        code = subprocess.run([*within, sys.executable, os.path.abspath(__file__), "--inside", checkout, command])
        raise SystemExit(code.returncode)
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


main()
