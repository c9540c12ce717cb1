"""The invented society: a world from a seed, and the files that a real society would receive from it.

In: a number of members and works and a seed. Out: a folder of files and their manifest. Always: the same arguments
give the same bytes, every check digit holds, and everything says that it is invented.
"""

from muniment.interfaces.demo.generator import write_demo_files
from muniment.interfaces.demo.manifest import DemoFile, DemoManifest, read_manifest

__all__ = ["DemoFile", "DemoManifest", "read_manifest", "write_demo_files"]
