#!/bin/sh
# Give the platform its account at the broker, or a new password for it; repeat as you like.
#
# Runs in the broker's network namespace: its listener without passwords is on loopback only. The password goes
# through a file, since a command line can be read by everybody on the machine.
set -eu
umask 077

file=$(mktemp)
trap 'rm -f "$file"' EXIT
printf 'SCRAM-SHA-512=iterations=8192,password=%s\n' "$ACCOUNT_PASSWORD" > "$file"
"${KAFKA_HOME:-/opt/kafka}/bin/kafka-configs.sh" --bootstrap-server "$LOCAL_LISTENER" \
    --alter --entity-type users --entity-name "$ACCOUNT" --add-config-file "$file"
