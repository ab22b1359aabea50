"""The program as a process, asked as a browser asks it, and its database."""

import json
import os
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

# Of the demo; who sends campaigns needs no more rights than this.
MARKETER = ("marketing@demo.example", "clientele-demo")


class Database:
    """SQL on either database; yields rows of text or numbers."""

    def __init__(self, url):
        self.url = url

    def rows(self, sql):
        if self.url.startswith("sqlite:"):
            with sqlite3.connect(self.url.removeprefix("sqlite:"), timeout=30) as connection:
                return connection.execute(sql).fetchall()
        return [tuple(line.split("\t")) for line in self.psql("-A", "-t", "-F", "\t", "-c", sql).splitlines()]

    def psql(self, *arguments):
        return subprocess.run(["psql", self.url, "-X", "-q", "-v", "ON_ERROR_STOP=1", *arguments], check=True, capture_output=True,
                              text=True).stdout

    def execute(self, sql):
        if self.url.startswith("sqlite:"):
            connection = sqlite3.connect(self.url.removeprefix("sqlite:"), timeout=30)
            with connection:
                connection.execute(sql)
            connection.close()
        else:
            self.psql("-c", sql)

    def number(self, sql):
        return int(self.rows(sql)[0][0])


class Shop:
    """One server process, which can be killed and started again."""

    def __init__(self, program, folder, database, port, environment):
        self.program, self.folder, self.port = program, folder, port
        self.environment = {**environment, "DATABASE_URL": database, "CLIENTELE_DATA_DIR": folder,
                            "CLIENTELE_LISTEN": f"127.0.0.1:{port}", "PATH": os.environ["PATH"]}
        self.log = open(f"{folder}/server-{port}.log", "ab")
        self.process = None
        # Kept by hand: it is for https alone, which a proxy would bring.
        self.cookie = ""
        self.opener = urllib.request.build_opener(NoRedirect())

    def command(self, *arguments, **environment):
        return subprocess.run([self.program, *arguments], env={**self.environment, **environment}, check=True, capture_output=True,
                              text=True).stdout

    def start(self):
        self.process = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5).read()
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert self.process.poll() is None and time.monotonic() < deadline, "the server did not get ready"
                time.sleep(0.02)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0, "the server did not stop cleanly"

    def request(self, path, body=None, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body, headers={"Cookie": self.cookie, **headers})
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.cookie = answer.headers.get("Set-Cookie", self.cookie).split(";")[0]
            return answer.status, answer.read().decode()

    def log_in(self):
        form = urllib.parse.urlencode({"email": MARKETER[0], "password": MARKETER[1]}).encode()
        status, text = self.request("/login", form)
        assert status in (302, 303) and self.cookie, (status, text)

    def call(self, name, **arguments):
        """A server function; its answer as JSON, or the error."""
        status, text = self.request(f"/fn/{name}", json.dumps(arguments).encode(), **{"Content-Type": "application/json",
                                                                                      "Accept": "application/json"})
        return (json.loads(text) if text else None) if status == 200 else {"status": status, "error": json.loads(text)}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
