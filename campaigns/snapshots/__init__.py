"""Taking the figures of campaigns: one pass over everybody, written where it differs, frozen by the first one after the campaign's end.

What a campaign's figures depend on leaves a mark in the transaction that changes it (`mark`). A worker takes the figures of
the marked campaigns, the earliest first, one pass at a time in the whole company, and a mark is gone when a pass that began
after it has been written: nothing is lost with a worker, and fifty files in a row do not make fifty passes.
"""

from campaigns.snapshots.due import freeze_ended, mark, mark_lines, take_due, take_nightly, wake
from campaigns.snapshots.taking import freeze, is_frozen, take

__all__ = ["freeze", "freeze_ended", "is_frozen", "mark", "mark_lines", "take", "take_due", "take_nightly", "wake"]
