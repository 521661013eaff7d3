"""Every version the devstack pins, in one place.

`dapr/go.mod` must have the same versions of Dapr (a test compares them); `kafka/pom.xml` gets Kafka's version from
here.
"""

from __future__ import annotations

KAFKA_VERSION = "4.1.2"
SLF4J_VERSION = "1.7.36"
MAVEN_DEPENDENCY_PLUGIN_VERSION = "3.8.1"
DAPR_VERSION = "1.18.2"
DAPR_COMPONENTS_CONTRIB_VERSION = "1.18.3"

POSTGRESQL_AT_LEAST = 15
JAVA_AT_LEAST = 17
GO_AT_LEAST = (1, 26, 6)
