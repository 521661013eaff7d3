"""How production stores static files: names with a hash of the content, also in the imports of modules."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Rewrites the paths in `import` statements, so that a module imports the hashed names of others.

    Vendored files name source maps that are not vendored: the lines that name them stay as they are.
    https://docs.djangoproject.com/en/5.2/ref/contrib/staticfiles/#manifeststaticfilesstorage
    """

    support_js_module_import_aggregation = True
    # A pass carries the hash of a module to those that import it: as many as imports go deep, and some more.
    max_post_process_passes = 20

    def url_converter(self, name, hashed_files, template=None):  # type: ignore[no-untyped-def]
        """Return Django's converter, except for source maps."""
        convert = super().url_converter(name, hashed_files, template)
        return lambda found: found[0] if "sourceMappingURL" in found[0] else convert(found)
