"""All that an analysis needs, read in: workers are made from a process that has done so.

Imported for what it brings, not for what is in it. No thread may run afterwards: a process that
is made from another has none of its threads.
"""

from __future__ import annotations

from posture.batch.rows import columns
from posture.landmarks.live_pose import import_models

import_models()
columns()
