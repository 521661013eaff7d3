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
for name in TODO_SECRET_KEY TODO_POSTGRES_ADMIN_PASSWORD TODO_POSTGRES_OWNER_PASSWORD TODO_POSTGRES_PASSWORD TODO_REDIS_PASSWORD TODO_KAFKA_PASSWORD DAPR_API_TOKEN APP_API_TOKEN; do
    grep -q "^$name=" .env || printf '%s=%s\n' "$name" "$(random)" >> .env
done

# By this key push services know the platform (docs/operate/push.md): 32 bytes as base64url.
grep -q '^TODO_VAPID_PRIVATE_KEY=' .env || printf 'TODO_VAPID_PRIVATE_KEY=%s\n' "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')" >> .env

# What carries the events, kafka or dapr, and with it which roles start.
grep -q '^TODO_EVENT_TRANSPORT=' .env || echo 'TODO_EVENT_TRANSPORT=kafka' >> .env
grep -q '^COMPOSE_PROFILES=' .env || echo 'COMPOSE_PROFILES=${TODO_EVENT_TRANSPORT}' >> .env
