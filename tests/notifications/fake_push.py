"""A push service on this machine: real HTTP, decrypts what it gets like a browser would."""

import base64
import http.server
import json
import os
import threading
from dataclasses import dataclass, field

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from notifications.models import Device


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """What a subscription's keys belong to."""

    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        point = self.private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.p256dh, self.auth = b64(point), b64(self.secret)

    def read(self, body):
        return json.loads(http_ece.decrypt(body, private_key=self.private, auth_secret=self.secret, version="aes128gcm"))


@dataclass
class FakePush:
    """Answers 201, or what `answers` says for a path; `got` are the pushes it has taken, decrypted, with their headers."""

    answers: dict = field(default_factory=dict)
    got: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    headers: dict = field(default_factory=dict)
    browsers: dict = field(default_factory=dict)
    before_answer: object = None

    def __enter__(self):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # connections stay open

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.asked.append(self.path)
                if service.before_answer:
                    service.before_answer()
                status = service.answers.get(self.path, 201)
                if status == 201:
                    service.got.append((self.path, service.browsers[self.path].read(body), dict(self.headers)))
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{service.origin}/elsewhere")
                for name, words in service.headers.items():
                    self.send_header(name, words)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128  # with the usual 5 a burst of pushes waits for a second connect

        self.server = Server(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def device(self, user, name="phone"):
        """A device of `user` registered with this service."""
        browser = self.browsers[f"/{name}"] = Browser()
        return Device.objects.create(user=user, endpoint=f"{self.origin}/{name}", p256dh=browser.p256dh, auth=browser.auth)
