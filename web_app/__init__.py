"""The page: a local-first client of the platform's own API and socket, served as plain files without a build step."""
