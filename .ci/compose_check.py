#!/usr/bin/env python3
"""Holds docker-compose.yml and Dockerfile to what they promise, where no container engine runs.

Each promise is one function; a bad copy of the file is shown to every one of them first, so that none can have gone blind.
"""
import copy
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUNNING = ("database", "almoner")


def services(compose):
    return compose["services"].items()


def image(compose):
    """The service is built from the Dockerfile here, and what is fetched names its version."""
    for name, service in services(compose):
        build = service.get("build")
        if build:
            if not (ROOT / build["context"] / build["dockerfile"]).is_file():
                yield f"{name}: builds from a file that is not there"
        elif not re.search(r":[0-9][\w.-]*$", service.get("image", "")):
            yield f"{name}: image {service.get('image')!r} names no version"


def health(compose):
    """What keeps running has a health check, and the service starts after a healthy database and a finished migration."""
    for name in RUNNING:
        check = compose["services"][name].get("healthcheck", {})
        if not check.get("test") or check.get("disable") or not check.get("interval") or not check.get("retries"):
            yield f"{name}: has no health check"
    waits = compose["services"]["almoner"].get("depends_on", {})
    for other, condition in {"database": "service_healthy", "migrate": "service_completed_successfully"}.items():
        if waits.get(other, {}).get("condition") != condition:
            yield f"almoner: does not wait until {other} is {condition}"


def hardened(compose):
    """No root, no writable root, no capability, no way to gain one."""
    for name, service in services(compose):
        if not re.match(r"^[1-9][0-9]*:[1-9][0-9]*$", str(service.get("user", ""))):
            yield f"{name}: runs as {service.get('user', 'root')!r}, not as a numbered user"
        if service.get("read_only") is not True:
            yield f"{name}: its file system can be written"
        if service.get("cap_drop") != ["ALL"] or service.get("cap_add") or service.get("privileged"):
            yield f"{name}: keeps capabilities"
        if "no-new-privileges:true" not in service.get("security_opt", []):
            yield f"{name}: can gain privileges"
        if not any(str(place).startswith("/tmp") for place in service.get("tmpfs", [])):
            yield f"{name}: has no temporary folder"


def secrets(compose):
    """Secrets are files that each service names, and none stands in the file or in the environment."""
    for name, secret in compose.get("secrets", {}).items():
        if set(secret) != {"file"}:
            yield f"secret {name}: is not a file"
    for name, service in services(compose):
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN|KEY|DATABASE_URL", key) and not key.endswith("_FILE"):
                yield f"{name}: {key} is in the environment; give a file"
            if key.endswith("_FILE"):
                secret = str(value).removeprefix("/run/secrets/")
                if secret not in service.get("secrets", []) or secret not in compose.get("secrets", {}):
                    yield f"{name}: {key} names {value}, which it is not given"
    if re.search(r"postgres(ql)?://\w+:[^@%]+@|trust", yaml.safe_dump(compose)):
        yield "a password, or access without one, stands in the file"


def exposure(compose):
    """The database is on an inner network only; the service is published to the host's loopback only."""
    for name, service in services(compose):
        for port in service.get("ports", []):
            if name != "almoner" or not str(port).startswith("127.0.0.1:"):
                yield f"{name}: publishes {port}"
        networks = compose.get("networks", {})
        if name == "database" and not all(networks.get(net, {}).get("internal") for net in service.get("networks", [None])):
            yield "database: is on a network that is not internal"


def storage(compose):
    """Data and documents outlive their containers, and the database sorts as the service expects."""
    for name, folder in (("database", "/var/lib/postgresql/data"), ("almoner", "/var/lib/almoner/documents")):
        mounted = [str(volume).split(":")[:2] for volume in compose["services"][name].get("volumes", [])]
        if not any(target == folder and source in compose.get("volumes", {}) for source, target in mounted):
            yield f"{name}: {folder} is not on a volume"
    if "--locale=C" not in compose["services"]["database"].get("environment", {}).get("POSTGRES_INITDB_ARGS", ""):
        yield "database: is not made with C collation"


def read_by_program():
    """The names of all settings that the program reads from its environment."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.rs"))
    return {name for text in sources for name in re.findall(r'\benv = "(ALMONER_\w+)"', text)}


def settings(compose):
    """Every setting is one that the program reads: a misspelt one would be passed over without a word."""
    for name, service in services(compose):
        for key in service.get("environment", {}):
            if key.startswith("ALMONER_") and key not in read_by_program():
                yield f"{name}: the program does not read {key}"


CHECKS = (image, health, hardened, secrets, exposure, storage, settings)


def spoiled(compose):
    """For each check a copy of the file that breaks what it promises."""
    copies = {check: copy.deepcopy(compose) for check in CHECKS}
    copies[image]["services"]["database"]["image"] = "postgres:latest"
    del copies[health]["services"]["almoner"]["healthcheck"]
    copies[hardened]["services"]["almoner"]["user"] = "root"
    copies[secrets]["services"]["almoner"]["environment"]["ALMONER_DATABASE_URL"] = "postgres://almoner:almoner@database/almoner"
    copies[exposure]["services"]["database"]["ports"] = ["5432:5432"]
    copies[storage]["services"]["almoner"]["volumes"] = []
    copies[settings]["services"]["almoner"]["environment"]["ALMONER_ISSUER"] = "https://office.example"
    return copies


def dockerfile(text):
    """Two stages, the last one without root and with a health check by the program itself; SQLite's flags come along."""
    stages = re.split(r"(?m)^FROM ", text)[1:]
    if len(stages) < 2:
        yield "Dockerfile: has one stage only"
    last = stages[-1]
    for what, pattern in {
        "a numbered user": r"(?m)^USER [1-9][0-9]*",
        "a health check by the program": r'HEALTHCHECK[^[]*\[\s*"[^"]*almoner",\s*"health"',
        "an entry point": r'(?m)^ENTRYPOINT \["[^"]*almoner"\]',
    }.items():
        if not re.search(pattern, last):
            yield f"Dockerfile: the last stage has not {what}"
    if re.search(r"(?m)^RUN ", last):
        yield "Dockerfile: the last stage runs commands"
    if not re.search(r"(?m)^COPY \.cargo ", stages[0]):
        yield "Dockerfile: .cargo/config.toml does not come along"
    for key in re.findall(r"\b(ALMONER_\w+)=", last):
        if key not in read_by_program():
            yield f"Dockerfile: the program does not read {key}"
    if "--locked" not in stages[0]:
        yield "Dockerfile: builds without --locked"


def context():
    """Everything the compiler reads is let through by .dockerignore, and the manifest is whole without the rest."""
    allowed = {line[1:].strip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for source in sorted((ROOT / "src").rglob("*.rs")):
        for kind, name in re.findall(r'\b(include_str|include_bytes|include|embed_migrations)!\(\s*"([^"]+)"', source.read_text()):
            base = ROOT if kind == "embed_migrations" else source.parent
            place = (base / name).resolve()
            top = place.relative_to(ROOT).parts[0] if place.is_relative_to(ROOT) else "outside"
            if top not in allowed:
                yield f"{source.relative_to(ROOT)}: compiles in {name}, which .dockerignore keeps out"
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(allowed):
            if (ROOT / name).exists():
                subprocess.run(["cp", "-R", ROOT / name, folder], check=True)
        command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        if run.returncode or not (pathlib.Path(folder) / ".cargo/config.toml").exists():
            yield f"the image's build context is not whole: {run.stderr.strip()[-300:]}"


def main():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    faults = [fault for check in CHECKS for fault in check(compose)]
    faults += [*dockerfile(text), *context()]
    for check, broken in spoiled(compose).items():
        if not list(check(broken)):
            faults.append(f"the check {check.__name__} let a bad file pass")
    if not list(dockerfile("FROM debian\nRUN true\n")):
        faults.append("the check dockerfile let a bad file pass")
    print(*faults, sep="\n")
    print(f"compose: {len(CHECKS) + 2} checks, {len(faults)} faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
