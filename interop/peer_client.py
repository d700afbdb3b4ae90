"""An MMS client that is not ours: libiec61850 by pyiec61850-ng. Usage: peer_client.py PORT.

It connects, asks for the server's directory and identity, closes in good order, and prints what it got.
"""

import sys

from pyiec61850 import pyiec61850 as iec


def code(result):
    """The error code of a call: alone, or last in the list of the results."""
    return result[-1] if isinstance(result, (list, tuple)) else result


connection = iec.IedConnection_create()
iec.IedConnection_setConnectTimeout(connection, 10_000)
error = code(iec.IedConnection_connect(connection, "127.0.0.1", int(sys.argv[1])))
print("connect", error, flush=True)
if error == iec.IED_ERROR_OK:
    devices, error = iec.IedConnection_getServerDirectory(connection, False)
    print("directory", error, flush=True)
    element = iec.LinkedList_getNext(devices)
    while element:
        print("device", iec.toCharP(element.data), flush=True)
        element = iec.LinkedList_getNext(element)
    iec.LinkedList_destroy(devices)
    print("release", code(iec.IedConnection_release(connection)), flush=True)
iec.IedConnection_destroy(connection)
