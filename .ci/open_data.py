#!/usr/bin/env python3
"""Grants of the demo's office as everybody reads them.

fetch URL DEMO.json DIR      makes and publishes grants in the demo's office (no paper of the example prints what a grant needs), and fetches the files of 360Giving into DIR
compare DIR TOOL SCHEMA      turns DIR/360giving.csv back into JSON by flattentool (TOOL) and fails unless its grants are those of DIR/360giving.json
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid

POLICY = {
    "publisher_name": "The example office",
    "organisation_id": "GB-PLA-EXAMPLE",
    "grant_prefix": "360G-example",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    "site_url": "https://grants.opcc.example",
}
# Texts that a careless table would lose.
TITLES = ("A safe place", "=Nights, \"on\" the street", "Mentors for young people " * 8)


class Person:
    """Somebody of the demo."""

    def __init__(self, url, token):
        self.url, self.token = url, token

    def ask(self, path, method="GET", body=None, tag=None):
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if body is not None:
            headers |= {"Content-Type": "application/merge-patch+json" if method == "PATCH" else "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if tag:
            headers["If-Match"] = tag
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.loads(response.read()), response.headers.get("ETag")
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")

    def change(self, path, act, body, method="POST"):
        tag = self.ask(path)[1]
        return self.ask(f"{path}{act}", method, body, tag)[0]


def own_place(officer, provider):
    """Gives the provider an area where it is at home, one of those where it works: the standard's checks ask for it."""
    area = next(one for one in officer.ask("/v1/areas?limit=200")[0]["items"] if one["code"] == "dudley")["id"]
    officer.change(f"/v1/providers/{provider}", "", {"home_area_id": area}, "PATCH")
    return area


def grants(url, tokens):
    officer, finance, signatory = (Person(url, tokens[name]) for name in ("commissioner", "finance", "provider_signatory"))
    provider = signatory.ask("/v1/me")[0]["provider_id"]
    area = own_place(officer, provider)
    fund = next(one for one in officer.ask("/v1/funds?limit=200")[0]["items"] if one["code"] == "CIF")
    period = officer.ask(f"/v1/funds/{fund['id']}/periods")[0]["items"][0]
    lines = officer.ask(f"/v1/fund-periods/{period['id']}/budget-lines")[0]["items"]
    source = lines[0]["funding_source"]["id"]
    line = {"funding_source_id": source, "state": "planned", "amount_pence": 10_000_000, "internal_pence": 0, "effective_on": "2020-11-01"}
    line = officer.ask(f"/v1/fund-periods/{period['id']}/budget-lines", "POST", line)[0]["id"]
    finance.change(f"/v1/budget-lines/{line}", "/confirmation", {"effective_on": "2020-11-01"})
    for title in TITLES:
        draft = {
            "kind": "grant", "legal_power": "prsra_2011_s9", "fund_period_id": period["id"], "provider_id": provider, "title": title.strip(),
            "purpose": "Evenings in two halls,\nwith somebody to talk to", "amount_pence": 1_250_050, "starts_on": "2020-12-01", "ends_on": "2021-03-31",
            "area_ids": [area], "split": [{"budget_line_id": line, "amount_pence": 1_250_050}],
        }
        award = f"/v1/awards/{officer.ask('/v1/awards', 'POST', draft)[0]['id']}"
        officer.change(award, "/offer", {"offered_on": "2020-11-20"})
        officer.change(award, "/monitoring-plan", {"frequency": "quarterly", "evaluation": "light"}, "PUT")
        officer.change(award, "/evaluation", {"evaluator": "the office", "method": "interviews", "due_on": "2021-06-30"}, "PUT")
        signatory.change(award, "/acceptance", {"accepted_on": "2020-11-25"})
        officer.change(f"{award}/publication", "", {"reasons": "It reaches people whom nobody else reaches.", "from_open_call": True}, "PATCH")


def fetch(url, demo, folder):
    tokens = json.loads(pathlib.Path(demo).read_text(encoding="utf-8").split("\n", 1)[0])["tokens"]
    Person(url, tokens["administrator"]).change("/v1/open-data-policy", "", POLICY, "PUT")
    grants(url, tokens)
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    for name in ("360giving.json", "360giving.csv"):
        with urllib.request.urlopen(f"{url}/open-data/{name}", timeout=30) as response:
            pathlib.Path(folder, name).write_bytes(response.read())


def unguarded(value):
    """A text without the apostrophe that keeps a spreadsheet from taking it for a formula: the one thing in which the table differs."""
    if isinstance(value, list):
        return [unguarded(one) for one in value]
    if isinstance(value, dict):
        return {name: unguarded(one) for name, one in value.items()}
    if isinstance(value, str) and value[:1] == "'" and value[1:2] in "=+-@":
        return value[1:]
    return value


def compare(folder, tool, schema):
    given = json.loads(pathlib.Path(folder, "360giving.json").read_text(encoding="utf-8"))["grants"]
    with tempfile.TemporaryDirectory() as work:
        sheets = pathlib.Path(work, "csv")
        sheets.mkdir()
        (sheets / "grants.csv").write_bytes(pathlib.Path(folder, "360giving.csv").read_bytes())
        out = pathlib.Path(work, "out.json")
        command = [tool, "unflatten", str(sheets), "-f", "csv", "--root-list-path", "grants", "--schema", schema, "--convert-titles", "--root-id", "", "-o", str(out)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        back = unguarded(json.loads(out.read_text(encoding="utf-8"))["grants"])
    apart = [one["id"] for one, other in zip(given, back) if one != other]
    if apart or len(given) != len(back) or len(given) < len(TITLES):
        for one, other in zip(given, back):
            if one != other:
                print(json.dumps(one, sort_keys=True), json.dumps(other, sort_keys=True), sep="\n")
        sys.exit(f"{len(given)} grants became {len(back)}; these differ: {apart}")
    print(f"{len(given)} grants are the same after a turn through the table")


if __name__ == "__main__":
    {"fetch": fetch, "compare": compare}[sys.argv[1]](*sys.argv[2:])
