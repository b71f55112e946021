"""The mapping language: YAML files that say which issues become which records. `docs/mappings.md` is its reference.

    load_mappings(path)         files -> Mappings, or every problem of every file
    desired_for(mapping, issue) what the record shall be
    fingerprint_of(...)         whether that can have changed

The line through it: yamlfile, extends -> schema, scalars, problems -> compiling -> model -> rules, notes, mapper.
"""

from syncd.mapping.closing import closes
from syncd.mapping.loading import load_mappings
from syncd.mapping.mapper import desired_for
from syncd.mapping.model import Mapping
from syncd.mapping.schema import mapping_json_schema
from syncd.mapping.sources import fingerprint_of

__all__ = ["Mapping", "closes", "desired_for", "fingerprint_of", "load_mappings", "mapping_json_schema"]
