#!/bin/sh
# Run once, by the image's entry point, on an empty data folder (https://hub.docker.com/_/postgres, "Initialization
# scripts"): the platform's role owns its database and has no rights beside it. The administrator, POSTGRES_USER, is
# for starting, backups and upgrades of the server; no process of the platform knows its password.
set -eu

psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv role APPLICATION_ROLE
\getenv password APPLICATION_PASSWORD
CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
