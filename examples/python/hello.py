"""Calls a responder, sends a line, prints the answer. Usage: hello.py ADDRESS"""

import sys

import osisession

with osisession.connect(sys.argv[1], timeout=10, called_selector=b"echo") as session:
    session.data_request(b"hello, session")
    match session.next_event(timeout=10):
        case osisession.DataIndication(answer):
            print(answer.decode())
    session.release_request()
    session.next_event(timeout=10)  # S-RELEASE confirm
