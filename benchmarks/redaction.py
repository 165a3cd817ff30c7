"""What it costs to know the secrets of an environment, and to mask them in a text.

    python benchmarks/redaction.py [--quick]

Forty shapes of environment, each beside one without a secret in the same run. Seconds are of the
CPU, medians; memory is the peak of what Python allocates. The text is as long as the longest of a
report.
"""

from __future__ import annotations

import base64
import json
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial

from common import is_quick, print_machine

from flask_bootcheck.redaction import Redactor

#: How much of a worker's boot, and of its memory, an environment may take.
SECONDS, MIB = 0.05, 3.0
#: What a text may take, in times of what it takes where there is no secret.
TIMES = 4
TEXT = ("could not connect to server at db.example, port 5432: no such host. " * 40)[:2000]
DICE = random.Random(1)


def blob(size: int) -> str:
    """Random bytes in base64."""
    return base64.b64encode(DICE.randbytes(size)).decode()


def pem(lines: int) -> str:
    """A private key of some lines."""
    inner = "\n".join(blob(48) for _ in range(lines))
    return f"-----BEGIN PRIVATE KEY-----\n{inner}\n-----END PRIVATE KEY-----\n"


def dsn(password: str, host: str = "db.example") -> str:
    """A connection string."""
    return f"postgresql://shop:{password}@{host}:5432/shop?sslmode=require"


def service_account(**more: str) -> dict[str, str]:
    """The key file of a service account at Google."""
    address = "worker@the-project.iam.example.com"
    return {
        "type": "service_account",
        "project_id": "the-project",
        "private_key_id": "0123456789abcdef" * 2,
        "private_key": pem(26),
        "client_email": address,
        "auth_uri": "https://accounts.example.com/o/oauth2/auth",
        "token_uri": "https://oauth2.example.com/token",
        "client_x509_cert_url": f"https://www.example.com/x509/{address.replace('@', '%40')}",
        **more,
    }


def kube_config(clusters: int) -> str:
    """A kubeconfig in YAML."""
    return "".join(
        f"- cluster: {{server: 'https://k{number}.example:6443'}}\n"
        f"- user:\n    client-key-data: {blob(1200)}\n    token: {blob(30)}\n"
        for number in range(clusters)
    )


def vcap(services: int) -> str:
    """What Cloud Foundry writes."""
    credentials = [
        {"name": f"db{n}", "credentials": {"uri": dsn(blob(18), f"h{n}"), "password": blob(18)}}
        for n in range(services)
    ]
    return json.dumps({"postgresql": credentials})


def jwt() -> str:
    """A token in three parts."""
    return f"eyJ{blob(30)}.eyJ{blob(300)}.{blob(64)}".replace("=", "").replace("+", "-")


def shapes() -> Iterator[tuple[str, dict[str, str]]]:
    """Names and environments. The first is what the others are held against."""
    key = json.dumps(service_account(), indent=2)
    email = "worker@the-project.iam.example.com"
    yield "no secret", {"PATH": "/usr/bin:/bin", "HOME": "/srv"}
    yield "one SECRET_KEY", {"SECRET_KEY": blob(32)}
    yield "one DATABASE_URL", {"DATABASE_URL": dsn("s3cret")}
    yield "a password with every separator", {"DATABASE_URL": dsn("a@b:c/d?e#f&g=h,i[j]k")}
    yield "a password of 60 separators", {"DATABASE_URL": dsn("ab/@" * 30)}
    yield "a password of 1000 separators", {"DATABASE_URL": dsn("a/" * 1000)}
    yield "service account, indented", {"GOOGLE_CREDENTIALS": key}
    yield "service account, one line", {"GOOGLE_CREDENTIALS": json.dumps(service_account())}
    yield "service account under a plain name", {"GOOGLE": key}
    yield "service account and an address", {"GOOGLE_CREDENTIALS": f"{key} {email}"}
    yield "service account named a URL", {"CREDENTIALS_URL": f"{key} {email}"}
    yield "service account, cut", {"GOOGLE_CREDENTIALS": key[:1500]}
    yield "service account without quotes", {"GOOGLE_CREDENTIALS": key.replace('"', "")}
    yield "service account in base64", {"GOOGLE_B64": base64.b64encode(key.encode()).decode()}
    yield "service account in JSON in JSON", {"CONFIG": json.dumps({"google": key})}
    yield "ten service accounts", {f"GOOGLE_{n}": key + str(n) for n in range(10)}
    yield "kube config", {"KUBECONFIG_DATA": kube_config(1)}
    yield "kube config of 20 clusters", {"KUBECONFIG_DATA": kube_config(20)}
    yield "VCAP_SERVICES", {"VCAP_SERVICES": vcap(5)}
    yield "VCAP_SERVICES of 100 services", {"VCAP_SERVICES": vcap(100)}
    yield "40 databases, commas", {"DATABASES": ",".join(dsn(blob(12)) for _ in range(40))}
    yield "40 databases, spaces", {"NODES": " ".join(dsn(blob(12)) for _ in range(40))}
    yield "40 databases, lines", {"NODES": "\n".join(dsn(blob(12)) for _ in range(40))}
    yield "40 databases, JSON", {"NODES": json.dumps([dsn(blob(12)) for _ in range(40)])}
    yield "1000 databases", {"NODES": ";".join(dsn(blob(12)) for _ in range(1000))}
    yield "40 malformed databases", {"NODES": ",".join(dsn("a@b:c/d" * 4) for _ in range(40))}
    hosts = ",".join(f"h{n}.example:27017" for n in range(9))
    yield "mongodb of nine hosts", {"MONGO_URL": f"mongodb://u:{blob(12)}@{hosts}/db?replicaSet=r"}
    yield "200 variables", {f"PLAIN_{n}": f"value {n}" for n in range(200)}
    yield "200 secrets", {f"SECRET_{n}": blob(24) for n in range(200)}
    yield "200 databases, a variable each", {f"DB{n}_URL": dsn(blob(18)) for n in range(200)}
    yield "100 kB of words", {"NOTES": "see https://wiki.example or ask a@b.example " * 2300}
    yield "100 kB of base64", {"ASSET": blob(75_000)}
    yield "100 kB of base64, secret", {"APP_SECRET": blob(75_000)}
    yield "100 kB after a scheme", {"PROXY_URL": f"https://u:{blob(75_000)}@h"}
    yield "100 kB of brackets", {"RULES": "[" * 100_000 + "@://"}
    yield "PEM", {"PRIVATE_KEY": pem(26)}
    yield "PEM with \\n written out", {"JWT_KEY": pem(52).replace("\n", "\\n")}
    yield "100 kB of certificates", {"CA": pem(20).replace("PRIVATE KEY", "CERTIFICATE") * 70}
    yield "JWT", {"SUPABASE_ANON": jwt(), "SERVICE_TOKEN": jwt()}
    yield "Azure", {"STORAGE": f"AccountName=x;AccountKey={blob(64)};EndpointSuffix=example"}
    yield "JAAS", {"SASL_JAAS": f'Login required username="u" password="{blob(24)}";'}


def measured(call: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Seconds of a call, and the MiB at its peak."""
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        call()
        taken.append(time.process_time() - began)
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return statistics.median(taken), peak / 2**20


def main() -> None:
    """Measure and print."""
    rounds = 1 if is_quick(__doc__) else 5
    print_machine()
    print(
        f"{'':36} {'build':>9} {'ratio':>6} {'peak':>9} {'ratio':>6} {'2000 chars':>10} {'ratio':>6}"
    )
    plain = 0.0
    for name, environ in shapes():
        redact = Redactor.of(environ)
        seconds, mib = measured(partial(Redactor.of, environ), rounds)
        masked, _ = measured(partial(redact, TEXT), rounds)
        plain = plain or masked
        print(
            f"{name:36} {seconds * 1e3:6.2f} ms {seconds / SECONDS:6.2f}"
            f" {mib:5.2f} MiB {mib / MIB:6.2f} {masked * 1e3:7.2f} ms {masked / (TIMES * plain):6.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
