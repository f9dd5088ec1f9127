"""The company's files about campaigns: one kind of file, one class, named in settings.IMPORT_KINDS."""

from campaigns.imports.calendars import Campaigns
from campaigns.imports.goals import Goals
from campaigns.imports.orders import Activity, Orders
from campaigns.imports.products import Products
from campaigns.imports.roster import Roster
from campaigns.imports.titles import Plans, Titles
from campaigns.imports.volumes import Volumes

__all__ = ["Activity", "Campaigns", "Goals", "Orders", "Plans", "Products", "Roster", "Titles", "Volumes"]
