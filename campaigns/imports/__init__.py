"""The company's files about campaigns: one kind of file, one class, named in settings.IMPORT_KINDS."""

from campaigns.imports.calendars import Campaigns
from campaigns.imports.goals import Goals
from campaigns.imports.orders import Activity, Orders
from campaigns.imports.roster import Roster

__all__ = ["Activity", "Campaigns", "Goals", "Orders", "Roster"]
