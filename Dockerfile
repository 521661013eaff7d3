# One image for every role: `docker run todo web`, `docker run todo relay`, … (see compose.yaml).
# It runs as a user without rights, on a read-only root, without a shell in the way of signals, and without pip:
# what is installed is what requirements.txt names.
#
# The base is pinned by version and by the digest of that version's index for all processors.

FROM python:3.11.15-slim-bookworm@sha256:d29f48a31a8b408ed19272ca1e7b10ebae13b240a27e862d3d4217c528e2e0c3 AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv --without-pip /opt/todo/venv
COPY requirements.txt /opt/todo/
RUN python -m pip --python /opt/todo/venv/bin/python install \
    --require-hashes --only-binary=:all: --requirement /opt/todo/requirements.txt
WORKDIR /opt/todo/app
COPY . .
# The values are of no installation: collecting files asks for settings and uses none of them.
RUN DJANGO_SETTINGS_MODULE=todo_project.settings.production \
    TODO_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_hex(32))')" TODO_ALLOWED_HOSTS=localhost \
    TODO_AUDIT_KEYS="1:$(python -c 'import secrets; print(secrets.token_hex(32))')" \
    TODO_DATABASE_URL=postgresql://todo@localhost/todo \
    /opt/todo/venv/bin/python manage.py collectstatic --no-input \
    && /opt/todo/venv/bin/python -m compileall -q .

FROM python:3.11.15-slim-bookworm@sha256:d29f48a31a8b408ed19272ca1e7b10ebae13b240a27e862d3d4217c528e2e0c3
RUN python -m pip uninstall --yes --root-user-action=ignore pip setuptools wheel \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin todo
COPY --from=build --chown=root:root /opt/todo /opt/todo
ARG VERSION=0 COMMIT=unknown
LABEL org.opencontainers.image.title="todo" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${COMMIT}"
ENV PATH=/opt/todo/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=todo_project.settings.production \
    TODO_LOG_FORMAT=json \
    TODO_HOST=0.0.0.0 \
    COMMIT=${COMMIT}
WORKDIR /opt/todo/app
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "manage.py"]
CMD ["web"]
