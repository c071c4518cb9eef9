"""A receiver of webhooks as a process of its own: `python receiver.py PORT FILE [DIR]`.

Each request is a line of the file, written before it is answered. A body that holds a word that
is the name of a file in DIR is answered with the status that the file says.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT, TAKEN = int(sys.argv[1]), sys.argv[2]
MOODS = Path(sys.argv[3]) if len(sys.argv) > 3 else None


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = 204
        for mood in MOODS.iterdir() if MOODS is not None else ():
            if mood.name in body:
                status = int(mood.read_text())
        line = json.dumps({"status": status, "headers": dict(self.headers), "body": body})
        with open(TAKEN, "a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
        time.sleep(0.02)
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
