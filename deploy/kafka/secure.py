"""The secured variant: TLS by an authority of its own, SASL/SCRAM-SHA-512, and the fewest ACLs that autohttp needs.

Clients log in by SCRAM over TLS. Controllers and brokers know each other by certificate. What a user may do is GRANTS
below, which README.md explains; only the broker's own user, which writes them, may do everything.

Everything secret lies in files of mode 600 in the cluster's folder: <user>.conf for librdkafka's clients and kcat -F,
<user>.yaml for autohttp and autohttp-worker, <user>.password, which the latter names.
"""
import os
import secrets
import subprocess
from pathlib import Path

from wire import MECHANISM, Acl, Credentials, create_acls

BROKER = "autohttp-broker"
USERS = ("admin", "worker", "producer")
PREFIX = "autohttp."
GROUP = "autohttp"

# (user, operations, resource, its names, whether these are prefixes)
GRANTS = [
    ("admin", "Create Describe DescribeConfigs AlterConfigs", "topic", [PREFIX], True),
    ("admin", "Read", "topic", [f"{PREFIX}state"], False),
    ("worker", "Read Write DescribeConfigs", "topic", [PREFIX], True),
    ("worker", "Delete", "topic", [f"{PREFIX}delay."], True),
    ("worker", "Delete", "topic", [f"{PREFIX}tasks"], False),
    ("worker", "Read", "group", [GROUP], False),
    ("producer", "Write", "topic", [f"{PREFIX}tasks", f"{PREFIX}control"], False),
    ("producer", "Read", "topic", [f"{PREFIX}events"], False),
    ("producer", "Describe", "group", [GROUP], False),
]
ACLS = [Acl(f"User:autohttp-{user}", operation, resource, name, is_prefix)
        for user, operations, resource, names, is_prefix in GRANTS for name in names for operation in operations.split()]


CERTIFICATE = """\
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,clientAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=DNS:localhost,IP:127.0.0.1
"""


class SecureError(Exception):
    """A step of the set-up failed; the text says which and why."""


def write_private(path, text):
    """Writes a file that only its owner can read, from its first byte on."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def run(command, what):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SecureError(f"{what}:\n" + "\n".join(done.stdout.splitlines()[-15:]))


class Secure:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.private = self.folder / "private"
        self.ca_file = self.folder / "ca.pem"

    def create(self):
        """Makes the authority, the certificate and the passwords; once, before the nodes are formatted."""
        self.private.mkdir(mode=0o700, parents=True, exist_ok=True)
        old_mask = os.umask(0o077)
        try:
            self.create_certificates()
        finally:
            os.umask(old_mask)
        self.ca_file.chmod(0o644)
        for user in (BROKER, *USERS):
            write_private(self.password_file(user), secrets.token_hex(16))

    def create_certificates(self):
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        ca_key, server_key, request = (self.private / name for name in ("ca.key", "server.key", "server.csr"))
        server, extensions = self.private / "server.crt", self.private / "server.ext"
        run(["openssl", "req", "-x509", *key, "-keyout", ca_key, "-out", self.ca_file, "-days", "3650",
             "-subj", "/CN=autohttp trial authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
            "make the authority")
        run(["openssl", "req", *key, "-keyout", server_key, "-out", request, "-subj", f"/CN={BROKER}"], "make the key")
        extensions.write_text(CERTIFICATE)
        run(["openssl", "x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", ca_key, "-CAcreateserial",
             "-days", "3650", "-extfile", extensions, "-out", server], "sign the certificate")
        write_private(self.private / "server.pem", server_key.read_text() + server.read_text())

    def password_file(self, user):
        return (self.private if user == BROKER else self.folder) / f"{user}.password"

    def password(self, user):
        return self.password_file(user).read_text()

    def credentials(self):
        return Credentials(BROKER, self.password(BROKER), str(self.ca_file))

    def properties(self):
        """What server.properties needs beyond the plain variant's."""
        login = (f"org.apache.kafka.common.security.scram.ScramLoginModule required "
                 f'username="{BROKER}" password="{self.password(BROKER)}";')
        return {
            "listener.security.protocol.map": "CONTROLLER:SSL,CLIENT:SASL_SSL",
            "sasl.enabled.mechanisms": MECHANISM,
            "sasl.mechanism.inter.broker.protocol": MECHANISM,
            f"listener.name.client.{MECHANISM.lower()}.sasl.jaas.config": login,
            "listener.name.controller.ssl.client.auth": "required",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.private / "server.pem",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.ca_file,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{BROKER};User:CN={BROKER}",
        }

    def format_options(self):
        """StorageTool's options that make the users known."""
        names = {BROKER: BROKER, **{user: f"autohttp-{user}" for user in USERS}}
        return [word for user, name in names.items()
                for word in ("--add-scram", f"{MECHANISM}=[name={name},password={self.password(user)}]")]

    def write_clients(self, bootstrap):
        """Writes the users' configurations; gives the names of the files."""
        return [path for user in USERS for path in self.write_client(user, bootstrap)]

    def write_client(self, user, bootstrap):
        common = {"bootstrap.servers": bootstrap, "security.protocol": "SASL_SSL", "ssl.ca.location": self.ca_file,
                  "sasl.mechanisms": MECHANISM, "sasl.username": f"autohttp-{user}"}
        librdkafka, yaml = self.folder / f"{user}.conf", self.folder / f"{user}.yaml"
        secret = {"sasl.password": self.password(user)}
        write_private(librdkafka, "".join(f"{key}={value}\n" for key, value in {**common, **secret}.items()))
        named = {"sasl.password_file": self.password_file(user)}
        lines = "".join(f'  {key}: "{value}"\n' for key, value in {**common, **named}.items())
        write_private(yaml, "kafka:\n" + lines)
        return [librdkafka, yaml]

    def write_acls(self, port):
        create_acls(port, self.credentials(), ACLS)
