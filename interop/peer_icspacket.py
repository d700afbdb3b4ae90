"""An MMS client that is not ours: icspacket. Usage: peer_icspacket.py PORT release|abort|conclude. Prints what it got."""

import sys

from icspacket.proto.mms.connection import MMS_Connection

connection = MMS_Connection()
connection.associate(("127.0.0.1", int(sys.argv[1])))
print("connected", flush=True)
print("identity", *connection.identify(), flush=True)
if sys.argv[2] == "release":
    connection.release()
elif sys.argv[2] == "abort":
    connection.abort()
else:
    connection.close()
print(sys.argv[2], "done", flush=True)
