"""A provider of text messages on this machine: real HTTP, the protocol of notifications/sms.py."""

import http.server
import json
import threading
from dataclasses import dataclass, field


@dataclass
class FakeSms:
    """Takes every message with 202, or answers `status`; `got` is what it took: (headers, message)."""

    status: int = 202
    got: list = field(default_factory=list)
    asked: int = 0

    def __enter__(self):
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                provider.asked += 1
                if 200 <= provider.status < 300:
                    provider.got.append((dict(self.headers), self.path, json.loads(body)))
                self.send_response(provider.status)
                if 300 <= provider.status < 400:
                    self.send_header("Location", provider.url + "elsewhere")
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/send?account=7"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()

    @property
    def settings(self):
        return {"gateway": "http", "url": self.url, "token": "secret-token", "from": "Cotano"}
