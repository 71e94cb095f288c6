"""As much of Kafka's protocol as starting a cluster takes: is a node ready, and the ACLs of the secured variant.

Each call is one connection to 127.0.0.1:port and one request. With credentials it goes over TLS and SASL/SCRAM-SHA-512,
so a ready node has also proved that clients can log in. Every failure is an OSError or WireError; the caller tries
again until its deadline.
"""
import base64
import contextlib
import dataclasses
import hashlib
import hmac
import secrets
import socket
import ssl
import struct

METADATA, SASL_HANDSHAKE, DESCRIBE_ACLS, CREATE_ACLS, SASL_AUTHENTICATE = 3, 17, 29, 30, 36
METADATA_VERSION, SASL_VERSION, ACLS_VERSION = 4, 1, 1
MECHANISM = "SCRAM-SHA-512"
TIMEOUT_S = 3.0

# The protocol's numbers for what an ACL says.
RESOURCES = {"topic": 2, "group": 3}
LITERAL, PREFIXED = 3, 4
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Describe": 8, "DescribeConfigs": 10, "AlterConfigs": 11}
ANY, ALLOW = 1, 3


class WireError(Exception):
    """The broker answered, but not as a ready one does."""


@dataclasses.dataclass
class Credentials:
    user: str
    password: str
    ca_file: str


@dataclasses.dataclass
class Acl:
    principal: str
    operation: str  # of OPERATIONS
    resource: str   # of RESOURCES
    name: str
    is_prefix: bool


@contextlib.contextmanager
def connect(port, credentials):
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as plain:
        if credentials is None:
            yield plain
            return
        context = ssl.create_default_context(cafile=credentials.ca_file)
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # as newer clients do by default
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            log_in(secure, credentials)
            yield secure


def list_brokers(port, credentials=None):
    """The ids of the brokers that this one knows."""
    no_topics = struct.pack(">iB", 0, 0)
    with connect(port, credentials) as connection:
        answer = call(connection, METADATA, METADATA_VERSION, no_topics)
    answer.take("i")  # throttle time
    brokers = []
    for _ in range(answer.take("i")):
        brokers.append(answer.take("i"))
        answer.take_string()  # host
        answer.take("i")      # port
        answer.take_string()  # rack
    return brokers


def create_acls(port, credentials, acls):
    """Adds the ACLs, each an allowance from any host."""
    body = struct.pack(">i", len(acls))
    for acl in acls:
        body += struct.pack(">b", RESOURCES[acl.resource]) + string(acl.name)
        body += struct.pack(">b", PREFIXED if acl.is_prefix else LITERAL) + string(acl.principal) + string("*")
        body += struct.pack(">bb", OPERATIONS[acl.operation], ALLOW)
    with connect(port, credentials) as connection:
        answer = call(connection, CREATE_ACLS, ACLS_VERSION, body)
    answer.take("i")  # throttle time
    for acl in acls[:answer.take("i")]:
        error, reason = answer.take("h"), answer.take_string()
        if error != 0:
            raise WireError(f"{acl}: {reason}")


def count_acls(port, credentials):
    """How many ACLs this broker goes by: a new one reaches each broker a little later."""
    no_name = struct.pack(">h", -1)
    everything = struct.pack(">b", ANY) + no_name + struct.pack(">b", ANY) + no_name * 2 + struct.pack(">bb", ANY, ANY)
    with connect(port, credentials) as connection:
        answer = call(connection, DESCRIBE_ACLS, ACLS_VERSION, everything)
    answer.take("i")  # throttle time
    error, reason = answer.take("h"), answer.take_string()
    if error != 0:
        raise WireError(f"list the ACLs: {reason}")
    return sum(count_acls_of_resource(answer) for _ in range(answer.take("i")))


def count_acls_of_resource(answer):
    answer.take("b")      # resource type
    answer.take_string()  # resource name
    answer.take("b")      # literal or prefix
    count = answer.take("i")
    for _ in range(count):
        answer.take_string()  # principal
        answer.take_string()  # host
        answer.take("bb")     # operation, permission
    return count


def log_in(connection, credentials):
    answer = call(connection, SASL_HANDSHAKE, SASL_VERSION, string(MECHANISM))
    if answer.take("h") != 0:
        raise WireError(f"{MECHANISM} is refused")
    nonce = secrets.token_hex(16)
    bare = f"n={credentials.user},r={nonce}"
    first = authenticate(connection, "n,," + bare)
    fields = dict(field.split("=", 1) for field in first.split(","))
    unproved = f"c=biws,r={fields['r']}"
    proof = prove(credentials.password, fields, f"{bare},{first},{unproved}")
    authenticate(connection, f"{unproved},p={proof}")


def prove(password, fields, message):
    """The client's proof of RFC 5802."""
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha512")
    signature = hmac.digest(hashlib.sha512(client_key).digest(), message.encode(), "sha512")
    return base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature))).decode()


def authenticate(connection, text):
    data = text.encode()
    answer = call(connection, SASL_AUTHENTICATE, SASL_VERSION, struct.pack(">i", len(data)) + data)
    error, reason = answer.take("h"), answer.take_string()
    if error != 0:
        raise WireError(f"log in: {reason}")
    return answer.take_bytes(answer.take("i")).decode()


def string(text):
    data = text.encode()
    return struct.pack(">h", len(data)) + data


def call(connection, api, version, body):
    request = struct.pack(">hhi", api, version, 1) + string("autohttp-deploy") + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    size, = struct.unpack(">i", read_exactly(connection, 4))
    if not 4 <= size <= 1 << 20:
        raise WireError(f"an answer of {size} bytes")
    answer = Answer(read_exactly(connection, size))
    answer.take("i")  # correlation id
    return answer


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise WireError("the connection was closed")
        data += piece
    return data


class Answer:
    """Reads an answer's fields in order."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take_bytes(self, size):
        if size < 0 or self.at + size > len(self.data):
            raise WireError("the answer is cut short")
        self.at += size
        return self.data[self.at - size:self.at]

    def take(self, code):
        """The next field, or the first of the next ones, as struct.unpack reads it."""
        return struct.unpack(">" + code, self.take_bytes(struct.calcsize(">" + code)))[0]

    def take_string(self):
        size = self.take("h")
        return None if size < 0 else self.take_bytes(size).decode()
