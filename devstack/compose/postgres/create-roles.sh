#!/bin/sh
# Run once, by the image's entry point, on an empty data folder (https://hub.docker.com/_/postgres, "Initialization
# scripts"), and once by hand on a volume of a release that had one role (docs/operate/audit-trail.md). Repeating is
# harmless. Two roles without rights beside the database: its owner, as whom `migrate` runs, and the platform's, to which
# `migrate` gives what the platform needs. The administrator, POSTGRES_USER, is for starting, backups and upgrades of the
# server; no process of the platform knows its password.
set -eu

psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv owner OWNER_ROLE
\getenv owner_password OWNER_PASSWORD
\getenv role APPLICATION_ROLE
\getenv password APPLICATION_PASSWORD
SELECT NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :'owner') AS no_owner,
    NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :'role') AS no_role,
    NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = :'role') AS no_database \gset
\if :no_owner
CREATE ROLE :"owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
\endif
\if :no_role
CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
\endif
\if :no_database
CREATE DATABASE :"role" OWNER :"owner";
\endif
ALTER DATABASE :"role" OWNER TO :"owner";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC, :"role";
GRANT CONNECT ON DATABASE :"role" TO :"role";
\connect :"role"
REASSIGN OWNED BY :"role" TO :"owner";
REVOKE CREATE ON SCHEMA public FROM PUBLIC, :"role";
SQL
