"""Backup and restore of all that the platform keeps, in one archive that either database reads.

`contents`: which tables; `values`: the form of a value in the archive; `manifest`: what an archive says of itself;
`archive`: its bytes; `saving` writes one; `inspection` refuses a bad one before anything is written; `loading` fills an
empty database; `proof` shows that it is whole; `rotation` names and removes older ones.
"""
