"""The columnar path of matching: Arrow columns in, Arrow columns out, compiled functions in between.

`build` writes an index folder and `index` opens it; `matcher` answers lines with it, `match` whole reports; `training`
fits the model. `texts` and `parse` take texts apart, `search` finds candidates, `evidence` weighs them; `spelt` reads
other scripts, and `across` finds what only sounds alike.

Compiled code is kept in a folder named for the sources of this package. The compiler looks only at the file that a
function stands in, and would go on using code that has a former version of its neighbours built in.
"""

from pathlib import Path

from muniment.kernel.columns.compiled import cache_folder, config
from muniment.kernel.words.readings import skeleton_source

config.CACHE_DIR = str(cache_folder(Path(__file__).parent, skeleton_source()))
