"""A mail server on loopback that wants TLS and a password, and misbehaves on purpose: slow, 4xx, 5xx, lines that drop."""

import collections
import logging
import random
import socket
import ssl
import subprocess
import threading
import time
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

# It says with every mail that a field of its own will go.
logging.getLogger("mail.log").setLevel(logging.ERROR)
# It does not know that it is wrapped in TLS already.
warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")

USER, PASSWORD = b"shop@mail.example", b"s3cret:/?#"


class Behaviour:
    """What the server does to whom. Decided by the address, so that a run can be repeated."""

    def __init__(self, seed, later=0.05, refused=(), dropped=0.0, slow=0.0):
        self.seed, self.later, self.refused, self.dropped, self.slow = seed, later, set(refused), dropped, slow

    def roll(self, what, address):
        return random.Random(f"{self.seed}:{what}:{address}").random()


class Handler:
    def __init__(self, behaviour):
        self.behaviour = behaviour
        self.lock = threading.Lock()
        self.accepted = collections.defaultdict(list)  # address → messages
        self.times = []
        self.tries = collections.Counter()
        self.dropped = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.behaviour.refused:
            return "550 5.1.1 no such user"
        with self.lock:
            self.tries["rcpt", address] += 1
            first = self.tries["rcpt", address] == 1
        if first and self.behaviour.roll("rcpt", address) < self.behaviour.later:
            return "451 4.2.1 greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        import asyncio

        (address,) = envelope.rcpt_tos
        if self.behaviour.slow:
            await asyncio.sleep(self.behaviour.slow * self.behaviour.roll("slow", address))
        with self.lock:
            self.tries["data", address] += 1
            first = self.tries["data", address] == 1
        if first and self.behaviour.roll("data", address) < self.behaviour.later:
            return "452 4.3.1 no room now"
        drop = self.behaviour.roll("drop", address)
        if first and drop < self.behaviour.dropped:
            with self.lock:
                self.dropped.add(address)
                # Half of them have it nevertheless: the worst that can happen.
                if drop < self.behaviour.dropped / 2:
                    self.accepted[address].append(envelope.content)
            server.transport.abort()
            return "421 gone"
        with self.lock:
            self.accepted[address].append(envelope.content)
            self.times.append(time.monotonic())
        return "250 2.0.0 queued"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=good, handled=False) if not good else AuthResult(success=True)


class Sink:
    def __init__(self, folder, behaviour):
        self.handler = Handler(behaviour)
        self.certificate = f"{folder}/smtp.crt"
        key = self.key = f"{folder}/smtp.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key,
             "-out", self.certificate, "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"],
            check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.certificate, key)
        common = dict(hostname="127.0.0.1", port=0, auth_required=True, authenticator=authenticate, data_size_limit=1 << 25)
        self.controller = Controller(self.handler, tls_context=tls, require_starttls=True, auth_require_tls=True, **common)
        # It does not see the TLS that it is wrapped in; nothing reaches it without.
        self.tls_controller = Controller(self.handler, ssl_context=tls, auth_require_tls=False, **common)

    def start(self):
        """Its port for STARTTLS; `tls_controller` listens where TLS begins at once."""
        for controller in (self.controller, self.tls_controller):
            # The controller wants to know the port before it has one.
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                controller.port = probe.getsockname()[1]
            controller.start()
        return self.controller.port

    def stop(self):
        self.controller.stop()
        self.tls_controller.stop()
