"""An MMS server that is not ours: libiec61850 by pyiec61850-ng. Usage: peer_server.py PORT; it runs until its input ends."""

import sys

from pyiec61850 import pyiec61850 as iec

model = iec.IedModel_create("INTEROP")
device = iec.LogicalDevice_create("LD0", model)
iec.LogicalNode_create("LLN0", device)
server = iec.IedServer_create(model)
iec.IedServer_setLocalIpAddress(server, "127.0.0.1")
iec.IedServer_start(server, int(sys.argv[1]))
if not iec.IedServer_isRunning(server):
    sys.exit("port taken")
print("running", flush=True)
sys.stdin.read()
iec.IedServer_stop(server)
iec.IedServer_destroy(server)
