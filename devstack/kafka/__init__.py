"""Kafka from Maven Central: one KRaft node with a plain and a SASL_SSL listener."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from pathlib import Path
from typing import ClassVar

from devstack import versions
from devstack.building import Build, fingerprint
from devstack.errors import ServiceFailed
from devstack.kafka.protocol import brokers_known
from devstack.kafka.settings import single_node
from devstack.ports import LOOPBACK
from devstack.process import Command, spawn
from devstack.service import Home, Service
from devstack.tools import Tool, find, program
from devstack.waiting import wait_until

HERE = Path(__file__).resolve().parent
USER = "todo"
# By default the JVM would size its heap for the whole machine.
JVM = ["-Xms256m", "-Xmx768m", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"]
_LOGGING = [
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.utils.AppInfoParser=error",
]


def _java_is_new_enough() -> bool:
    java = find("java")
    if java is None:
        return False
    output = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', output)
    return version is not None and int(version[1]) >= versions.JAVA_AT_LEAST


JAVA = Tool(f"Java {versions.JAVA_AT_LEAST} or newer", _java_is_new_enough, "openjdk-17-jre-headless")
MAVEN = program("mvn", package="maven")


class Kafka(Service):
    """One broker that is its own controller. Topics are created explicitly, never by a first use."""

    name = "kafka"
    port_names: ClassVar[tuple[str, ...]] = ("plaintext", "sasl_ssl", "controller")
    uses_certificates = True
    stop_seconds = 30
    build_notice = f"fetching Kafka {versions.KAFKA_VERSION}, 55 MB, once; its first start is slower, too"

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        key = fingerprint(HERE / "pom.xml", versions.KAFKA_VERSION, versions.SLF4J_VERSION)
        self._jars = Build("kafka", key=f"kafka-{versions.KAFKA_VERSION}-{key}")

    def required_tools(self) -> list[Tool]:
        """Return Java, and Maven until the jars are in the cache."""
        return [JAVA, *([] if self.is_built() else [MAVEN]), *super().required_tools()]

    def is_built(self) -> bool:
        """Whether the jars are in the cache."""
        return self._jars.is_done()

    def build(self) -> None:
        """Fetch the broker's jars: some 55 MB, once per version."""
        plugin = (
            f"org.apache.maven.plugins:maven-dependency-plugin:{versions.MAVEN_DEPENDENCY_PLUGIN_VERSION}"
        )
        goal = f"{plugin}:copy-dependencies"
        maven = [find("mvn") or "mvn", "-B", "-q", "-Dstyle.color=never", goal, "-DoutputDirectory={out}"]
        pins = [f"-Dkafka.version={versions.KAFKA_VERSION}", f"-Dslf4j.version={versions.SLF4J_VERSION}"]
        self._jars.run([*maven, *pins], source=HERE, env=os.environ)

    def bootstrap_servers(self, *, secure: bool = False) -> str:
        """`host:port` of the plain listener, or of the one with SASL and TLS."""
        return f"{LOOPBACK}:{self.ports['sasl_ssl' if secure else 'plaintext']}"

    def initialise(self) -> None:
        """Write the settings, and format the log folder once, with the SCRAM user in it."""
        self.data.mkdir(parents=True, exist_ok=True)
        settings = single_node(self.ports, self.data / "log", self.home.certificates, self._users())
        self._settings_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self._settings_file.chmod(0o600)  # It contains the password.
        if not (self.data / "log" / "meta.properties").exists():
            self._format()

    def command(self) -> Command:
        """Return the command of the broker. It loads classes from an archive, which halves the time to start."""
        return self._broker(f"-XX:SharedArchiveFile={self._archive}")

    def is_ready(self) -> bool:
        """Whether the broker lists itself as available."""
        return brokers_known(self.ports["plaintext"]) > 0

    def environment(self, *, secure: bool = False) -> dict[str, str]:
        """Return `TODO_KAFKA_*` for the plain listener, or for the secure one."""
        plain = {
            "TODO_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers(),
            "DEVSTACK_KAFKA_SASL_SSL_BOOTSTRAP_SERVERS": self.bootstrap_servers(secure=True),
            "DEVSTACK_KAFKA_USERNAME": USER,
            "DEVSTACK_KAFKA_PASSWORD": self.password,
        }
        return plain | self._secure_environment() if secure else plain

    def _secure_environment(self) -> dict[str, str]:
        return {
            "TODO_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers(secure=True),
            "TODO_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "TODO_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "TODO_KAFKA_USERNAME": USER,
            "TODO_KAFKA_PASSWORD": self.password,
            "TODO_KAFKA_CA_FILE": str(self.home.certificates.authority),
        }

    @property
    def _settings_file(self) -> Path:
        return self.data / "server.properties"

    @property
    def _archive(self) -> Path:
        return self._jars.folder.with_name(f"{self._jars.key}.jsa")

    def _launch(self) -> None:
        if not self._archive.exists():
            self._record_archive()
        super()._launch()

    def _record_archive(self) -> None:
        """Start and stop the broker once, so that Java writes an archive of the loaded classes."""
        recording = self._archive.with_name(f"{self._jars.key}.{os.getpid()}.jsa")
        process = spawn(self._broker(f"-XX:ArchiveClassesAtExit={recording}"), log=self.log)
        wait_until(lambda: not process.is_alive() or self.is_ready(), seconds=self.start_seconds)
        process.stop(self.stop_signal, grace_seconds=self.stop_seconds)
        if recording.exists():
            recording.replace(self._archive)

    def _broker(self, archiving: str) -> Command:
        java, *rest = self.java("kafka.Kafka")
        return Command([java, archiving, *rest, str(self._settings_file)], cwd=self.data)

    def java(self, main: str) -> list[str]:
        """Return the command line of one of Kafka's programs, without its arguments."""
        classpath = f"{self._jars.folder}/*"
        return [find("java") or "java", *JVM, *_LOGGING, "-cp", classpath, main]

    def _users(self) -> dict[str, str]:
        return {USER: self.password}

    def _format(self) -> None:
        user = f"[name={USER},password={self.password}]"
        scram = [f"--add-scram={kind}={user}" for kind in ("SCRAM-SHA-512", "SCRAM-SHA-256")]
        cluster = base64.urlsafe_b64encode(b"\0" + os.urandom(15)).decode().rstrip("=")
        tool = self.java("kafka.tools.StorageTool")
        arguments = ["format", "-t", cluster, "-c", str(self._settings_file), *scram]
        finished = subprocess.run([*tool, *arguments], capture_output=True, text=True, check=False)
        if finished.returncode != 0:
            raise ServiceFailed(self.name, f"formatting failed: {finished.stdout}{finished.stderr}".strip())
