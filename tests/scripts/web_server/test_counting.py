"""The process that counts figures: it waits for the database, and ends when it is told to."""

import os
import signal
import subprocess
import sys


def test_it_waits_while_the_database_is_away_and_ends_when_told_to():
    line = [sys.executable, "-m", "scripts.web_server.counting"]
    environment = {**os.environ, "MONGODB_URI": "mongodb://127.0.0.1:1/x"}
    with subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(2):
            assert "waiting for the database" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
