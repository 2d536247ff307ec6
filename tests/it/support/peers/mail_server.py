"""A mail server of another make: aiosmtpd, which takes nothing before STARTTLS (or speaks TLS from the first byte) and a password.

    mail_server.py FOLDER starttls|tls

Writes the certificate of its authority to FOLDER/authority.pem and each message it took, as a mail program would read it, as a line of JSON
to FOLDER/taken.jsonl. Says its port on the first line of its output and ends when its input does.
"""

import asyncio
import email
import email.policy
import json
import pathlib
import ssl
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = b"grants", b"three blind mice ran"


class Keeper:
    """Keeps what is taken."""

    def __init__(self, path):
        self.path = path

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        taken = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "to": message["To"],
            "from": message["From"],
            "subject": message["Subject"],
            "message_id": message["Message-ID"],
            "text": message.get_content().replace("\r\n", "\n"),
            "is_encrypted": session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None,
            "faults": [str(fault) for fault in message.defects],
        }
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(taken) + "\n")
        return "250 taken"


def authenticate(server, session, envelope, mechanism, given):
    known = isinstance(given, LoginPassword) and (given.login, given.password) == (USER, PASSWORD)
    return AuthResult(success=known, handled=False)


async def serve(folder, security):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    later = security == "starttls"

    def talk():
        return SMTP(
            Keeper(folder / "taken.jsonl"),
            hostname="mail.office.example",
            tls_context=context if later else None,
            require_starttls=later,
            auth_required=True,
            # It knows of no encryption that was there before it spoke.
            auth_require_tls=later,
            authenticator=authenticate,
            enable_SMTPUTF8=True,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(talk, "127.0.0.1", 0, ssl=None if later else context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(serve(pathlib.Path(sys.argv[1]), sys.argv[2]))
