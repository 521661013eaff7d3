#!/bin/sh
# Put what compose.yaml needs and .env has not yet into .env, as random values. Repeat as you like: nothing is replaced.
set -eu
umask 077
cd "$(dirname "$0")/../.."

touch .env
chmod 600 .env
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# Each key of the audit trail has a version: docs/operate/rotate-keys.md says how the next one is added.
grep -q '^TODO_AUDIT_KEYS=' .env || printf 'TODO_AUDIT_KEYS=1:%s\n' "$(random)" >> .env
for name in TODO_SECRET_KEY TODO_POSTGRES_ADMIN_PASSWORD TODO_POSTGRES_OWNER_PASSWORD TODO_POSTGRES_PASSWORD TODO_REDIS_PASSWORD TODO_KAFKA_PASSWORD; do
    grep -q "^$name=" .env || printf '%s=%s\n' "$name" "$(random)" >> .env
done
