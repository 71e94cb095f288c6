"""The broker's jars: downloaded by Maven once for each release and pom.xml, then shared by all clusters.

find_jars() returns a folder that is complete: it is renamed into place after the download, under a lock, so any number
of clusters may be started at once. A proxy of the environment (https_proxy, http_proxy, no_proxy) is handed to Maven.
"""
import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import urllib.parse
from pathlib import Path
from xml.sax.saxutils import escape

POM = Path(__file__).with_name("pom.xml")
RELEASE = "4.3.1"
RELEASE_FOR_OLD_SCRAM = "3.9.1"
GOAL = "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies"


class JarsError(Exception):
    """The jars cannot be had; the text says why."""


def default_cache():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "autohttp"


def choose_release(is_secure):
    """Kafka's release for a cluster that is used with this machine's librdkafka.

    Below 2.6.1 librdkafka repeats its nonce in SCRAM's last message. Kafka 4 refuses that; 3.9 is the last to let it in.
    """
    if not is_secure:
        return RELEASE
    try:
        version = ctypes.CDLL("librdkafka.so.1").rd_kafka_version()
    except OSError:
        return RELEASE
    return RELEASE if version >= 0x020601FF else RELEASE_FOR_OLD_SCRAM


def find_jars(cache, release, say):
    """The folder of the jars below `cache`, downloaded first if it is not there; say(text) tells of a download."""
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    folder = Path(cache) / f"kafka-{release}-{digest}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(folder.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            say(f"downloading Kafka {release} with Maven (some 50 MB, once)")
            download(folder, release)
    return folder


def download(folder, release):
    if shutil.which("mvn") is None:
        raise JarsError("there is no Maven (mvn) here; deploy/install-packages kafka installs it")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="download-") as scratch:
        shutil.copy(POM, scratch)
        jars = Path(scratch) / "jars"
        command = ["mvn", "--batch-mode", "--quiet", "--strict-checksums", *proxy_options(scratch), GOAL,
                   f"-Dkafka.version={release}", "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
        run = subprocess.run(command, cwd=scratch, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)
        if run.returncode != 0 or not any(jars.glob("kafka_*.jar")):
            raise JarsError("Maven could not download Kafka:\n" + "\n".join(run.stdout.splitlines()[-20:]))
        with contextlib.suppress(FileExistsError):
            jars.rename(folder)


def proxy_options(scratch):
    """Maven's options for the proxy that the environment names; none if it names none.

    The proxy is written as global settings, which those of the user extend: a proxy named there wins. Options like
    -Dhttps.proxyHost would not do: they cannot carry a password, and Maven 3.9 does not read them.
    """
    text = "".join(proxy_element(scheme) for scheme in ("https", "http"))
    if not text:
        return []
    settings = Path(scratch) / "settings.xml"
    settings.touch(mode=0o600)
    settings.write_text(f"<settings><proxies>{text}</proxies></settings>\n")
    return ["--global-settings", str(settings)]


def proxy_element(scheme):
    value = os.environ.get(f"{scheme}_proxy") or os.environ.get(f"{scheme.upper()}_PROXY")
    if not value:
        return ""
    proxy = urllib.parse.urlsplit(value if "://" in value else f"http://{value}")
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = [f"*{host}" if host.startswith(".") else host for host in direct.replace(" ", "").split(",") if host]
    fields = {"id": scheme, "active": "true", "protocol": scheme, "host": proxy.hostname or "",
              "port": str(proxy.port or 3128), "username": urllib.parse.unquote(proxy.username or ""),
              "password": urllib.parse.unquote(proxy.password or ""), "nonProxyHosts": "|".join(hosts)}
    return "<proxy>" + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items() if text) + "</proxy>"
