"""Serves one session: prints its address, answers in capitals, agrees to the release. Usage: echo.py ADDRESS"""

import sys

from osisession import ConnectIndication, DataIndication, Endpoint, ReleaseIndication

with Endpoint() as endpoint, endpoint.listen(sys.argv[1], session_selector=b"echo") as listener:
    print(listener.local_address, flush=True)
    session = listener.accept()
    for event in session:  # ends with the session
        match event:
            case ConnectIndication():
                session.connect_response()
            case DataIndication(user_data):
                session.data_request(user_data.upper())
            case ReleaseIndication():
                session.release_response()
