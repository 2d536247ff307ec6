#!/usr/bin/env python3
"""Small questions to a running service, from the standard library alone.

free-port                      a loopback port nobody listens on
line FILE SECONDS              waits for the first whole line of FILE and prints it
ready URL SECONDS              waits for 200 from URL; prints the seconds it took
status URL [TOKEN]             the status of a GET
expect STATUS URL [TOKEN]      fails unless a GET answers so
token FILE NAME                a token out of the line that `almoner demo --output json` prints
sign-in URL EMAIL PASSWORDFILE the access token that POST /v1/session gives
without FROM TO PATH…          writes a description without these paths, each of which must be in it
unknown-headers LOG            fails unless all faults in what both runs of schemathesis say are an unknown header answered 412
json-lines FILE                fails unless every line is a JSON object; prints how many there are
"""
import json
import pathlib
import re
import socket
import sys
import time
import urllib.error
import urllib.request

USERS = ("provider_author", "provider_author_2", "commissioner", "administrator")


def fetch(url, token=None, body=None):
    headers = {"Accept": "application/json, */*"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(body).encode()
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        print(s.getsockname()[1])


def line(path, seconds):
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        text = pathlib.Path(path).read_text(encoding="utf-8") if pathlib.Path(path).exists() else ""
        if "\n" in text:
            print(text.split("\n", 1)[0])
            return
        time.sleep(0.02)
    sys.exit(f"no line in {path} within {seconds} s")


def ready(url, seconds):
    begun = time.monotonic()
    last = "no answer"
    while time.monotonic() - begun < float(seconds):
        try:
            status, _ = fetch(url)
            if status == 200:
                print(f"{time.monotonic() - begun:.2f}")
                return
            last = status
        except OSError as error:
            last = error
        time.sleep(0.02)
    sys.exit(f"{url} was not ready within {seconds} s: {last}")


def expect(status, url, token=None):
    found, body = fetch(url, token)
    if found != int(status):
        sys.exit(f"GET {url} answered {found}, not {status}: {body[:300]!r}")
    print(f"GET {url} {found}")


def token(path, name):
    first = pathlib.Path(path).read_text(encoding="utf-8").split("\n", 1)[0]
    tokens = json.loads(first)["tokens"]
    missing = [user for user in USERS if not tokens.get(user)]
    if missing:
        sys.exit(f"the demo printed no token for {', '.join(missing)}")
    print(tokens[name])


def sign_in(url, email, password_file):
    password = pathlib.Path(password_file).read_text(encoding="utf-8").rstrip("\n")
    status, body = fetch(f"{url}/v1/session", body={"email": email, "password": password})
    if status not in (200, 201):
        sys.exit(f"POST /v1/session answered {status}: {body[:300]!r}")
    print(json.loads(body)["access_token"])


def json_lines(path):
    lines = [text for text in pathlib.Path(path).read_text(encoding="utf-8").splitlines() if text.strip()]
    for number, text in enumerate(lines, 1):
        try:
            fine = isinstance(json.loads(text), dict)
        except ValueError:
            fine = False
        if not fine:
            sys.exit(f"{path}:{number} is not a JSON object: {text[:200]}")
    if not lines:
        sys.exit(f"{path} is empty")
    print(f"{len(lines)} lines of log, each a JSON object")


def without(source, target, *paths):
    description = json.loads(pathlib.Path(source).read_text(encoding="utf-8"))
    for path in paths:
        if description["paths"].pop(path, None) is None:
            sys.exit(f"{source} describes no {path}")
    pathlib.Path(target).write_text(json.dumps(description), encoding="utf-8")


def unknown_headers(path):
    """An unknown header is no fault in HTTP, and each of these requests also carries the `If-Match` that the description gives as an example, which is stale."""
    text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    told = sum(int(number) for number in re.findall(r"^ +❌ ST\d+ .*: (\d+)$", text, re.MULTILINE))
    cases = re.split(r"^\d+\. Test Case ID: ", text, flags=re.MULTILINE)[1:]
    known = [case for case in cases if re.findall(r"^- (\w+ .+)$", case.split("Reproduce with:")[0], re.MULTILINE) == ["ST201 Schema-violating request accepted"]
             and "Invalid component: in header - object with unexpected properties\n" in case and "\n[412] Precondition Failed:" in case]
    if text.count("= SUMMARY =") != 2 or re.search("^Errors:", text, re.MULTILINE) or not len(known) == len(cases) == told > 0:
        sys.exit(f"{len(cases)} cases, of which {len(known)} are an unknown header; {told} faults told")
    print(f"all {told} faults are an unknown header beside a stale If-Match, which is answered 412 as it should be")


COMMANDS = {
    "free-port": free_port,
    "line": line,
    "ready": ready,
    "status": lambda *args: print(fetch(*args)[0]),
    "expect": expect,
    "token": token,
    "sign-in": sign_in,
    "without": without,
    "unknown-headers": unknown_headers,
    "json-lines": json_lines,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
