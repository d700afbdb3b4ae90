"""TLS by Python's ssl module between a socket and the standard streams: ssl_pipe.py call|listen PORT VERSION DIRECTORY."""

import select
import socket
import ssl
import sys

role, port, version, directory = sys.argv[1:]
purpose = ssl.Purpose.SERVER_AUTH if role == "call" else ssl.Purpose.CLIENT_AUTH
context = ssl.create_default_context(purpose, cafile=f"{directory}/anchors.pem")
context.load_cert_chain(f"{directory}/chain.pem", f"{directory}/key.pem")
context.verify_mode = ssl.CERT_REQUIRED
context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
# An end without close_notify is an error here, too.
context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)

if role == "call":
    plain = socket.create_connection(("127.0.0.1", int(port)))
    secure = context.wrap_socket(plain, server_hostname="127.0.0.1")
else:
    with socket.create_server(("127.0.0.1", int(port))) as server:
        plain, _ = server.accept()
    secure = context.wrap_socket(plain, server_side=True)

open_inputs = [secure, sys.stdin.buffer.raw]
while True:
    ready = [secure] if secure.pending() else select.select(open_inputs, [], [])[0]
    if secure in ready:
        secure.setblocking(False)
        try:
            octets = secure.recv(65536)
            if not octets:
                # The peer's orderly end.
                break
            sys.stdout.buffer.write(octets)
            sys.stdout.buffer.flush()
        except ssl.SSLWantReadError:
            # A record that carries nothing, as a ticket.
            pass
        secure.setblocking(True)
    if sys.stdin.buffer.raw in ready:
        octets = sys.stdin.buffer.raw.read(65536)
        if not octets:
            # Ours; fails unless the peer's comes, too.
            secure.unwrap()
            break
        secure.sendall(octets)
sys.stdout.buffer.write(b"close_notify")
