"""Requests and responses.

``requests.py serve ADDRESS`` answers in capitals; ``requests.py ADDRESS WORD...`` asks, all at once, and prints the answers.
"""

import sys
import threading

from osisession import rpc

match sys.argv[1:]:
    case ["serve", address]:
        with rpc.Server(address, lambda request: request.data.upper()) as server:
            print(server.local_address, flush=True)
            threading.Event().wait()
    case [address, *words] if words:
        with rpc.Client(address) as client:
            calls = [client.start(word.encode(), timeout=10) for word in words]
            for call in calls:
                print(call.wait().decode())
            client.release(timeout=10)
    case _:
        sys.exit("usage: requests.py serve ADDRESS | requests.py ADDRESS WORD...")
