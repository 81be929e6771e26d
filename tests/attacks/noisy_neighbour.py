"""Asks one store for all it can: python noisy_neighbour.py URL KEY SECRET SECONDS; prints the statuses."""

import json
import os
import sys
import threading
import time
import uuid
from collections import Counter

import requests

VERSION = {"X-Experience-API-Version": "1.0.3"}
ACTOR = {"mbox": "mailto:noisy@example.org"}
BATCH = 500


def statement(number: int) -> dict[str, object]:
    return {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": f"mailto:noisy{number % 40}@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {
            "id": f"https://noisy.example/nugget/{number % 700}",
            "definition": {"name": {"en": "A nugget"}},
        },
        "context": {"instructor": ACTOR},
    }


def ingest(session: requests.Session, url: str) -> int:
    batch = [statement(number) for number in range(BATCH)]
    return session.post(f"{url}/xapi/statements", json=batch, headers=VERSION, timeout=60).status_code


def search(session: requests.Session, url: str) -> int:
    asked = {"text": "nothing says this"}
    return session.get(f"{url}/recommendations/catalogue/nuggets", params=asked, timeout=60).status_code


def related(session: requests.Session, url: str) -> int:
    asked = {"agent": json.dumps(ACTOR), "related_agents": "true"}
    return session.get(f"{url}/xapi/statements", params=asked, headers=VERSION, timeout=60).status_code


def outcomes(session: requests.Session, url: str) -> int:
    return session.get(f"{url}/recommendations/outcomes", params={"by": "day"}, timeout=60).status_code


def export(session: requests.Session, url: str) -> int:
    asked = {"headers": {"Accept": "text/csv"}, "params": {"shown": "true"}, "timeout": 60}
    return session.get(f"{url}/recommendations/catalogue/nuggets", **asked).status_code


def main() -> None:
    url, key, secret, seconds = sys.argv[1:]
    os.nice(15)  # its own work is that of another machine
    statuses: Counter[int] = Counter()
    until = time.monotonic() + float(seconds)

    def ask(how) -> None:
        with requests.Session() as session:
            session.auth = (key, secret)
            while time.monotonic() < until:
                statuses[how(session, url)] += 1

    asking = [ingest] * 2 + [search] * 8 + [related] * 4 + [outcomes] * 2 + [export] * 2
    threads = [threading.Thread(target=ask, args=(how,)) for how in asking]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(statuses))


if __name__ == "__main__":
    main()
