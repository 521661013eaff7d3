#!/bin/sh
# Start an image as strictly as a cluster does (no rights, no writing, no capabilities), and wait until it is ready.
# Usage: devstack/compose/try-image.sh IMAGE
set -eu
image=$1
name="todo-try-$$"
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

trap 'docker rm --force "$name" > /dev/null' EXIT
docker run --detach --name "$name" --read-only --user 10001:10001 --cap-drop ALL --security-opt no-new-privileges \
    --tmpfs /tmp --tmpfs /data:uid=10001,gid=10001,mode=0700 \
    --env "TODO_SECRET_KEY=$(random)" --env "TODO_AUDIT_KEYS=1:$(random)" \
    --env TODO_ALLOWED_HOSTS=localhost --env TODO_SIDE_PORT=8081 --env TODO_PORT=8000 \
    --env TODO_DATA_DIR=/data/todo --env TODO_DATABASE_URL=sqlite:////data/todo/todo.sqlite3 \
    "$image" up > /dev/null

tries=0
until docker exec "$name" python manage.py healthcheck --port 8081 /readyz; do
    tries=$((tries + 1))
    if [ "$tries" -ge 60 ] || [ "$(docker inspect --format '{{.State.Running}}' "$name")" != true ]; then
        docker logs "$name"
        echo "try-image: $image did not become ready" >&2
        exit 1
    fi
    sleep 1
done

docker stop --time 30 "$name" > /dev/null
code="$(docker inspect --format '{{.State.ExitCode}}' "$name")"
[ "$code" = 0 ] || { docker logs "$name"; echo "try-image: SIGTERM ended it with $code" >&2; exit 1; }
