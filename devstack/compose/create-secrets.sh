#!/bin/sh
# Put what compose.yaml needs and .env has not yet into .env, as random values. Repeat as you like: nothing is replaced.
set -eu
umask 077
cd "$(dirname "$0")/../.."

touch .env
chmod 600 .env
for name in TODO_SECRET_KEY TODO_POSTGRES_ADMIN_PASSWORD TODO_POSTGRES_PASSWORD TODO_REDIS_PASSWORD TODO_KAFKA_PASSWORD; do
    grep -q "^$name=" .env || printf '%s=%s\n' "$name" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" >> .env
done
